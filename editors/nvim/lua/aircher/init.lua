-- What a configuration may call. There is no setup(): `vim.g.aircher` holds the settings.
local M = {}

---For a statusline: `%{%v:lua.require'aircher'.statusline()%}`. Empty until something was asked.
---@return string
function M.statusline()
  return require("aircher.status").text()
end

---Attaches the language server to a buffer, for its code actions and lenses; starts it if need be.
---@param buffer? integer the current one by default
---@return string|nil problem
function M.attach(buffer)
  return require("aircher.client").attach(buffer or vim.api.nvim_get_current_buf())
end

---Stops everything that is being asked.
---@return integer how many requests there were
function M.stop()
  return require("aircher.request").stop_all()
end

return M
