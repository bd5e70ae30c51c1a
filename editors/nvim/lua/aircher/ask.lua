-- `:Aircher ask`: a question and its follow-ups, in one window.
local answer = require("aircher.answer")
local where = require("aircher.where")

local M = {}

local function title(question)
  local line = question:match("[^\n]*")
  return vim.fn.strchars(line) > 50 and vim.fn.strcharpart(line, 0, 49) .. "…" or line
end

-- Only these go along with a follow-up; the question is its own.
local KEPT = { "workspace", "document", "range" }

---Keys of a window whose text can be asked about further.
---@param window aircher.View
---@param buffer integer
---@param said table of type Answer
---@param params table what was asked about
---@param conversation string|nil
---@param again? fun(window: aircher.View) asks the same once more
function M.offer_more(window, buffer, said, params, conversation, again)
  window:key("a", "ask further", function()
    answer.input("Ask further: ", function(question)
      if not window:is_open() then
        return
      end
      window:notes({})
      window:append("\n\n— " .. question .. "\n\n")
      window:drop_key("a")
      window:drop_key("r")
      window:drop_key("y")
      local more = { conversation = conversation }
      if not conversation then
        question = ("%s\n\nThis was said of it before:\n\n%s"):format(question, said.text)
      end
      for _, name in ipairs(KEPT) do
        more[name] = params[name]
      end
      M.send(buffer, question, more, nil, window)
    end)
  end)
  window:key("y", "copy", function()
    answer.copy(said.text)
  end)
  if again then
    window:key("r", "not good, ask again", function()
      if not window:is_open() then
        return
      end
      for _, lhs in ipairs({ "a", "r", "y" }) do
        window:drop_key(lhs)
      end
      window:notes({})
      window:replace("")
      -- The daemon has the next better model answer what was rejected.
      require("aircher.edits").feedback(said.requestId, "rejected", nil, function()
        again(window)
      end)
    end)
  end
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
      local same = vim.deepcopy(params)
      M.offer_more(window, buffer, said, params, result.conversation, function(open)
        M.send(buffer, question, same, mods, open)
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
  if command.range > 0 and where.not_a_file(buffer) then
    local lines = vim.api.nvim_buf_get_lines(buffer, command.line1 - 1, command.line2, false)
    attached = ("\n\n```\n%s\n```"):format(table.concat(lines, "\n"))
  elseif command.range > 0 then
    params.document, params.range = where.document(buffer), where.range(command)
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
