-- The language client: found, or started when something is asked.
local settings = require("aircher.settings")

local M = {}

local NEW = vim.fn.has("nvim-0.11") == 1

---Names, never values, of the variables that may hold keys: the daemon says when it was started
---without one of them.
local function key_variables()
  local names = {}
  for name in pairs(vim.fn.environ()) do
    if name:find("_API_KEY$") or name:find("_TOKEN$") then
      table.insert(names, name)
    end
  end
  return names
end

---JSON's null is nil on 0.10 and `vim.NIL`, which is true, later: made nil for all.
---@generic T
---@param value T
---@return T
function M.plain(value)
  if type(value) ~= "table" then
    return value
  end
  for key, part in pairs(value) do
    if part == vim.NIL then
      value[key] = nil
    else
      M.plain(part)
    end
  end
  return value
end

---What both `vim.lsp.start` and `vim.lsp.enable` start.
---@return vim.lsp.ClientConfig
function M.defaults()
  return {
    name = "aircher",
    cmd = settings.get().cmd,
    root_markers = { ".git" },
    init_options = { keyVariables = key_variables() },
    handlers = {
      ["aircher/delta"] = function(_, params)
        require("aircher.request").heard(params)
      end,
      ["aircher/waiting"] = function(_, params)
        require("aircher.request").waits(M.plain(params))
      end,
      ["aircher/statusChanged"] = function(_, params)
        require("aircher.status").changed(M.plain(params))
      end,
      ["aircher/budget"] = function(_, params)
        local text = require("aircher.inert").line(params.message)
        vim.notify("aircher: " .. text, vim.log.levels.WARN)
      end,
      ["aircher/workspaceChanged"] = function() end,
    },
    on_exit = function(_, _, id)
      vim.schedule(function()
        require("aircher.request").lost(id)
        require("aircher.status").forget()
      end)
    end,
  }
end

-- Methods of a client are called with a dot on 0.10 and with a colon later.
function M.call(client, name, ...)
  if NEW then
    return client[name](client, ...)
  end
  return client[name](...)
end

---@type integer|nil the client that was started here: 0.10 lists none before it is initialized
local started

---@return vim.lsp.Client|nil
function M.current()
  local own = started and vim.lsp.get_client_by_id(started)
  if own and not M.call(own, "is_stopped") then
    return own
  end
  for _, client in ipairs(vim.lsp.get_clients({ name = "aircher" })) do
    if not M.call(client, "is_stopped") then
      return client
    end
  end
end

---In which units positions are counted.
---@return string
function M.encoding()
  local client = M.current()
  return client and client.offset_encoding or "utf-16"
end

---Whether a buffer is a file that a language server may be told of.
local function is_file(buffer)
  return vim.bo[buffer].buftype == "" and vim.api.nvim_buf_get_name(buffer) ~= ""
end

---The client, started when there is none. No buffer is attached: `:Aircher` sends the text it is
---about, and an attached buffer would get a server's completion and more that nobody asked for.
---@param buffer integer
---@return vim.lsp.Client|nil, string|nil problem
function M.start(buffer)
  local client = M.current()
  if not client then
    local config = NEW and vim.deepcopy(vim.lsp.config["aircher"] or {}) or {}
    config = vim.tbl_deep_extend("keep", config, M.defaults())
    if type(config.cmd) == "table" and vim.fn.executable(config.cmd[1]) == 0 then
      local problem = "%s is not there. Install aircher or put it into vim.g.aircher.cmd; "
        .. ":checkhealth aircher tells more."
      return nil, problem:format(config.cmd[1])
    end
    if type(config.root_dir) ~= "string" then
      config.root_dir = vim.fs.root(buffer, ".git")
    end
    local id
    if NEW then
      id = vim.lsp.start(config, { attach = false })
    else
      id = vim.lsp.start_client(config) ---@diagnostic disable-line: deprecated
    end
    started = id
    client = id and vim.lsp.get_client_by_id(id)
    if not client then
      return nil, "aircherd could not be started. :checkhealth aircher says why."
    end
  end
  return client
end

---Attaches a buffer, for the server's own code actions, and so that it sees what is not written.
---@param buffer integer
---@return string|nil problem
function M.attach(buffer)
  local client, problem = M.start(buffer)
  if client and is_file(buffer) and not vim.lsp.buf_is_attached(buffer, client.id) then
    vim.lsp.buf_attach_client(buffer, client.id)
  end
  return problem
end

---Lets the daemon see what is changed and not written, in every file that is open.
function M.share_unwritten()
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    if vim.api.nvim_buf_is_loaded(buffer) and vim.bo[buffer].modified then
      M.attach(buffer)
    end
  end
end

return M
