-- Windows of rows: what was spent, which models there are, why one was chosen.
local answer = require("aircher.answer")
local request = require("aircher.request")
local settings = require("aircher.settings")
local status = require("aircher.status")
local view = require("aircher.view")
local where = require("aircher.where")

local M = {}

---Rows as columns, each as wide as its widest cell; the first one is flush left.
---@param rows string[][]
---@return string[]
function M.table(rows)
  local widths = {}
  for _, row in ipairs(rows) do
    for column, cell in ipairs(row) do
      widths[column] = math.max(widths[column] or 0, vim.fn.strdisplaywidth(cell))
    end
  end
  local lines = {}
  for _, row in ipairs(rows) do
    local cells = {}
    for column, cell in ipairs(row) do
      local room = (" "):rep(widths[column] - vim.fn.strdisplaywidth(cell))
      table.insert(cells, column == 1 and cell .. room or room .. cell)
    end
    table.insert(lines, (table.concat(cells, "   "):gsub("%s+$", "")))
  end
  return lines
end

-- A window that waits for one result and shows it, or why there is none.
local function fetch(command, title, method, params, shown)
  local buffer = vim.api.nvim_get_current_buf()
  local window = view.open({ title = title, mods = command.smods })
  local asking = request.send(buffer, method, params, {
    done = function(result)
      window:stop_waiting()
      shown(window, result)
    end,
    failed = function(message)
      window:stop_waiting()
      window:notes({ { message, "ErrorMsg" } })
    end,
    stopped = function()
      window:stop_waiting()
      window:notes({ { "Stopped.", "WarningMsg" } })
    end,
  })
  window.on_close = asking.stop
  if asking.running then
    window:wait("asking")
  end
end

local function total(name, sums)
  local tokens = ("%d in"):format(sums.input) .. (", %d out"):format(sums.output)
  local calls = sums.requests == 1 and "1 request" or sums.requests .. " requests"
  return { name, sums.cost.text, calls, tokens }
end

---@param result table of type UsageReport
---@return string[]
function M.usage_lines(result)
  local rows = { total("today", result.today) }
  if result.week then
    table.insert(rows, total("this week", result.week))
  end
  table.insert(rows, total("this month", result.month))
  local lines = M.table(rows)
  if #result.limits > 0 then
    local limits = {}
    for _, line in ipairs(result.limits) do
      local held = line.held.nanoUsd ~= 0 and "held " .. line.held.text or ""
      local of = ("%s of %s"):format(line.spent.text, line.limit.text)
      table.insert(limits, { line.label, of, held, "until " .. line.resetsAt:sub(1, 16) })
    end
    vim.list_extend(lines, { "", "Limits" })
    vim.list_extend(lines, M.table(limits))
  end
  local groups = { { "By task", result.byTask }, { "By model", result.byModel } }
  for _, group in ipairs(groups) do
    if #group[2] > 0 then
      vim.list_extend(lines, { "", group[1] .. ", this month" })
      local parts = {}
      for _, sums in ipairs(group[2]) do
        table.insert(parts, total(sums.name, sums))
      end
      vim.list_extend(lines, M.table(parts))
    end
  end
  local coming = result.projection
  if coming then
    local range = "The month will probably come to %s (%s to %s)."
    local text = range:format(coming.likely.text, coming.low.text, coming.high.text)
    vim.list_extend(lines, { "", text })
  end
  return lines
end

---`:Aircher usage`
function M.usage(command)
  fetch(command, "Usage", "aircher/usage", {}, function(window, result)
    window:replace(table.concat(M.usage_lines(result), "\n"))
  end)
  request.send(vim.api.nvim_get_current_buf(), "aircher/status", {}, {
    done = status.set,
    failed = function() end,
  })
end

---@type string[] names for completion, from the last list
M.known = {}

local function choose(name)
  settings.chosen = name
  if name then
    answer.say(name .. " answers from now on")
  else
    answer.say("the model is chosen for each request")
  end
end

local function model_row(model)
  local price = "unknown"
  if model["local"] then
    price = "on this machine"
  elseif model.inputPerMillion then
    price = ("$%s / $%s"):format(model.inputPerMillion, model.outputPerMillion or "?")
  end
  local context = model.context and ("%dk"):format(model.context / 1000) or "?"
  return { model.provider .. "/" .. model.model, price, context }
end

---`:Aircher models`: the list, or a choice for this Neovim.
function M.models(command, rest)
  if rest == "auto" then
    return choose(nil)
  elseif rest ~= "" then
    return choose(rest)
  end
  fetch(command, "Models", "aircher/models", {}, function(window, result)
    local names, rows, refused = {}, {}, {}
    for _, model in ipairs(result.models) do
      if model.usable then
        table.insert(names, model.provider .. "/" .. model.model)
        table.insert(rows, model_row(model))
      else
        table.insert(refused, { model.provider .. "/" .. model.model, model.why })
      end
    end
    M.known = names
    local lines = #rows > 0 and M.table(rows) or { "No model can be used now." }
    if #refused > 0 then
      vim.list_extend(lines, { "", "Not usable" })
      for _, row in ipairs(refused) do
        table.insert(lines, row[1] .. ": " .. row[2])
      end
    end
    vim.list_extend(lines, { "", "Prices are USD per million tokens. " .. result.priceTable })
    window:replace(table.concat(lines, "\n"))
    if #names > 0 then
      window:key("<CR>", "use the model of this line", function()
        local name = names[vim.api.nvim_win_get_cursor(window.window)[1]]
        if name then
          window:close()
          choose(name)
        end
      end)
    end
    window:key("a", "choose for each request", function()
      window:close()
      choose(nil)
    end)
  end)
end

---@param reason table of type Reason
---@return string[]
function M.reason_lines(reason)
  local lines = { reason.summary, "" }
  local sure = math.floor(reason.confidence * 100 + 0.5)
  table.insert(lines, ("Taken for: %s (%d %%)"):format(reason.task:gsub("_", " "), sure))
  for _, evidence in ipairs(reason.evidence or {}) do
    table.insert(lines, "  " .. evidence.text)
  end
  if #(reason.candidates or {}) > 0 then
    vim.list_extend(lines, { "", "In this order" })
    for _, one in ipairs(reason.candidates) do
      local cost = ("%s, at most %s"):format(one.expected.text, one.worst.text)
      table.insert(lines, ("  %s/%s · %s · %s"):format(one.provider, one.model, cost, one.why))
    end
  end
  if #(reason.refused or {}) > 0 then
    vim.list_extend(lines, { "", "Not asked" })
    for _, one in ipairs(reason.refused) do
      local name = one.model and one.provider .. "/" .. one.model or one.provider
      table.insert(lines, ("  %s · %s"):format(name, one.why))
    end
  end
  return lines
end

---`:Aircher explain-choice`: why the last answer came from where it came, or what a commit message
---would cost now. Nothing is sent to a model.
function M.explain_choice(command, rest)
  local last = answer.last
  if last and rest == "" then
    local title = ("Why %s/%s"):format(last.answer.provider, last.answer.model)
    local window = view.open({ title = title, mods = command.smods })
    window:replace(table.concat(M.reason_lines(last.answer.reason), "\n"))
    window:notes({ { answer.account(last.answer), "Comment" } })
    return
  end
  local buffer = vim.api.nvim_get_current_buf()
  local params = { workspace = where.workspace(buffer), model = settings.get().model }
  local method = "aircher/commitMessage"
  if rest ~= "" and rest ~= "commit" then
    method, params.prompt = "aircher/ask", rest
  end
  local asked = { method = method, params = params }
  fetch(command, "What would be sent", "aircher/plan", asked, function(window, result)
    local lines = M.reason_lines(result.reason)
    local to = result.origin and "To " .. result.origin or "Nothing would leave this machine"
    local cost = ("%s · at most %s"):format(to, result.worst.text)
    vim.list_extend(lines, { "", cost, "", "The exact text" })
    for _, message in ipairs(result.messages or {}) do
      vim.list_extend(lines, { "", message.role .. ":", message.content })
    end
    window:replace(table.concat(lines, "\n"))
  end)
end

return M
