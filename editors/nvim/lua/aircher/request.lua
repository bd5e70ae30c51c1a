-- One request at a time of the daemon, from its start to its one end.
--
-- What Neovim does not do by itself: after a cancel it never calls the request's handler, and when
-- the server dies it forgets what was asked. A request here ends in exactly one of `done`,
-- `failed` and `stopped`.
local client = require("aircher.client")

local M = {}

---@class aircher.Ends
---@field delta? fun(params: table)
---@field waits? fun(line: string)
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

---Calls `go` once the server has answered `initialize`, or `lost` when it ends before that.
local function when_ready(server, go, lost)
  if server.initialized then
    return go()
  end
  local timer = assert(vim.uv.new_timer())
  timer:start(5, 10, function()
    vim.schedule(function()
      if timer:is_closing() or not (server.initialized or client.call(server, "is_stopped")) then
        return
      end
      timer:close()
      if server.initialized then
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
function M.send(buffer, method, params, ends)
  count = count + 1
  local token = ("nvim-%d-%d"):format(vim.uv.os_getpid(), count)
  local status = require("aircher.status")
  local server, problem, id
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
    if request.running and server and id then
      client.call(server, "cancel_request", id)
    end
    finish("stopped")
  end

  function request.lost(stopped)
    if server and server.id == stopped then
      finish("failed", LOST, {})
    end
  end

  running[request] = true
  server, problem = client.start(buffer)
  if not server then
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
  local function ask()
    if not request.running then
      return
    end
    local sent
    sent, id = client.call(server, "request", method, params, function(error, result)
      if error then
        local text = require("aircher.inert").line(error.message or "")
        finish("failed", text, type(error.data) == "table" and client.plain(error.data) or {})
      else
        finish("done", client.plain(result))
      end
    end, buffer)
    if not sent then
      finish("failed", LOST, {})
    end
  end
  when_ready(server, function()
    if request.running then
      require("aircher.neighbours").add(buffer, params, ask)
    end
  end, function()
    finish("failed", LOST, {})
  end)
  return request
end

---A piece of text that came.
---@param params table of `aircher/delta`
function M.heard(params)
  local listener = listeners[params.token]
  if listener and listener.delta then
    listener.delta(client.plain(params))
  end
end

---A request got in line for a busy provider, or shares an answer.
---@param params table of `aircher/waiting`
function M.waits(params)
  local listener = listeners[params.token]
  if listener and listener.waits then
    local seconds = params.expectedSeconds
    local about = seconds and (", about %d s"):format(math.max(1, math.floor(seconds + 0.5))) or ""
    local name = require("aircher.inert").line(params.provider)
    if params.place == 0 then
      return listener.waits((params.shared and "sharing an answer of " or "asking ") .. name)
    end
    listener.waits(("waiting for %s: place %d%s"):format(name, params.place, about))
  end
end

---A client is gone: what was asked of it will not be answered.
---@param id integer
function M.lost(id)
  for _, request in ipairs(vim.tbl_keys(running)) do
    request.lost(id)
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
