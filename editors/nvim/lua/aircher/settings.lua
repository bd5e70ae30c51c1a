-- `vim.g.aircher`, as the user wrote it and as it is taken.
local M = {}

---@class aircher.Settings
---@field cmd string[] what is run to reach the daemon
---@field view 'float'|'split' where text is shown
---@field model string|nil `provider/model` to use and no other
---@field neighbours boolean whether other language servers are asked what stands near a range

local KNOWN = { cmd = "table", view = "string", model = "string", neighbours = "boolean" }

---Where the README has it installed.
local INSTALLED = "~/.aircher/bin/aircherd"

---The folders worked in, but for one that the home is in: what stands there is the user's own.
---@param folder string|nil one more
---@return string[]
local function worked_in(folder)
  local tops, home = {}, vim.fn.resolve(vim.fn.expand("~")) .. "/"
  for _, one in ipairs({ vim.fn.getcwd(), vim.fs.root(0, ".git") or vim.fn.getcwd(), folder }) do
    local top = vim.fn.resolve(vim.fs.root(one, ".git") or one):gsub("/+$", "") .. "/"
    if not vim.startswith(home, top) then
      table.insert(tops, top)
    end
  end
  return tops
end

---The first program of a name on PATH that no folder worked in brings along: a relative entry finds
---what lies in whichever folder one is in, and an editor's terminal often puts one of the
---repository's first.
---@param name string
---@param folder string|nil a folder worked in beside the buffer's and the current one
---@return string|nil path, string|nil passed what was found and not taken
function M.program(name, folder)
  local tops, passed = worked_in(folder), nil
  local separator = vim.fn.has("win32") == 1 and ";" or ":"
  for _, entry in ipairs(vim.split(vim.env.PATH or "", separator)) do
    if entry:find("^/") or entry:find("^%a:[/\\]") then
      local path = vim.fn.exepath(entry .. "/" .. name)
      local inside = vim.iter(tops):any(function(top)
        return vim.startswith(vim.fn.resolve(entry) .. "/", top)
      end)
      if path ~= "" and not inside then
        return path, passed
      elseif path ~= "" then
        passed = passed or path
      end
    end
  end
  return nil, passed
end

---@return string[] cmd the first `aircherd` there is
local function found()
  return { M.program("aircherd") or vim.fn.expand(INSTALLED), "connect" }
end

---Mistakes in `vim.g.aircher`, each a sentence that says what to do.
---@return string[]
function M.problems()
  local written, problems = vim.g.aircher, {}
  if written == nil then
    return problems
  end
  if type(written) ~= "table" then
    return { "vim.g.aircher is no table. Write vim.g.aircher = { view = 'split' }, for example." }
  end
  for name, value in pairs(written) do
    local wanted = KNOWN[name]
    if not wanted then
      local line = "vim.g.aircher.%s is not known. Known are cmd, model, neighbours and view."
      table.insert(problems, line:format(name))
    elseif type(value) ~= wanted then
      table.insert(problems, ("vim.g.aircher.%s has to be a %s."):format(name, wanted))
    end
  end
  local view = written.view
  if type(view) == "string" and view ~= "float" and view ~= "split" then
    table.insert(problems, "vim.g.aircher.view has to be 'float' or 'split'.")
  end
  return problems
end

---What is in force: a value that cannot be used leaves its default.
---@return aircher.Settings
function M.get()
  local written = type(vim.g.aircher) == "table" and vim.g.aircher or {}
  local function taken(name)
    local value = written[name]
    return type(value) == KNOWN[name] and value or nil
  end
  return {
    cmd = taken("cmd") or found(),
    view = taken("view") == "split" and "split" or "float",
    model = M.chosen or taken("model"),
    neighbours = written.neighbours ~= false,
  }
end

---A model chosen for this Neovim with `:Aircher models`; nil leaves the choice to the daemon.
---@type string|nil
M.chosen = nil

return M
