-- What a configuration may call. There is no setup(): `vim.g.aircher` holds the settings.
local M = {}

---For a statusline: `%{%v:lua.require'aircher'.statusline()%}`. Empty until something was asked.
---@return string
function M.statusline()
  return require("aircher.status").text()
end

---Stops everything that is being asked.
---@return integer how many requests there were
function M.stop()
  return require("aircher.client").stop_all()
end

return M
