-- What the daemon said of itself last, for statuslines: `%{%v:lua.require'aircher'.statusline()%}`.
local inert = require("aircher.inert")

local M = {}

local FRAMES = { "⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏" }

---@type table|nil the last `aircher/statusChanged`
local last
---@type table|nil the last `aircher/status`: limits, offline, what is wrong
local whole
local timer

---The sign of work at this moment.
---@return string
function M.frame()
  return FRAMES[math.floor(vim.uv.hrtime() / 1e8) % #FRAMES + 1]
end

local function told()
  vim.api.nvim_exec_autocmds("User", { pattern = "AircherStatus", modeline = false })
  vim.cmd.redrawstatus({ bang = true })
end

---Shows statuslines anew, and goes on doing so while something is being asked.
function M.redraw()
  vim.schedule(told)
  local busy = require("aircher.request").in_flight() > 0
  if busy and not timer then
    timer = assert(vim.uv.new_timer())
    timer:start(100, 100, vim.schedule_wrap(told))
  elseif not busy and timer then
    timer:close()
    timer = nil
  end
end

---@param params table of `aircher/statusChanged`
function M.changed(params)
  last = params
  vim.schedule(told)
end

---@param status table of `aircher/status`
function M.set(status)
  whole = status
  vim.schedule(told)
end

---The daemon has left: nothing is known any more.
function M.forget()
  last, whole = nil, nil
  M.redraw()
end

---The limit of a day, or nil when there is none.
local function daily()
  for _, line in ipairs(whole and whole.limits or {}) do
    if line.label == "daily" then
      return line.limit.text
    end
  end
end

---One short text; empty as long as nothing was asked.
---@return string
function M.text()
  local today = (last and last.today) or (whole and whole.today)
  local asking = require("aircher.request").in_flight() > 0
  if not (today or asking) then
    return ""
  end
  local parts = { asking and M.frame() .. " aircher" or "aircher" }
  if asking and last and type(last.model) == "string" then
    table.insert(parts, last.model)
  end
  if whole and whole.offline then
    table.insert(parts, "offline")
  end
  if whole and whole.ledger ~= "ok" then
    table.insert(parts, "degraded")
  end
  if today then
    local limit = daily()
    table.insert(parts, limit and today.text .. "/" .. limit or today.text)
  end
  return inert.bar(table.concat(parts, " "))
end

return M
