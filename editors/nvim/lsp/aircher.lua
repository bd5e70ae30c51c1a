-- What `vim.lsp.enable('aircher')` starts on Neovim 0.11 and newer; change it with
-- `vim.lsp.config('aircher', { ... })`. `:Aircher` needs neither.
return require("aircher.client").defaults()
