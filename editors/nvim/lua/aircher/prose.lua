-- `:Aircher explain` and `:Aircher summarize`: text about code, and questions on it.
local answer = require("aircher.answer")
local ask = require("aircher.ask")
local where = require("aircher.where")

local M = {}

local function show(command, buffer, method, params, title, waiting, view)
  local same = vim.deepcopy(params)
  answer.stream({
    buffer = buffer,
    method = method,
    params = params,
    title = title,
    waiting = waiting,
    mods = command.smods,
    view = view,
    done = function(window, said, result)
      ask.offer_more(window, buffer, said, params, result.conversation, function(open)
        show(command, buffer, method, same, title, waiting, open)
      end)
    end,
  })
end

---`:Aircher explain [question]`: the range, or the file.
function M.explain(command, rest)
  local buffer = vim.api.nvim_get_current_buf()
  local problem = where.not_a_file(buffer)
  if problem then
    return answer.say(problem, vim.log.levels.WARN)
  end
  local params = {
    workspace = where.workspace(buffer),
    document = where.document(buffer),
    range = where.range(command),
    instruction = rest ~= "" and rest or nil,
  }
  show(command, buffer, "aircher/explain", params, "Explain", "explaining")
end

---`:Aircher summarize [file|diff|branch|log]`
function M.summarize(command, rest)
  local buffer = vim.api.nvim_get_current_buf()
  local scope, base = rest:match("^(%S*)%s*(.*)$")
  if scope == "" then
    scope = where.not_a_file(buffer) and "diff" or "file"
  end
  local params = { workspace = where.workspace(buffer), scope = scope }
  if base ~= "" then
    params.base = base
  end
  if scope == "file" or scope == "log" then
    local problem = where.not_a_file(buffer)
    if problem and scope == "file" then
      return answer.say(problem, vim.log.levels.WARN)
    elseif not problem then
      params.document = where.document(buffer)
      params.range = where.range(command)
    end
  end
  show(command, buffer, "aircher/summarize", params, "Summary: " .. scope, "summarizing")
end

return M
