-- `:Aircher fix | document | refactor | generate`: an edit is asked for, carried over to the text
-- as it is by then, and shown before anything is changed.
local answer = require("aircher.answer")
local client = require("aircher.client")
local merge = require("aircher.merge")
local preview = require("aircher.preview")
local where = require("aircher.where")

local M = {}

local MOVED = "You changed the same lines meanwhile. Nothing was changed; ask again."

---Tells the daemon what became of its work; it learns which models are good at what.
---@param operation string
---@param outcome 'accepted'|'edited'|'rejected'|'dismissed'|'applied'
---@param finding? string
function M.feedback(operation, outcome, finding)
  local params = { operation = operation, outcome = outcome, finding = finding }
  local ends = { done = function() end, failed = function() end }
  client.request(vim.api.nvim_get_current_buf(), "aircher/feedback", params, ends)
end

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
function M.proposals(edit, base_of, encoding)
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
      return nil, MOVED
    end
    if not vim.deep_equal(lines, now) then
      table.insert(found, { buffer = buffer, lines = lines })
    end
  end
  return found
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
  local proposals, problem = M.proposals(edit, base_of, client.encoding())
  if not proposals then
    return problem
  elseif #proposals == 0 then
    return "The text is like this already. Nothing was changed."
  end
  vim.schedule(function()
    preview.show(proposals, label, function(accepted, dropped)
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

local HISTORY = 60

-- Remembers a buffer's text under each version it goes through while an edit of it is awaited: the
-- daemon moves edits along with the changes it has heard of, and names the version it stopped at.
local function remembering(buffer, document)
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
      return nil, MOVED
    end
    return text
  end
  local function stop()
    over = true
  end
  return base_of, stop
end

---Asks for an edit of a buffer.
---@param buffer integer
---@param method string
---@param params table
---@param title string
---@param mods? table
function M.ask(buffer, method, params, title, mods)
  params.workspace = where.workspace(buffer)
  local base_of, stop = remembering(buffer, params.document)
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
