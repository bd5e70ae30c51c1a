-- `:Aircher review`: findings into diagnostics and the quickfix list.
local answer = require("aircher.answer")
local client = require("aircher.client")
local findings = require("aircher.findings")
local where = require("aircher.where")

local M = {}

local function shown(window, said, result)
  local count = #result.findings
  findings.show(result.findings, said.requestId, client.encoding())
  if count == 0 then
    -- An answer nobody could read, or that was cut, says nothing about the code.
    local notes = result.complete == false and { { said.text, "WarningMsg" } } or { { "Nothing found.", "Normal" } }
    window:replace("")
    window:notes(vim.list_extend(notes, answer.notes(said, result.leftOut)))
    return
  end
  window:close()
  vim.diagnostic.setqflist({ namespace = findings.SPACE, title = "aircher review" })
  local text = count == 1 and "1 finding" or count .. " findings"
  answer.say(text .. " · " .. answer.account(said))
end

---@param command table
---@param rest string the scope, and for a branch its base
function M.run(command, rest)
  local buffer = vim.api.nvim_get_current_buf()
  local scope, base = rest:match("^(%S*)%s*(.*)$")
  if scope == "clear" then
    return vim.diagnostic.reset(findings.SPACE)
  end
  if scope == "" then
    scope = command.range > 0 and "selection" or "staged"
  end
  local params = { workspace = where.workspace(buffer), scope = scope }
  if scope == "branch" and base ~= "" then
    params.base = base
  elseif base ~= "" then
    params.instruction = base
  end
  if scope == "file" or scope == "selection" then
    local problem = where.not_a_file(buffer)
    if problem then
      return answer.say(problem, vim.log.levels.WARN)
    end
    params.document = where.document(buffer)
    if scope == "selection" then
      params.range = where.range(command) or where.lines(command.line1, command.line2)
    end
  end
  client.share_unwritten()
  answer.stream({
    buffer = buffer,
    method = "aircher/review",
    params = params,
    title = "Review: " .. scope,
    waiting = "reviewing",
    mods = command.smods,
    done = shown,
  })
end

return M
