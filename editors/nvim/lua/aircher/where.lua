-- What a command is about: the repository, the document, the range. Positions are utf-16 unless
-- the client agreed on something else; whole lines start at character 0 and need no counting.
local M = {}

-- The first line of a small file, or nil. A pipe would keep Neovim waiting, so only files are read.
local function first_line(path)
  local stat = vim.uv.fs_stat(path)
  if not stat or stat.type ~= "file" then
    return nil
  end
  local file = io.open(path, "r")
  if file then
    local line = vim.trim((file:read(4096) or ""):match("^[^\n]*"))
    file:close()
    return line
  end
end

-- The work tree of a folder git keeps for one. A linked work tree has its commit buffer in
-- `.git/worktrees/NAME`, where `gitdir` names the tree; it is believed only when that tree's own
-- `.git` names the folder back, so that no repository can point at somebody else's.
local function tree_of(folder)
  if vim.fs.basename(folder) == ".git" then
    return vim.fs.dirname(folder)
  end
  if vim.fs.basename(vim.fs.dirname(folder)) ~= "worktrees" then
    return nil
  end
  local marker = first_line(folder .. "/gitdir")
  local back = marker and marker:find("^/") and first_line(marker)
  local named = back and back:match("^gitdir:%s*(/.*)$")
  local own = vim.uv.fs_realpath(folder)
  if own and named and vim.uv.fs_realpath(named) == own then
    return vim.fs.dirname(marker)
  end
end

---A path in the repository that a buffer belongs to; the current directory for one without a file.
---@param buffer integer
---@return string
function M.workspace(buffer)
  if vim.fn.exists("*FugitiveWorkTree") == 1 then
    local ok, tree = pcall(vim.fn.FugitiveWorkTree, buffer)
    if ok and type(tree) == "string" and tree ~= "" then
      return tree
    end
  end
  local name = vim.api.nvim_buf_get_name(buffer)
  if vim.bo[buffer].buftype ~= "" or name == "" then
    return vim.fn.getcwd()
  end
  local folder = vim.fs.dirname(vim.fs.normalize(name))
  local tree = tree_of(folder)
  if tree then
    return tree
  elseif folder:find("/.git$") or folder:find("/.git/") then
    return vim.fn.getcwd()
  end
  return vim.fs.root(buffer, ".git") or folder
end

---The buffer's text, as a language server would be sent it.
---@param buffer integer
---@return string
function M.text(buffer)
  local lines = vim.api.nvim_buf_get_lines(buffer, 0, -1, false)
  local ending = vim.bo[buffer].fileformat == "dos" and "\r\n" or "\n"
  local text = table.concat(lines, ending)
  return vim.bo[buffer].endofline and text .. ending or text
end

---@class aircher.Document
---@field uri string
---@field version integer
---@field text string
---@field languageId string|nil

---@param buffer integer
---@return aircher.Document
function M.document(buffer)
  return {
    uri = vim.uri_from_bufnr(buffer),
    version = vim.lsp.util.buf_versions[buffer] or vim.api.nvim_buf_get_changedtick(buffer),
    text = M.text(buffer),
    languageId = vim.bo[buffer].filetype ~= "" and vim.bo[buffer].filetype or nil,
  }
end

---Whole lines, the last one included, as an LSP range. Lines count from 1.
---@param first integer
---@param last integer
---@return lsp.Range
function M.lines(first, last)
  return {
    start = { line = first - 1, character = 0 },
    ["end"] = { line = last, character = 0 },
  }
end

---The lines a command was given, or nil.
---@param command table of nvim_create_user_command
---@return lsp.Range|nil
function M.range(command)
  if command.range == 0 then
    return nil
  end
  return M.lines(command.line1, command.line2)
end

---Neovim counts bytes; LSP counts bytes, or halves of utf-16.
---@param line string
---@param bytes integer
---@param encoding string
---@return integer
function M.units(line, bytes, encoding)
  if encoding == "utf-8" then
    return math.min(bytes, #line)
  elseif vim.fn.has("nvim-0.11") == 1 then
    return vim.str_utfindex(line, encoding, bytes, false)
  end
  local utf32, utf16 = vim.str_utfindex(line, math.min(bytes, #line))
  return encoding == "utf-32" and utf32 or utf16
end

local function line_at(buffer, number)
  return vim.api.nvim_buf_get_lines(buffer, number, number + 1, false)[1] or ""
end

---The byte an LSP position stands at; of a buffer that is not loaded, its character.
---@param buffer integer
---@param position lsp.Position
---@param encoding string
---@return integer
function M.byte(buffer, position, encoding)
  if encoding == "utf-8" or not vim.api.nvim_buf_is_loaded(buffer) then
    return position.character
  end
  local line = line_at(buffer, position.line)
  if vim.fn.has("nvim-0.11") == 1 then
    return vim.str_byteindex(line, encoding, position.character, false)
  end
  local ok, byte = pcall(vim.str_byteindex, line, position.character, encoding == "utf-16")
  return ok and byte or #line
end

local function encoding_of()
  return require("aircher.client").encoding()
end

---Where new code goes: the end of the cursor's line when that is blank, or else below it.
---@param buffer integer
---@return lsp.Position
function M.place(buffer)
  local number = vim.api.nvim_win_get_cursor(0)[1]
  local line = line_at(buffer, number - 1)
  if line:find("%S") then
    return { line = number, character = 0 }
  end
  return { line = number - 1, character = #line }
end

---A diagnostic as a language server words it.
---@param buffer integer
---@param diagnostic vim.Diagnostic
---@return lsp.Diagnostic
function M.to_lsp(buffer, diagnostic)
  local encoding = encoding_of()
  local function position(line, byte)
    return { line = line, character = M.units(line_at(buffer, line), byte, encoding) }
  end
  local last = diagnostic.end_lnum or diagnostic.lnum
  return {
    range = {
      start = position(diagnostic.lnum, diagnostic.col),
      ["end"] = position(last, diagnostic.end_col or diagnostic.col),
    },
    severity = diagnostic.severity,
    code = diagnostic.code,
    source = diagnostic.source,
    message = diagnostic.message,
  }
end

---@param buffer integer
---@return string|nil problem when the buffer is no file
function M.not_a_file(buffer)
  if vim.bo[buffer].buftype ~= "" then
    return "This window shows no file. Go to a window with code and ask again."
  end
  if vim.api.nvim_buf_get_name(buffer) == "" then
    return "This buffer has no name yet. Write it with :w NAME and ask again."
  end
end

return M
