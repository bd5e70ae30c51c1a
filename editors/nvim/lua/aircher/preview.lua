-- An edit beside the text it is for, in Neovim's own diff mode: nothing is changed until a hunk is
-- accepted, and `u` in the file takes it back.
local answer = require("aircher.answer")
local merge = require("aircher.merge")
local place = require("aircher.place")

local M = {}

---@class aircher.Proposal
---@field buffer integer the file's buffer
---@field lines string[] the whole text proposed

local function lines_of(buffer)
  return vim.api.nvim_buf_get_lines(buffer, 0, -1, false)
end

-- Colours without a file type, which would bring language servers and other people's keys along.
local function colour(buffer, like)
  local filetype = vim.bo[like].filetype
  local language = vim.treesitter.language.get_lang(filetype)
  if not (language and pcall(vim.treesitter.start, buffer, language)) then
    vim.bo[buffer].syntax = filetype
  end
end

local KEYS = "a accept · A all · x drop · q done"

local function bar(window, text)
  local shown = " " .. require("aircher.inert").bar(text)
  vim.api.nvim_set_option_value("winbar", shown, { win = window, scope = "local" })
end

-- Two windows in a tab of their own: the file on the left, the proposal on the right.
local function open(proposal, label)
  vim.cmd.sbuffer({ proposal.buffer, mods = { tab = vim.fn.tabpagenr() } })
  local left = vim.api.nvim_get_current_win()
  local buffer = vim.api.nvim_create_buf(false, true)
  place.guard(buffer)
  vim.bo[buffer].undolevels = -1
  local name = vim.fs.basename(vim.api.nvim_buf_get_name(proposal.buffer))
  vim.api.nvim_buf_set_name(buffer, ("aircher://%d/%s"):format(buffer, name))
  vim.api.nvim_buf_set_lines(buffer, 0, -1, false, proposal.lines)
  vim.bo[buffer].modifiable = false
  vim.cmd.sbuffer({ buffer, mods = { vertical = true, split = "belowright" } })
  local right = vim.api.nvim_get_current_win()
  colour(buffer, proposal.buffer)
  for _, window in ipairs({ left, right }) do
    vim.api.nvim_win_call(window, vim.cmd.diffthis)
  end
  bar(left, label)
  bar(right, KEYS)
  return buffer, left, right
end

---Shows proposals one after the other.
---@param proposals aircher.Proposal[]
---@param label string
---@param finished fun(accepted: integer, dropped: integer)
function M.show(proposals, label, finished)
  local accepted, dropped = 0, 0

  local function step(index)
    local proposal = proposals[index]
    if not proposal then
      return finished(accepted, dropped)
    end
    local buffer, left, right = open(proposal, label)
    local over = false

    local function left_over()
      return merge.hunks(lines_of(proposal.buffer), lines_of(buffer))
    end

    local function done()
      if over then
        return
      end
      over = true
      dropped = dropped + #left_over()
      vim.schedule(function()
        for _, window in ipairs({ left, right }) do
          if vim.api.nvim_win_is_valid(window) then
            vim.api.nvim_win_call(window, vim.cmd.diffoff)
          end
        end
        if vim.api.nvim_win_is_valid(left) then
          vim.api.nvim_set_option_value("winbar", nil, { win = left, scope = "local" })
        end
        if vim.api.nvim_win_is_valid(right) then
          vim.api.nvim_win_close(right, true)
        end
        if vim.api.nvim_win_is_valid(left) and #vim.api.nvim_list_tabpages() > 1 then
          vim.api.nvim_win_close(left, false)
        end
        step(index + 1)
      end)
    end

    -- The hunk at the cursor, or the next one when it stands between two.
    local function go_to_hunk()
      local hunks, line = left_over(), vim.fn.line(".")
      for _, hunk in ipairs(hunks) do
        if line <= math.max(hunk.to, hunk.from + 1) then
          local target = math.min(math.max(hunk.from + 1, 1), vim.fn.line("$"))
          if line < target then
            vim.api.nvim_win_set_cursor(right, { target, 0 })
          end
          return hunk
        end
      end
      if hunks[1] then
        vim.api.nvim_win_set_cursor(right, { math.max(hunks[1].from, 1), 0 })
      end
      return hunks[1]
    end

    local function replace(into, first, last, source, from, to)
      local lines = vim.list_slice(lines_of(source), from + 1, to)
      local was = vim.bo[into].modifiable
      if into ~= buffer and not was then
        answer.say("the file cannot be changed; :set modifiable first", vim.log.levels.WARN)
        return false
      end
      vim.bo[into].modifiable = true
      vim.api.nvim_buf_set_lines(into, first, last, false, lines)
      vim.bo[into].modifiable = was
      return true
    end

    -- A new file may be in a new folder; it is made when the user writes the file, not before.
    local function make_folder()
      vim.api.nvim_create_autocmd("BufWritePre", {
        buffer = proposal.buffer,
        once = true,
        callback = function(event)
          vim.fn.mkdir(vim.fs.dirname(event.match), "p")
        end,
      })
    end

    local function put(hunk)
      local ok = replace(proposal.buffer, hunk.first, hunk.last, buffer, hunk.from, hunk.to)
      if ok and accepted == 0 then
        make_folder()
      end
      accepted = accepted + (ok and 1 or 0)
      return ok
    end

    local function on(lhs, act, desc)
      local options = { buffer = buffer, nowait = true, desc = "aircher: " .. desc }
      vim.keymap.set("n", lhs, function()
        act()
        if not over and vim.api.nvim_win_is_valid(right) then
          vim.cmd.diffupdate()
          if #left_over() == 0 then
            done()
          else
            go_to_hunk()
          end
        end
      end, options)
    end

    on("a", function()
      local hunk = go_to_hunk()
      if hunk then
        put(hunk)
      end
    end, "accept this hunk")
    on("A", function()
      local hunks = left_over()
      for number = #hunks, 1, -1 do
        if not put(hunks[number]) then
          return
        end
      end
    end, "accept all hunks")
    on("x", function()
      local hunk = go_to_hunk()
      if hunk then
        dropped = dropped + 1
        replace(buffer, hunk.from, hunk.to, proposal.buffer, hunk.first, hunk.last)
      end
    end, "drop this hunk")
    on("q", done, "done")
    vim.api.nvim_create_autocmd("BufWipeout", { buffer = buffer, once = true, callback = done })

    vim.api.nvim_win_set_cursor(right, { 1, 0 })
    go_to_hunk()
  end

  step(1)
end

return M
