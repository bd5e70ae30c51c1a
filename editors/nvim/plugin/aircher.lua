-- `:Aircher` and the <Plug> maps. Nothing else is loaded, and nothing runs, until one is used.
if vim.g.loaded_aircher then
  return
end
vim.g.loaded_aircher = true

if vim.fn.has("nvim-0.10") == 0 then
  vim.notify("aircher needs Neovim 0.10 or newer.", vim.log.levels.WARN)
  return
end

vim.api.nvim_create_user_command("Aircher", function(command)
  require("aircher.commands").run(command)
end, {
  nargs = "*",
  range = true,
  desc = "Commit messages, reviews, answers and edits from language models",
  complete = function(lead, line)
    return require("aircher.commands").complete(lead, line)
  end,
})

local maps = {
  commit = "n",
  review = "nx",
  explain = "nx",
  fix = "nx",
  document = "nx",
  refactor = "nx",
  generate = "nx",
  summarize = "nx",
  ask = "nx",
  usage = "n",
  models = "n",
  ["explain-choice"] = "n",
  stop = "n",
}

for name, modes in pairs(maps) do
  for mode in modes:gmatch(".") do
    -- In visual mode the colon brings the range along.
    local keys = (mode == "x" and ":Aircher %s<CR>" or "<Cmd>Aircher %s<CR>"):format(name)
    local options = { silent = true, desc = "aircher: " .. name }
    vim.keymap.set(mode, ("<Plug>(aircher-%s)"):format(name), keys, options)
  end
end
