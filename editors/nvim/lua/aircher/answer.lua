-- One request whose answer is text: shown as it comes, with the account under it.
local request = require("aircher.request")
local inert = require("aircher.inert")
local settings = require("aircher.settings")
local view = require("aircher.view")

local M = {}

---@type table|nil the last answer, for `:Aircher explain-choice`
M.last = nil

---Who answered and what it cost, in one line.
---@param answer table of type Answer
---@return string
function M.account(answer)
  local name = answer.provider .. "/" .. answer.model
  local place = answer["local"] and "on this machine" or "hosted"
  local parts = { name, place, answer.cost.text, "today " .. answer.today.text }
  table.insert(parts, ("%.1f s"):format(answer.durationMs / 1000))
  return table.concat(parts, " · ")
end

---The lines under an answer.
---@param answer table of type Answer
---@param left_out? table[] of type LeftOut
function M.notes(answer, left_out)
  local notes = { { M.account(answer), "Comment" } }
  if answer.finish ~= "stop" then
    table.insert(notes, { "It ended early: " .. answer.finish .. ".", "WarningMsg" })
  end
  if left_out and #left_out > 0 then
    local names = {}
    for _, file in ipairs(left_out) do
      table.insert(names, ("%s (%s)"):format(file.path, file.why))
    end
    table.insert(notes, { "Not sent: " .. table.concat(names, ", "), "Comment" })
  end
  for _, notice in ipairs(answer.notices or {}) do
    table.insert(notes, { notice, "WarningMsg" })
  end
  return notes
end

---@param text string
---@param level? integer
function M.say(text, level)
  vim.notify("aircher: " .. inert.line(text), level or vim.log.levels.INFO)
end

---Asks for a line of text with `vim.ui.input`; nothing is done when there is none.
---@param prompt string
---@param go fun(text: string)
function M.input(prompt, go)
  vim.ui.input({ prompt = prompt }, function(text)
    vim.api.nvim_echo({ { "" } }, false, {})
    if text and vim.trim(text) ~= "" then
      go(vim.trim(text))
    end
  end)
end

---A sink for deltas that keeps the text whole; `show` gets the kind and the piece.
---@param show fun(kind: string, piece: string)
function M.sink(show)
  local seen = 0
  return function(params)
    if params.seq ~= seen + 1 then
      return -- one was lost or came twice; the result brings the whole text
    end
    seen = params.seq
    show(params.kind, params.text)
  end
end

---@class aircher.Asked
---@field buffer integer what it is about
---@field method string
---@field params table
---@field title string
---@field waiting string
---@field mods? table
---@field plain? boolean the text is no Markdown
---@field view? aircher.View to show it in, instead of a new one
---@field over? fun() called at any end, first
---@field done fun(view: aircher.View, answer: table, result: table)

---@param asked aircher.Asked
---@return aircher.View, aircher.Request
function M.stream(asked)
  local window = asked.view
    or view.open({ title = asked.title, mods = asked.mods, markdown = not asked.plain })
  local start = window.text
  local asking
  local function ended()
    window:drop_key("s")
    window:drop_key("<C-c>")
    window:stop_waiting()
    if asked.over then
      asked.over()
    end
  end
  local params = vim.tbl_extend("keep", asked.params, { model = settings.get().model })
  asking = request.send(asked.buffer, asked.method, params, {
    delta = M.sink(function(kind, piece)
      if kind == "thinking" then
        window.busy = window.busy and "thinking"
      else
        window.busy = window.busy and asked.waiting
        if kind == "replace" then
          window:replace(start .. piece)
        else
          window:append(piece)
        end
      end
    end),
    waits = function(line)
      window.busy = window.busy and line
    end,
    done = function(result)
      local answer = result.answer or result
      M.last = { method = asked.method, answer = answer }
      ended()
      if window.text ~= start .. answer.text then
        window:replace(start .. answer.text)
      end
      window:notes(M.notes(answer, result.leftOut))
      asked.done(window, answer, result)
    end,
    failed = function(message, error)
      ended()
      if window:is_open() then
        if error.partialText and window.text == start then
          window:append(error.partialText)
        end
        window:notes({ { message, "ErrorMsg" } })
      else
        M.say(message, vim.log.levels.ERROR)
      end
    end,
    stopped = function()
      ended()
      window:notes({ { "Stopped. What was produced so far is paid for.", "WarningMsg" } })
    end,
  })
  window.on_close = asking.stop
  if asking.running then
    window:wait(asked.waiting)
    window:key("s", "stop", asking.stop)
    -- Habit's key too; but while Neovim works it takes this one for itself, so it is not shown.
    window:key("<C-c>", nil, asking.stop)
  end
  return window, asking
end

---Copies text to the unnamed register, and to the clipboard where there is one.
---@param text string
function M.copy(text)
  vim.fn.setreg('"', text)
  if vim.fn.has("clipboard") == 1 then
    pcall(vim.fn.setreg, "+", text)
  end
  M.say("copied")
end

return M
