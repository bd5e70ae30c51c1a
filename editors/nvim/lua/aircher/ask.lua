-- `:Aircher ask`: a question and its follow-ups, in one window.
local answer = require("aircher.answer")
local where = require("aircher.where")

local M = {}

local function title(question)
  local line = question:match("[^\n]*")
  return vim.fn.strchars(line) > 50 and vim.fn.strcharpart(line, 0, 49) .. "…" or line
end

local function follow_up(view, buffer, workspace, conversation)
  answer.input("Ask further: ", function(question)
    if not view:is_open() then
      return
    end
    view:notes({})
    view:append("\n\n— " .. question .. "\n\n")
    view:drop_key("a")
    view:drop_key("y")
    M.send(buffer, question, { workspace = workspace, conversation = conversation }, nil, view)
  end)
end

---@param buffer integer
---@param question string
---@param params table
---@param mods? table
---@param view? aircher.View
function M.send(buffer, question, params, mods, view)
  params.prompt = question
  return answer.stream({
    buffer = buffer,
    method = "aircher/ask",
    params = params,
    title = title(question),
    waiting = "asking",
    mods = mods,
    view = view,
    done = function(window, said, result)
      window:key("a", "ask further", function()
        follow_up(window, buffer, params.workspace, result.conversation)
      end)
      window:key("y", "copy", function()
        answer.copy(said.text)
      end)
    end,
  })
end

---@param command table
---@param rest string
function M.run(command, rest)
  local buffer = vim.api.nvim_get_current_buf()
  local params = { workspace = where.workspace(buffer) }
  local attached = ""
  if command.range > 0 then
    local lines = vim.api.nvim_buf_get_lines(buffer, command.line1 - 1, command.line2, false)
    local language, code = vim.bo[buffer].filetype, table.concat(lines, "\n")
    attached = ("\n\n```%s\n%s\n```"):format(language, code)
  end
  local function go(question)
    M.send(buffer, question .. attached, params, command.smods)
  end
  if rest ~= "" then
    go(rest)
  else
    answer.input("Ask: ", go)
  end
end

return M
