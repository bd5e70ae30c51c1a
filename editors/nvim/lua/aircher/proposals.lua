-- From an edit as a language server words it to whole texts that can be looked at.
local merge = require("aircher.merge")

local M = {}

M.MOVED = "You changed the same lines meanwhile. Nothing was changed; ask again."

-- The whole text a list of LSP edits makes of these lines.
local function apply(lines, edits, encoding)
  local plain = {}
  for _, one in ipairs(edits) do
    -- What an annotation asks for, a look before anything is changed, is what is done here.
    table.insert(plain, { range = one.range, newText = one.newText })
  end
  local scratch = vim.api.nvim_create_buf(false, true)
  vim.api.nvim_buf_set_lines(scratch, 0, -1, false, lines)
  vim.lsp.util.apply_text_edits(plain, scratch, encoding)
  local result = vim.api.nvim_buf_get_lines(scratch, 0, -1, false)
  vim.api.nvim_buf_delete(scratch, { force = true })
  if #lines == 1 and lines[1] == "" and #result > 1 and result[#result] == "" then
    table.remove(result) -- an empty buffer has one line, an empty file none
  end
  return result
end

-- Edits by URI, in order; nil when the edit wants something that is not shown as text.
local function by_document(edit)
  local parts = {}
  for _, change in ipairs(edit.documentChanges or {}) do
    local document = change.textDocument
    if document then
      local part = { uri = document.uri, version = document.version, edits = change.edits }
      table.insert(parts, part)
    elseif change.kind ~= "create" then
      return nil
    end
  end
  for uri, edits in pairs(edit.changes or {}) do
    table.insert(parts, { uri = uri, edits = edits })
  end
  return parts
end

---@alias aircher.Base fun(uri: string, version: integer|nil): string[]|nil, string|nil
---The text an edit was made for, when it is another one than now; or a problem.

---Proposals for an edit, or why there are none.
---@param edit table a WorkspaceEdit
---@param base_of aircher.Base
---@param encoding string
---@return aircher.Proposal[]|nil, string|nil
function M.of(edit, base_of, encoding)
  local found = {}
  local parts = by_document(edit)
  if not parts then
    return nil, "The edit renames or deletes files, which is not done here. Nothing was changed."
  end
  for _, part in ipairs(parts) do
    if not vim.startswith(part.uri, "file://") then
      return nil, "The edit is for something that is no file. Nothing was changed."
    end
    local buffer = vim.uri_to_bufnr(part.uri)
    vim.fn.bufload(buffer)
    local now = vim.api.nvim_buf_get_lines(buffer, 0, -1, false)
    local base, gone = base_of(part.uri, part.version)
    if gone then
      return nil, gone
    end
    base = base or now
    local lines = merge.carry(base, apply(base, part.edits, encoding), now)
    if not lines then
      return nil, M.MOVED
    end
    if not vim.deep_equal(lines, now) then
      table.insert(found, { buffer = buffer, lines = lines })
    end
  end
  return found
end

local HISTORY = 60

---Remembers a buffer's text under each version it goes through while an edit of it is awaited: the
---daemon moves edits along with the changes it has heard of, and names the version it stopped at.
---@param buffer integer
---@param document aircher.Document as it was sent
---@return aircher.Base, fun() stop
function M.remember(buffer, document)
  local texts, order, over = {}, {}, false
  local function keep(version)
    texts[version] = vim.api.nvim_buf_get_lines(buffer, 0, -1, false)
    table.insert(order, version)
    if #order > HISTORY then
      texts[table.remove(order, 2)] = nil -- the first one is what was sent
    end
  end
  keep(document.version)
  vim.api.nvim_buf_attach(buffer, false, {
    on_lines = function(_, _, tick)
      if over then
        return true
      end
      keep(tick)
    end,
  })
  local function base_of(uri, version)
    if uri ~= document.uri then
      return nil
    end
    local text = texts[version or document.version]
    if not text then
      return nil, M.MOVED
    end
    return text
  end
  local function stop()
    over = true
  end
  return base_of, stop
end

return M
