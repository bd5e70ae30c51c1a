-- Where text is shown: buffers that are nobody's file, floats and how their windows look.
local M = {}

---What windows of text look like; `foldcolumn` is a margin.
M.LOOK = {
  conceallevel = 0,
  foldcolumn = "1",
  foldenable = false,
  linebreak = true,
  list = false,
  number = false,
  relativenumber = false,
  signcolumn = "no",
  smoothscroll = true,
  spell = false,
  wrap = true,
}

---A buffer for text that is no file: nothing is read from it, written or run.
---@param buffer integer
function M.guard(buffer)
  vim.bo[buffer].buftype = "nofile"
  vim.bo[buffer].swapfile = false
  vim.bo[buffer].modeline = false
  vim.bo[buffer].bufhidden = "wipe"
end

---In the half of the screen where the cursor is not, so that the code asked about stays in sight.
function M.float(height, below)
  local columns, lines = vim.o.columns, vim.o.lines - vim.o.cmdheight - 1
  local width = math.max(20, math.min(88, columns - 6))
  height = math.max(1, math.min(height, math.floor(lines * 0.7)))
  return {
    relative = "editor",
    width = width,
    height = height,
    row = below and math.max(0, lines - height - 2) or 1,
    col = math.max(0, math.floor((columns - width) / 2) - 1),
  }
end

return M
