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

---@return string[] cmd the first `aircherd` there is
local function found()
  for _, name in ipairs({ "aircherd", INSTALLED }) do
    local path = vim.fn.exepath(vim.fn.expand(name))
    if path ~= "" then
      return { path, "connect" }
    end
  end
  return { "aircherd", "connect" }
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
