-- A window for text that comes piece by piece: a float, or a split. The buffer is nobody's file.
local inert = require("aircher.inert")
local place = require("aircher.place")
local settings = require("aircher.settings")
local status = require("aircher.status")

local M = {}

---@class aircher.View
---@field buffer integer
---@field window integer
---@field text string all that was shown, as it came
---@field title string
---@field busy string|nil what it waits for
---@field below boolean|nil whether the float stands in the lower half
---@field private keys { lhs: string, label: string }[]
---@field private tail string
local View = {}
View.__index = View

local SPACE = vim.api.nvim_create_namespace("aircher.view")

---@param options { title: string, mods?: table, markdown?: boolean }
---@return aircher.View
function M.open(options)
  local self = setmetatable({ text = "", title = options.title, keys = {}, tail = "" }, View)
  self.buffer = vim.api.nvim_create_buf(false, true)
  place.guard(self.buffer)
  vim.api.nvim_buf_set_name(self.buffer, "aircher://" .. self.buffer)
  local mods = options.mods or {}
  local asked = mods.vertical or (mods.tab or -1) >= 0 or (mods.split or "") ~= ""
  if asked or settings.get().view == "split" then
    vim.cmd.sbuffer({ self.buffer, mods = asked and mods or { split = "botright" } })
    self.window = vim.api.nvim_get_current_win()
    self.split = true
  else
    self.below = vim.fn.screenrow() <= vim.o.lines / 2
    local float = place.float(3, self.below)
    float.border, float.style = "rounded", "minimal"
    self.window = vim.api.nvim_open_win(self.buffer, true, float)
  end
  for name, value in pairs(place.LOOK) do
    vim.api.nvim_set_option_value(name, value, { win = self.window, scope = "local" })
  end
  vim.bo[self.buffer].modifiable = false
  vim.bo[self.buffer].filetype = "aircher"
  if options.markdown then
    -- Colours alone: a file type would bring language servers and other people's key maps along.
    pcall(vim.treesitter.start, self.buffer, "markdown")
  end
  self:key("q", "close", function()
    self:close()
  end)
  vim.api.nvim_create_autocmd("BufWipeout", {
    buffer = self.buffer,
    once = true,
    callback = function()
      self:stop_waiting()
      if self.on_close then
        self.on_close()
      end
    end,
  })
  vim.api.nvim_create_autocmd("VimResized", {
    buffer = self.buffer,
    callback = function()
      self:fit()
    end,
  })
  self:frame()
  return self
end

---@return boolean
function View:is_open()
  return vim.api.nvim_buf_is_valid(self.buffer) and vim.api.nvim_win_is_valid(self.window)
end

function View:close()
  if self:is_open() then
    if #vim.api.nvim_list_wins() == 1 then
      vim.api.nvim_buf_delete(self.buffer, { force = true })
    else
      vim.api.nvim_win_close(self.window, true)
    end
  end
end

---A key of this window; its label, if any, stands in the frame.
---@param lhs string
---@param label string|nil
---@param act fun()
function View:key(lhs, label, act)
  local options = { buffer = self.buffer, nowait = true, desc = "aircher: " .. (label or lhs) }
  vim.keymap.set("n", lhs, act, options)
  if not label then
    return
  end
  for _, known in ipairs(self.keys) do
    if known.lhs == lhs then
      known.label = label
      return self:frame()
    end
  end
  table.insert(self.keys, #self.keys + (lhs == "q" and 1 or 0), { lhs = lhs, label = label })
  self:frame()
end

---@param lhs string
function View:drop_key(lhs)
  pcall(vim.keymap.del, "n", lhs, { buffer = self.buffer })
  self.keys = vim.tbl_filter(function(known)
    return known.lhs ~= lhs
  end, self.keys)
  self:frame()
end

---Title, sign of work and keys.
function View:frame()
  if not self:is_open() then
    return
  end
  local title = self.title .. (self.busy and " " .. status.frame() .. " " .. self.busy or "")
  local keys = {}
  for _, key in ipairs(self.keys) do
    table.insert(keys, key.lhs .. " " .. key.label)
  end
  local hints = table.concat(keys, " · ")
  if self.split then
    local bar = (" %s%%=%s "):format(inert.bar(title), inert.bar(hints))
    vim.api.nvim_set_option_value("winbar", bar, { win = self.window, scope = "local" })
  else
    vim.api.nvim_win_set_config(self.window, {
      title = { { " " .. inert.line(title) .. " ", "FloatTitle" } },
      footer = { { " " .. inert.line(hints) .. " ", "FloatFooter" } },
      footer_pos = "right",
    })
  end
end

---@param what string
function View:wait(what)
  self.busy = what
  self:frame()
  if not self.timer then
    self.timer = assert(vim.uv.new_timer())
    self.timer:start(100, 100, vim.schedule_wrap(function()
      if self.timer then
        self:frame()
      end
    end))
  end
end

function View:stop_waiting()
  self.busy = nil
  if self.timer then
    self.timer:close()
    self.timer = nil
  end
  self:frame()
end

---As tall as its text, up to most of the screen.
function View:fit()
  if self.split or not self:is_open() then
    return
  end
  local height = vim.api.nvim_win_text_height(self.window, {}).all
  vim.api.nvim_win_set_config(self.window, place.float(math.max(3, height), self.below))
end

-- Whether the reader's cursor stands on the last line, where it follows what comes.
local function follows(self)
  local last = vim.api.nvim_buf_line_count(self.buffer)
  return vim.api.nvim_win_get_cursor(self.window)[1] == last
end

-- The end of the text: a paragraph is one line, which may be longer than the window is tall.
local function to_end(self)
  local last = vim.api.nvim_buf_line_count(self.buffer)
  local line = vim.api.nvim_buf_get_lines(self.buffer, -2, -1, false)[1]
  vim.api.nvim_win_set_cursor(self.window, { last, #line })
end

local function changing(self, change)
  if not self:is_open() then
    return
  end
  local following = self.busy and follows(self)
  vim.bo[self.buffer].modifiable = true
  change()
  vim.bo[self.buffer].modifiable = false
  self:fit()
  if following then
    to_end(self)
  end
end

---More text behind what there is.
---@param piece string
function View:append(piece)
  self.text = self.text .. piece
  changing(self, function()
    vim.api.nvim_buf_set_text(self.buffer, -1, -1, -1, -1, inert.lines(piece))
  end)
end

---This text instead of what there was.
---@param text string
function View:replace(text)
  self.text = text
  changing(self, function()
    vim.api.nvim_buf_set_lines(self.buffer, 0, -1, false, inert.lines(text))
  end)
end

---Lines under the text that are no part of it: who answered, what it cost, what is wrong.
---@param lines { [1]: string, [2]: string }[] text and highlight group
function View:notes(lines)
  if not self:is_open() then
    return
  end
  local shown = { { { "", "" } } }
  local width = vim.api.nvim_win_get_width(self.window) - 2
  for _, line in ipairs(lines) do
    local left = inert.line(line[1])
    while left ~= "" do
      local part = vim.fn.strcharpart(left, 0, width)
      if vim.fn.strchars(left) > width then
        part = part:match("^(.+)%s%S*$") or part
      end
      table.insert(shown, { { part, line[2] } })
      left = vim.trim(left:sub(#part + 1))
    end
  end
  vim.api.nvim_buf_clear_namespace(self.buffer, SPACE, 0, -1)
  local last = vim.api.nvim_buf_line_count(self.buffer) - 1
  vim.api.nvim_buf_set_extmark(self.buffer, SPACE, last, 0, { virt_lines = shown })
  self:fit()
  local over = vim.api.nvim_win_text_height(self.window, {}).all
    - vim.api.nvim_win_get_height(self.window)
  if over > 0 and follows(self) then
    -- What stands under a text is not scrolled to by itself.
    to_end(self)
    vim.api.nvim_win_call(self.window, function()
      vim.cmd.normal({ "zb", bang = true })
    end)
  end
end

return M
