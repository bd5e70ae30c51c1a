-- The language client: found or started when something is asked, and one request at a time of it.
--
-- What Neovim does not do by itself: after a cancel it never calls the request's handler, and when
-- the server dies it forgets what was asked. A request here ends in exactly one of `done`,
-- `failed` and `stopped`.
local settings = require("aircher.settings")

local M = {}

---@class aircher.Ends
---@field delta? fun(params: table)
---@field done fun(result: any)
---@field failed fun(message: string, error: table)
---@field stopped? fun()

---@class aircher.Request
---@field method string
---@field running boolean
---@field stop fun()
---@field lost fun(client: integer)

---@type table<aircher.Request, true>
local running = {}
---@type table<string, aircher.Ends>
local listeners = {}
local count = 0

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
local function plain(value)
  if type(value) ~= "table" then
    return value
  end
  for key, part in pairs(value) do
    if part == vim.NIL then
      value[key] = nil
    else
      plain(part)
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
        local listener = listeners[params.token]
        if listener and listener.delta then
          listener.delta(plain(params))
        end
      end,
      ["aircher/statusChanged"] = function(_, params)
        require("aircher.status").changed(plain(params))
      end,
      ["aircher/budget"] = function(_, params)
        local text = require("aircher.inert").line(params.message)
        vim.notify("aircher: " .. text, vim.log.levels.WARN)
      end,
      ["aircher/workspaceChanged"] = function() end,
    },
    on_exit = function(_, _, id)
      vim.schedule(function()
        for _, request in ipairs(vim.tbl_keys(running)) do
          request.lost(id)
        end
        require("aircher.status").forget()
      end)
    end,
  }
end

-- Methods of a client are called with a dot on 0.10 and with a colon later.
local function call(client, name, ...)
  if NEW then
    return client[name](client, ...)
  end
  return client[name](...)
end

---@return vim.lsp.Client|nil
function M.current()
  for _, client in ipairs(vim.lsp.get_clients({ name = "aircher" })) do
    if not call(client, "is_stopped") then
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
    client = id and vim.lsp.get_client_by_id(id)
    if not client then
      return nil, "aircherd could not be started. :checkhealth aircher says why."
    end
  end
  return client
end

---Calls `go` once the server has answered `initialize`, or `lost` when it ends before that.
local function when_ready(client, go, lost)
  if client.initialized then
    return go()
  end
  local timer = assert(vim.uv.new_timer())
  timer:start(5, 10, function()
    vim.schedule(function()
      if timer:is_closing() or not (client.initialized or call(client, "is_stopped")) then
        return
      end
      timer:close()
      if client.initialized then
        go()
      else
        lost()
      end
    end)
  end)
end

local LOST = "aircherd has left. Ask again to start it anew; `aircherd logs` says why it left."

---@param buffer integer the buffer it is about
---@param method string
---@param params table
---@param ends aircher.Ends
---@return aircher.Request
function M.request(buffer, method, params, ends)
  count = count + 1
  local token = ("nvim-%d-%d"):format(vim.uv.os_getpid(), count)
  local status = require("aircher.status")
  local client, problem, id
  ---@type aircher.Request
  local request = { method = method, running = true }

  local function finish(name, ...)
    if not request.running then
      return
    end
    request.running = false
    running[request] = nil
    listeners[token] = nil
    status.redraw()
    if ends[name] then
      ends[name](...)
    end
  end

  function request.stop()
    if request.running and client and id then
      call(client, "cancel_request", id)
    end
    finish("stopped")
  end

  function request.lost(stopped)
    if client and client.id == stopped then
      finish("failed", LOST, {})
    end
  end

  running[request] = true
  client, problem = M.start(buffer)
  if not client then
    vim.schedule(function()
      finish("failed", problem, {})
    end)
    return request
  end
  listeners[token] = ends
  status.redraw()
  params = vim.tbl_extend("keep", params, { client = "neovim" })
  if ends.delta then
    params.deltaToken = token
  end
  when_ready(client, function()
    if not request.running then
      return
    end
    local sent
    sent, id = call(client, "request", method, params, function(error, result)
      if error then
        local text = require("aircher.inert").line(error.message or "")
        finish("failed", text, type(error.data) == "table" and plain(error.data) or {})
      else
        finish("done", plain(result))
      end
    end, buffer)
    if not sent then
      finish("failed", LOST, {})
    end
  end, function()
    finish("failed", LOST, {})
  end)
  return request
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

---Stops everything that is being asked.
---@return integer how many there were
function M.stop_all()
  local stopped = 0
  for _, request in ipairs(vim.tbl_keys(running)) do
    request.stop()
    stopped = stopped + 1
  end
  return stopped
end

---@return integer
function M.in_flight()
  return vim.tbl_count(running)
end

return M
