-- `:Aircher commit`: a message for what is staged, into the commit buffer at hand or into a window.
local answer = require("aircher.answer")
local request = require("aircher.request")
local inert = require("aircher.inert")
local settings = require("aircher.settings")
local where = require("aircher.where")

local M = {}

local SPACE = vim.api.nvim_create_namespace("aircher.commit")
local MESSAGES = { gitcommit = true, NeogitCommitMessage = true }

---How many lines of a commit buffer are the message: those before git's own comments.
---@param buffer integer
---@return integer
function M.message_lines(buffer)
  local mark = vim.bo[buffer].commentstring:sub(1, 1)
  if mark == "" or mark == "%" then
    mark = "#"
  end
  local lines = vim.api.nvim_buf_get_lines(buffer, 0, -1, false)
  for number, line in ipairs(lines) do
    if line:sub(1, 1) == mark then
      return number - 1
    end
  end
  return #lines
end

local function put(buffer, text)
  local last = M.message_lines(buffer)
  local all = vim.api.nvim_buf_line_count(buffer)
  local lines = vim.split(vim.trim(text), "\n", { plain = true })
  if last < all then
    table.insert(lines, "")
  end
  vim.api.nvim_buf_set_lines(buffer, 0, last, false, lines)
  local window = vim.fn.bufwinid(buffer)
  if window ~= -1 then
    vim.api.nvim_win_set_cursor(window, { 1, 0 })
  end
end

-- The text grows beside the buffer, not in it: `:w` in mid-stream never writes half a message, and
-- one `u` takes the whole away.
local function ghost(buffer, text)
  vim.api.nvim_buf_clear_namespace(buffer, SPACE, 0, -1)
  local shown = {}
  for _, line in ipairs(inert.lines(text)) do
    table.insert(shown, { { line, "Comment" } })
  end
  vim.api.nvim_buf_set_extmark(buffer, SPACE, 0, 0, { virt_lines = shown })
end

local function fill(buffer, params)
  local typed = vim.api.nvim_buf_get_lines(buffer, 0, M.message_lines(buffer), false)
  local tick = vim.api.nvim_buf_get_changedtick(buffer)
  local hint = vim.trim(table.concat(typed, "\n"))
  params.hint = params.hint or (hint ~= "" and hint or nil)
  local text = ""
  local function clear()
    if vim.api.nvim_buf_is_valid(buffer) then
      vim.api.nvim_buf_clear_namespace(buffer, SPACE, 0, -1)
    end
  end
  ghost(buffer, "writing a message … (:Aircher stop)")
  request.send(buffer, "aircher/commitMessage", params, {
    delta = answer.sink(function(kind, piece)
      if kind ~= "thinking" and vim.api.nvim_buf_is_valid(buffer) then
        text = kind == "replace" and piece or text .. piece
        ghost(buffer, text)
      end
    end),
    done = function(result)
      clear()
      answer.last = { method = "aircher/commitMessage", answer = result.answer }
      if not vim.api.nvim_buf_is_valid(buffer) then
        return
      end
      if vim.api.nvim_buf_get_changedtick(buffer) ~= tick then
        answer.copy(result.answer.text)
        answer.say("you wrote on meanwhile; paste the message with p")
        return
      end
      put(buffer, result.answer.text)
      for _, note in ipairs(answer.notes(result.answer, result.leftOut)) do
        answer.say(note[1])
      end
    end,
    failed = function(message)
      clear()
      answer.say(message, vim.log.levels.ERROR)
    end,
    stopped = clear,
  })
end

local function commit(workspace, text, amend, then_)
  local git = settings.program("git", workspace)
  if not git then
    answer.say("git is not on PATH outside of this folder. Install it.", vim.log.levels.ERROR)
    return then_(false)
  end
  local words = { git, "commit", "--file=-", "--cleanup=whitespace" }
  if amend then
    table.insert(words, "--amend")
  end
  vim.system(words, { cwd = workspace, stdin = text, text = true }, function(done)
    vim.schedule(function()
      local said = vim.trim((done.stdout or "") .. (done.stderr or ""))
      if done.code == 0 then
        answer.say(said:match("[^\n]*"))
        vim.cmd.checktime()
      else
        answer.say("git did not commit: " .. said, vim.log.levels.ERROR)
      end
      then_(done.code == 0)
    end)
  end)
end

-- A buffer of the message alone; `:w` commits it.
local function edit(workspace, text, amend)
  local buffer = vim.api.nvim_create_buf(false, true)
  vim.api.nvim_buf_set_name(buffer, "aircher://commit/" .. buffer)
  vim.api.nvim_buf_set_lines(buffer, 0, -1, false, vim.split(text, "\n", { plain = true }))
  vim.bo[buffer].buftype = "acwrite"
  vim.bo[buffer].bufhidden = "wipe"
  vim.bo[buffer].modeline = false
  vim.bo[buffer].modified = false
  vim.cmd.sbuffer(buffer)
  vim.bo[buffer].filetype = "gitcommit"
  vim.wo.winbar = " :w commits this message%=:q! leaves it "
  vim.api.nvim_create_autocmd("BufWriteCmd", {
    buffer = buffer,
    callback = function()
      local lines = vim.api.nvim_buf_get_lines(buffer, 0, -1, false)
      commit(workspace, table.concat(lines, "\n") .. "\n", amend, function(ok)
        if ok and vim.api.nvim_buf_is_valid(buffer) then
          vim.api.nvim_buf_delete(buffer, { force = true })
        end
      end)
    end,
  })
end

local function show(buffer, params, mods, view)
  answer.stream({
    buffer = buffer,
    method = "aircher/commitMessage",
    params = params,
    title = params.amend and "Message for the amended commit" or "Commit message",
    waiting = "writing",
    mods = mods,
    plain = true,
    view = view,
    done = function(window, said)
      window:key("c", "commit", function()
        commit(params.workspace, said.text .. "\n", params.amend, function(ok)
          if ok then
            window:close()
          end
        end)
      end)
      window:key("e", "edit", function()
        window:close()
        edit(params.workspace, said.text, params.amend)
      end)
      window:key("r", "write again", function()
        answer.input("What should it say? ", function(hint)
          if window:is_open() then
            for _, lhs in ipairs({ "c", "e", "r", "y" }) do
              window:drop_key(lhs)
            end
            window:notes({})
            window:replace("")
            local more = { previous = said.text, hint = hint }
            show(buffer, vim.tbl_extend("force", params, more), mods, window)
          end
        end)
      end)
      window:key("y", "copy", function()
        answer.copy(said.text)
      end)
    end,
  })
end

---@param command table
---@param rest string `amend`, a hint, or both
function M.run(command, rest)
  local buffer = vim.api.nvim_get_current_buf()
  local amend = rest == "amend" or vim.startswith(rest, "amend ")
  local hint = amend and vim.trim(rest:sub(6)) or rest
  local params = {
    workspace = where.workspace(buffer),
    amend = amend,
    hint = hint ~= "" and hint or nil,
    model = settings.get().model,
  }
  if MESSAGES[vim.bo[buffer].filetype] and vim.bo[buffer].modifiable then
    fill(buffer, params)
  else
    show(buffer, params, command.smods)
  end
end

return M
