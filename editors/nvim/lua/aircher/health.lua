-- `:checkhealth aircher`
local request = require("aircher.request")
local settings = require("aircher.settings")

local M = {}

local function versions()
  local version = vim.version()
  local text = ("Neovim %d.%d.%d"):format(version.major, version.minor, version.patch)
  if vim.fn.has("nvim-0.10") == 1 then
    vim.health.ok(text)
  else
    vim.health.error(text, "aircher needs Neovim 0.10 or newer.")
  end
  local git = settings.program("git")
  if git then
    vim.health.ok(vim.trim(vim.fn.system({ git, "--version" })))
  else
    vim.health.error("git is not on PATH", "Install git.")
  end
end

local function settings_right()
  local problems = settings.problems()
  for _, problem in ipairs(problems) do
    vim.health.error(problem)
  end
  if #problems == 0 then
    vim.health.ok("vim.g.aircher is " .. (vim.g.aircher == nil and "not set" or "right"))
  end
end

---Asks the daemon, starting it when it does not run; nil when it does not answer.
local function ask(method)
  local result, problem
  request.send(vim.api.nvim_get_current_buf(), method, vim.empty_dict(), {
    done = function(found)
      result = found
    end,
    failed = function(message)
      problem = message
    end,
  })
  vim.wait(10000, function()
    return result ~= nil or problem ~= nil
  end, 20)
  return result, problem or "aircherd did not answer within ten seconds."
end

local function daemon()
  local cmd = settings.get().cmd
  if vim.fn.executable(cmd[1]) == 0 then
    local remedies = {
      "Install aircher: python3 -m venv ~/.aircher && ~/.aircher/bin/pip install aircher",
      "Or say where it is: vim.g.aircher = { cmd = { '/path/to/aircherd', 'connect' } }",
    }
    local _, passed = settings.program("aircherd")
    if passed then
      local line = "%s is in the folder you work in, so it is run only when `cmd` names it."
      table.insert(remedies, line:format(passed))
    end
    vim.health.error(cmd[1] .. " is not there", remedies)
    return
  end
  vim.health.ok("is started by: " .. table.concat(cmd, " "))
  local status, problem = ask("aircher/status")
  if not status then
    vim.health.error(problem, "Run `aircherd doctor` in a terminal.")
    return
  end
  vim.health.ok(("aircherd %s, process %d"):format(status.version, status.pid))
  if status.ledger == "ok" then
    vim.health.ok("the books are in order; today " .. status.today.text)
  else
    vim.health.error("nothing can be spent: " .. status.ledger)
  end
  for _, notice in ipairs(status.notices or {}) do
    vim.health.warn(notice)
  end
  local list = ask("aircher/models")
  local usable = vim.tbl_filter(function(model)
    return model.usable
  end, list and list.models or {})
  if #usable > 0 then
    vim.health.ok(("%d models can be used"):format(#usable))
  else
    vim.health.warn("no model can be used; commit messages are drafted by rules", {
      "Start Ollama, or set a key such as OPENAI_API_KEY and run `aircherd restart`.",
    })
  end
end

function M.check()
  vim.health.start("aircher: what it needs")
  versions()
  settings_right()
  vim.health.start("aircher: the daemon")
  daemon()
end

return M
