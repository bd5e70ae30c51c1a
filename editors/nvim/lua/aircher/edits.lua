-- `:Aircher fix | document | refactor | generate`: an edit is asked for, carried over to the text
-- as it is by then, and shown before anything is changed.
local answer = require("aircher.answer")
local client = require("aircher.client")
local request = require("aircher.request")
local preview = require("aircher.preview")
local proposals = require("aircher.proposals")
local where = require("aircher.where")

local M = {}

---Tells the daemon what became of its work; it learns which models are good at what.
---@param operation string
---@param outcome 'accepted'|'edited'|'rejected'|'dismissed'|'applied'
---@param finding? string
---@param after? fun() called when it is told, or cannot be
function M.feedback(operation, outcome, finding, after)
  after = after or function() end
  local params = { operation = operation, outcome = outcome, finding = finding }
  local ends = { done = after, failed = after }
  request.send(vim.api.nvim_get_current_buf(), "aircher/feedback", params, ends)
end

---Shows an edit and tells the daemon what became of it.
---@param edit table
---@param base_of aircher.Base
---@param label string
---@param operation string
---@param finding? string
---@param after? fun(applied: boolean)
---@return string|nil problem
function M.offer(edit, base_of, label, operation, finding, after)
  local found, problem = proposals.of(edit, base_of, client.encoding())
  if not found then
    return problem
  elseif #found == 0 then
    return "The text is like this already. Nothing was changed."
  end
  vim.schedule(function()
    preview.show(found, label, function(accepted, dropped)
      local outcome = accepted == 0 and "rejected" or dropped == 0 and "accepted" or "edited"
      if finding and accepted > 0 then
        outcome = "applied"
      end
      M.feedback(operation, outcome, finding)
      if after then
        after(accepted > 0)
      end
    end)
  end)
end

---Asks for an edit of a buffer.
---@param buffer integer
---@param method string
---@param params table
---@param title string
---@param mods? table
function M.ask(buffer, method, params, title, mods)
  params.workspace = where.workspace(buffer)
  local base_of, stop = proposals.remember(buffer, params.document)
  answer.stream({
    buffer = buffer,
    method = method,
    params = params,
    title = title,
    waiting = "writing",
    mods = mods,
    over = stop,
    done = function(window, said, result)
      if not result.edit then
        return -- the text in the window says why
      end
      local problem = M.offer(result.edit, base_of, result.label or title, said.requestId)
      if problem then
        window:notes({ { problem, "WarningMsg" }, { answer.account(said), "Comment" } })
      else
        window:close()
        answer.say(answer.account(said))
      end
    end,
  })
end

-- The instruction that was typed, or one asked for.
local function instruction(rest, prompt, go)
  if rest ~= "" then
    go(rest)
  else
    answer.input(prompt, go)
  end
end

-- Runs `go` with the current buffer when it is a file.
local function in_file(go)
  local buffer = vim.api.nvim_get_current_buf()
  local problem = where.not_a_file(buffer)
  if problem then
    return answer.say(problem, vim.log.levels.WARN)
  end
  go(buffer, where.document(buffer))
end

---`:Aircher document [readme]`
function M.document(command, rest)
  in_file(function(buffer, document)
    local readme = rest == "readme"
    local line = vim.api.nvim_win_get_cursor(0)[1]
    local params = {
      document = document,
      range = where.range(command) or where.lines(line, line),
      kind = readme and "readme" or "docstring",
    }
    if readme then
      params.range = where.range(command)
    end
    M.ask(buffer, "aircher/document", params, "Document", command.smods)
  end)
end

---`:'<,'>Aircher refactor [instruction]`
function M.refactor(command, rest)
  in_file(function(buffer, document)
    local range = where.range(command) or where.lines(1, vim.api.nvim_buf_line_count(buffer))
    instruction(rest, "What should change? ", function(text)
      local params = { document = document, range = range, instruction = text }
      M.ask(buffer, "aircher/refactor", params, "Refactor", command.smods)
    end)
  end)
end

---`:Aircher generate [instruction]`, `:Aircher generate tests`
function M.generate(command, rest)
  in_file(function(buffer, document)
    local params = { document = document, range = where.range(command), kind = "code" }
    if not params.range then
      params.position = where.place(buffer)
    end
    local word, more = rest:match("^(%S*)%s*(.*)$")
    if word == "tests" then
      params.kind = "tests"
      params.instruction = more
      return M.ask(buffer, "aircher/generate", params, "Tests", command.smods)
    end
    instruction(rest, "What should be written? ", function(text)
      params.instruction = text
      M.ask(buffer, "aircher/generate", params, "Generate", command.smods)
    end)
  end)
end

---`:Aircher fix [error]`: the diagnostic under the cursor, or the error that was pasted.
function M.fix(command, rest)
  in_file(function(buffer, document)
    local range = where.range(command)
    local function send(params)
      params.document, params.range = document, range
      M.ask(buffer, "aircher/fix", params, "Fix", command.smods)
    end
    if rest ~= "" then
      return send({ error = rest })
    end
    require("aircher.findings").choose(buffer, command.line1, command.line2, function(diagnostic)
      if diagnostic then
        send({ diagnostic = where.to_lsp(buffer, diagnostic) })
      else
        answer.input("Error to fix: ", function(text)
          send({ error = text })
        end)
      end
    end)
  end)
end

return M
