-- Text from a model, made harmless for a screen: it can be read, and does nothing.
--
-- Left as it is would be: terminal escapes copied into a shell, marks that turn the direction of
-- text or hide it, and tag characters that nobody sees. Buffers that show it are `nofile` without
-- modelines; where text goes into a 'winbar' or a statusline, `%` is doubled too.
local M = {}

local SIGN = "\239\191\189" -- U+FFFD

-- First byte, then the bytes that may follow: everything here is one code point or a range of them
-- that share a prefix, so that plain patterns will do.
local HIDDEN = {
  "\194[\128-\159]", -- C1 controls
  "\216\156", -- U+061C
  "\226\128[\139-\143]", -- U+200B..200F zero width, direction marks
  "\226\128[\168-\174]", -- U+2028..202E separators, embeddings and overrides
  "\226\129[\160-\175]", -- U+2060..206F invisible operators, isolates
  "\239\187\191", -- U+FEFF
  "\243\160[\128-\131][\128-\191]", -- U+E0000..E00FF tags, variation selectors
  "\243\160[\132-\135][\128-\191]", -- U+E0100..E01FF
}

---Zero-width joiners hold emoji together; between two such signs they are let be.
local JOINER = "\226\128\141"

---@param text string
---@return string
function M.clean(text)
  text = text:gsub("\r\n?", "\n"):gsub("[%z\1-\8\11-\31\127]", SIGN)
  if not text:find("[\194\216\226\239\243]") then
    return text
  end
  local kept = text:gsub("(\240\159[\128-\191][\128-\191]\239?\184?\143?)" .. JOINER, "%1\1")
  for _, pattern in ipairs(HIDDEN) do
    kept = kept:gsub(pattern, SIGN)
  end
  return (kept:gsub("\1", JOINER))
end

---The same on one line.
---@param text string
---@return string
function M.line(text)
  return (M.clean(text):gsub("%s*\n%s*", " "))
end

---The same for 'winbar', 'statusline' and the like, which run what stands between `%{` and `}`.
---@param text string
---@return string
function M.bar(text)
  return (M.line(text):gsub("%%", "%%%%"))
end

---@param text string
---@return string[]
function M.lines(text)
  return vim.split(M.clean(text), "\n", { plain = true })
end

return M
