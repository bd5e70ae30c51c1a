-- nvim --clean --headless -l bare.lua SHOP AIRCHERD...: Neovim's own client, and no plug-in.
-- Prints one JSON object of what a person would see.

local shop = arg[1]
local command = vim.list_slice(arg, 2)
local seen = { messages = {} }

local function wait(what, holds)
  assert(vim.wait(20000, holds, 20), "waited in vain for " .. what)
end

vim.lsp.handlers["window/showMessage"] = function(_, result)
  table.insert(seen.messages, result.message)
end

local function start(path)
  vim.cmd.edit(path)
  local id = vim.lsp.start({ name = "aircher", cmd = command, root_dir = shop })
  local client = vim.lsp.get_client_by_id(id)
  wait("the server", function()
    return client.initialized
  end)
  return client
end

local function request(client, method, params)
  local ask = client.request_sync
  local answer
  if vim.fn.has("nvim-0.11") == 1 then
    answer = ask(client, method, params, 20000, 0)
  else
    answer = ask(method, params, 20000, 0)
  end
  assert(answer, "no answer to " .. method)
  assert(not answer.err, vim.inspect(answer.err))
  return answer.result
end

local function run(client, name, argument)
  return request(client, "workspace/executeCommand", { command = name, arguments = { argument } })
end

local function text()
  return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), "\n")
end

local client = start(shop .. "/shop.py")
local uri = vim.uri_from_bufnr(0)

run(client, "aircher.review", {})
wait("a finding", function()
  return #vim.diagnostic.get(0) > 0
end)
local found = vim.diagnostic.get(0)[1]
seen.finding = { line = found.lnum, severity = found.severity, message = found.message }

local place = {
  document = { uri = uri },
  range = { start = { line = 5, character = 0 }, ["end"] = { line = 5, character = 28 } },
  error = "ZeroDivisionError",
}
seen.fix = run(client, "aircher.fix", place).delivered
seen.code = text()

seen.ask = run(client, "aircher.ask", { prompt = "What is this?" }).delivered
wait("the page", function()
  return vim.api.nvim_buf_get_name(0):find("ask%-") ~= nil
end)
seen.page = text()

vim.cmd.edit(shop .. "/.git/COMMIT_EDITMSG")
vim.lsp.buf_attach_client(0, client.id)
local document = { textDocument = { uri = vim.uri_from_bufnr(0) } }
local lens = request(client, "textDocument/codeLens", document)[1]
seen.lens = lens.command.title
run(client, lens.command.command, lens.command.arguments[1])
seen.commit = text()

if vim.fn.has("nvim-0.11") == 1 then
  client:stop()
else
  client.stop()
end
wait("the end", function()
  return #vim.lsp.get_clients() == 0
end)
io.stdout:write(vim.json.encode(seen), "\n")
