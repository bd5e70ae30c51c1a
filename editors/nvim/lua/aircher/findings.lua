-- What a review found, as diagnostics; and what can be done with one of them.
local inert = require("aircher.inert")
local where = require("aircher.where")

local M = {}

M.SPACE = vim.api.nvim_create_namespace("aircher.review")

-- By URI: the text that findings and their fixes are about.
---@type table<string, string[]>
local texts = {}

-- What the daemon saw: the buffer it is told of, or else the file.
local function text_of(buffer, uri)
  if #vim.lsp.get_clients({ bufnr = buffer, name = "aircher" }) > 0 then
    return vim.api.nvim_buf_get_lines(buffer, 0, -1, false)
  end
  local ok, lines = pcall(vim.fn.readfile, vim.uri_to_fname(uri))
  return ok and lines or nil
end

---@type aircher.Base
local function base_of(uri)
  return texts[uri]
end

local SEVERITIES = {
  error = vim.diagnostic.severity.ERROR,
  warning = vim.diagnostic.severity.WARN,
  information = vim.diagnostic.severity.INFO,
  hint = vim.diagnostic.severity.HINT,
}

---Puts findings up, in place of those of the last review.
---@param findings table[] of type Finding
---@param operation string
---@param encoding string
function M.show(findings, operation, encoding)
  vim.diagnostic.reset(M.SPACE)
  texts = {}
  local by_buffer = {}
  for _, finding in ipairs(findings) do
    if vim.startswith(finding.uri, "file://") then
      local buffer = vim.uri_to_bufnr(finding.uri)
      local first, last = finding.range.start, finding.range["end"]
      local title, why = inert.line(finding.title), inert.clean(finding.why)
      texts[finding.uri] = texts[finding.uri] or text_of(buffer, finding.uri)
      by_buffer[buffer] = by_buffer[buffer] or {}
      table.insert(by_buffer[buffer], {
        lnum = first.line,
        col = where.byte(buffer, first, encoding),
        end_lnum = last.line,
        end_col = where.byte(buffer, last, encoding),
        severity = SEVERITIES[finding.severity] or SEVERITIES.warning,
        source = "aircher",
        message = why ~= "" and title .. "\n" .. why or title,
        user_data = { aircher = { finding = finding, operation = operation } },
      })
    end
  end
  for buffer, diagnostics in pairs(by_buffer) do
    vim.bo[buffer].buflisted = true
    vim.diagnostic.set(M.SPACE, buffer, diagnostics)
  end
end

---Takes a finding down.
---@param buffer integer
---@param id string
function M.remove(buffer, id)
  local left = vim.tbl_filter(function(diagnostic)
    return diagnostic.user_data.aircher.finding.id ~= id
  end, vim.diagnostic.get(buffer, { namespace = M.SPACE }))
  vim.diagnostic.set(M.SPACE, buffer, left)
end

-- A finding of ours: what was offered, a fresh fix, or to be left alone with it.
local function ask_what(buffer, diagnostic, go)
  local edits = require("aircher.edits")
  local answer = require("aircher.answer")
  local finding = diagnostic.user_data.aircher.finding
  local operation = diagnostic.user_data.aircher.operation
  local choices = { "Ask for a fix", "Dismiss" }
  if finding.fix then
    table.insert(choices, 1, "Apply the fix that was offered")
  end
  local prompt = inert.line(finding.title)
  vim.ui.select(choices, { prompt = prompt }, function(chosen)
    if chosen == "Ask for a fix" then
      go(diagnostic)
    elseif chosen == "Dismiss" then
      M.remove(buffer, finding.id)
      edits.feedback(operation, "dismissed", finding.id)
    elseif chosen then
      local function after(applied)
        if applied then
          M.remove(buffer, finding.id)
        end
      end
      local problem = edits.offer(finding.fix, base_of, prompt, operation, finding.id, after)
      if problem then
        answer.say(problem, vim.log.levels.WARN)
      end
    end
  end)
end

---Lets the user choose among the diagnostics of some lines; `go` gets one, or nil without any.
---@param buffer integer
---@param first integer 1-based
---@param last integer
---@param go fun(diagnostic: vim.Diagnostic|nil)
function M.choose(buffer, first, last, go)
  local found = vim.tbl_filter(function(diagnostic)
    return diagnostic.lnum < last and (diagnostic.end_lnum or diagnostic.lnum) >= first - 1
  end, vim.diagnostic.get(buffer))
  local function taken(diagnostic)
    local ours = type(diagnostic.user_data) == "table" and diagnostic.user_data.aircher
    if ours then
      ask_what(buffer, diagnostic, go)
    else
      go(diagnostic)
    end
  end
  if #found == 0 then
    go(nil)
  elseif #found == 1 then
    taken(found[1])
  else
    local function name(diagnostic)
      return inert.line(diagnostic.message:match("[^\n]*"))
    end
    local options = { prompt = "Which one?", format_item = name }
    vim.ui.select(found, options, function(diagnostic)
      if diagnostic then
        taken(diagnostic)
      end
    end)
  end
end

return M
