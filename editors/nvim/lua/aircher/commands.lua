-- The words behind `:Aircher`: which file does the work, and what can follow.
local M = {}

---@class aircher.Command
---@field run fun(command: table, rest: string)
---@field words? string[]|fun(): string[] what can follow

local function from(module, name)
  return function(...)
    return require("aircher." .. module)[name](...)
  end
end

---@type table<string, aircher.Command>
M.all = {
  ask = { run = from("ask", "run") },
  document = { run = from("edits", "document"), words = { "docstring", "readme" } },
  explain = { run = from("prose", "explain") },
  fix = { run = from("edits", "fix") },
  generate = { run = from("edits", "generate"), words = { "tests" } },
  refactor = { run = from("edits", "refactor") },
  review = {
    run = from("review", "run"),
    words = { "branch", "clear", "file", "selection", "staged" },
  },
  summarize = { run = from("prose", "summarize"), words = { "branch", "diff", "file", "log" } },
  commit = { run = from("commit", "run"), words = { "amend" } },
  ["explain-choice"] = { run = from("books", "explain_choice"), words = { "commit" } },
  models = {
    run = from("books", "models"),
    words = function()
      return vim.list_extend({ "auto" }, require("aircher.books").known)
    end,
  },
  stop = {
    run = function()
      local count = require("aircher.request").stop_all()
      if count == 0 then
        require("aircher.answer").say("Nothing is being asked.")
      end
    end,
  },
  usage = { run = from("books", "usage") },
}

---@return string[]
function M.names()
  local names = vim.tbl_keys(M.all)
  table.sort(names)
  return names
end

---@param command table of nvim_create_user_command
function M.run(command)
  local name, rest = command.args:match("^(%S+)%s*(.-)%s*$")
  local known = M.all[name]
  if known then
    return known.run(command, rest)
  end
  local say = require("aircher.answer").say
  local list = table.concat(M.names(), ", ")
  if name then
    say(("there is no :Aircher %s. There are %s."):format(name, list), vim.log.levels.ERROR)
    return
  end
  vim.ui.select(M.names(), { prompt = "aircher" }, function(chosen)
    if chosen then
      M.all[chosen].run(command, "")
    end
  end)
end

---@param lead string
---@param line string
---@return string[]
function M.complete(lead, line)
  local before = line:match("^.*Aircher!?%s+(.*)$") or ""
  local name = before:match("^(%S+)%s")
  local words = M.names()
  if name then
    words = M.all[name] and M.all[name].words or {}
    if type(words) == "function" then
      words = words()
    end
    if before:sub(#name + 1, -#lead - 1):find("%S") then
      words = {} -- only the word right after the command is known
    end
  end
  return vim.tbl_filter(function(word)
    return vim.startswith(word, lead)
  end, words)
end

return M
