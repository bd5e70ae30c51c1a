-- What other language servers know of a range: the symbol around it, where what it uses is defined,
-- where it is used. Only places go along; the daemon reads the lines, under the workspace's rules.
local client = require("aircher.client")
local settings = require("aircher.settings")
local where = require("aircher.where")

local M = {}

M.PATIENCE = 400 -- ms: who asks waits for this before anything is sent
local LINES = 60 -- of a range that are looked at for names
local NAMES = 12
local USES = 4

-- Words of many languages that name nothing; a server asked for one only says so.
local WORDS = {}
for word in ([[
and as assert async await break case catch class const continue def default delete do elif else
enum except export extends false final finally fn for from func function if impl import in
interface is lambda let local match mod module mut new nil None not null or package pass private
protected pub public raise return self static struct super switch then this throw trait true True
False try type typeof undefined use using val var void when where while with yield end elseif
]]):gmatch("%S+") do
  WORDS[word] = true
end

---First and last line, 0-based, of what is asked about; nil for the whole file.
---@param params table
local function lines_of(params)
  local range, position = params.range, params.position
  if range then
    local last = range["end"].line
    if range["end"].character == 0 and last > range.start.line then
      last = last - 1
    end
    return range.start.line, last
  elseif position then
    return position.line, position.line
  end
end

---Whole lines need no counting of characters, which servers do each in their own way.
local function place(kind, uri, first, last)
  return { kind = kind, uri = uri, range = where.lines(first + 1, last + 1) }
end

-- A Location or LocationLink of one, of several, or of none.
local function locations(result)
  if type(result) ~= "table" then
    return {}
  end
  local list = (result.uri or result.targetUri) and { result } or result
  local found = {}
  for _, one in ipairs(list) do
    local uri, range = one.uri or one.targetUri, one.range or one.targetRange
    if type(uri) == "string" and type(range) == "table" then
      table.insert(found, { uri = uri, first = range.start.line, last = range["end"].line })
    end
  end
  return found
end

-- The smallest symbol around the lines; its range, and the place of its name.
local function around(symbols, first, last)
  local best
  local function look(list)
    for _, one in ipairs(list) do
      local range = one.range or (one.location and one.location.range)
      if type(range) == "table" and range.start.line <= first and last <= range["end"].line then
        local size = range["end"].line - range.start.line
        if not best or size <= best.size then
          local name = one.selectionRange and one.selectionRange.start
          best = { size = size, first = range.start.line, last = range["end"].line, name = name }
        end
        look(type(one.children) == "table" and one.children or {})
      end
    end
  end
  look(type(symbols) == "table" and symbols or {})
  return best
end

---Names in some lines, each once: line and byte, 0-based.
---@param lines string[]
---@param first integer the first one's number
function M.names(lines, first)
  local found, seen = {}, {}
  for number, line in ipairs(vim.list_slice(lines, 1, LINES)) do
    for at, word in line:gmatch("()([%a_][%w_]*)") do
      if #word > 1 and not seen[word] and not WORDS[word] and #found < NAMES then
        seen[word] = true
        table.insert(found, { line = first + number - 1, byte = at - 1, text = line })
      end
    end
  end
  return found
end

-- Servers of the buffer that can answer a method.
local function servers(buffer, method)
  return vim.tbl_filter(function(one)
    return one.name ~= "aircher" and client.call(one, "supports_method", method)
  end, vim.lsp.get_clients({ bufnr = buffer }))
end

---Puts what is known by then into `params.document.neighbours`, and goes on. Goes on at once when
---no server is there to be asked, the user wants none, or all of a file is meant.
---@param buffer integer
---@param params table
---@param go fun()
function M.add(buffer, params, go)
  local first, last = lines_of(params)
  local document = params.document
  if not (document and first and settings.get().neighbours) or document.neighbours then
    return go()
  end
  if not (vim.api.nvim_buf_is_loaded(buffer) and document.uri == vim.uri_from_bufnr(buffer)) then
    return go()
  end
  local root = vim.uv.fs_realpath(where.workspace(buffer))
  local enclosing, definitions, uses = {}, {}, {}
  local open, over = 0, false
  local timer = assert(vim.uv.new_timer())

  local function done()
    if not over then
      over = true
      timer:close()
      local all = vim.list_extend(enclosing, definitions)
      document.neighbours = vim.list_extend(all, uses)
      go()
    end
  end

  -- What lies elsewhere, such as a library, is not the workspace's; the daemon would refuse it.
  local function inside(uri)
    local ok, path = pcall(vim.uri_to_fname, uri)
    path = ok and vim.uv.fs_realpath(path)
    return path and root and vim.startswith(path, root .. "/")
  end

  local function ask(one, method, more, heard)
    local asked = vim.tbl_extend("force", { textDocument = { uri = document.uri } }, more)
    open = open + 1
    local sent = client.call(one, "request", method, asked, function(error, result)
      if not over then
        if not error then
          heard(result)
        end
        open = open - 1
        if open == 0 then
          done()
        end
      end
    end, buffer)
    open = sent and open or open - 1
  end

  local function keep(list, kind, result, most)
    for _, one in ipairs(locations(result)) do
      local own = one.uri == document.uri and one.last >= first and one.first <= last
      if not own and #list < most and inside(one.uri) then
        table.insert(list, place(kind, one.uri, one.first, one.last))
      end
    end
  end

  timer:start(M.PATIENCE, 0, vim.schedule_wrap(done))
  open = 1 -- held while requests are made, should one be answered at once
  for _, one in ipairs(servers(buffer, "textDocument/definition")) do
    local lines = vim.api.nvim_buf_get_lines(buffer, first, math.min(last + 1, first + LINES), false)
    for _, name in ipairs(M.names(lines, first)) do
      local character = where.units(name.text, name.byte, one.offset_encoding)
      local position = { line = name.line, character = character }
      ask(one, "textDocument/definition", { position = position }, function(result)
        keep(definitions, "definition", result, NAMES)
      end)
    end
  end
  for _, one in ipairs(servers(buffer, "textDocument/documentSymbol")) do
    ask(one, "textDocument/documentSymbol", {}, function(symbols)
      local symbol = around(symbols, first, last)
      if not symbol then
        return
      end
      table.insert(enclosing, place("enclosing", document.uri, symbol.first, symbol.last))
      if symbol.name and client.call(one, "supports_method", "textDocument/references") then
        local context = { includeDeclaration = false }
        local more = { position = symbol.name, context = context }
        ask(one, "textDocument/references", more, function(result)
          keep(uses, "reference", result, USES)
        end)
      end
    end)
  end
  open = open - 1
  if open == 0 then
    done()
  end
end

return M
