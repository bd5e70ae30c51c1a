-- What was proposed for a text, carried over to the text as it is now. Pure.
local M = {}

local diff = vim.text and vim.text.diff or vim.diff

---Where two texts differ: 0-based, half open, of the first text and of the second.
---@param one string[]
---@param other string[]
---@return { first: integer, last: integer, from: integer, to: integer }[]
function M.hunks(one, other)
  local function whole(lines)
    return #lines == 0 and "" or table.concat(lines, "\n") .. "\n"
  end
  local found = {}
  for _, hunk in ipairs(diff(whole(one), whole(other), { result_type = "indices" })) do
    local a, a_count, b, b_count = unpack(hunk)
    -- A count of zero names the line before the gap.
    local first, from = a_count == 0 and a or a - 1, b_count == 0 and b or b - 1
    table.insert(found, { first = first, last = first + a_count, from = from, to = from + b_count })
  end
  return found
end

---The proposal with what was typed since, or nil where both changed the same place.
---@param base string[] the text the proposal was made for
---@param proposed string[]
---@param now string[]
---@return string[]|nil
function M.carry(base, proposed, now)
  local wanted, typed = M.hunks(base, proposed), M.hunks(base, now)
  for _, one in ipairs(wanted) do
    for _, other in ipairs(typed) do
      if one.first <= other.last and other.first <= one.last then
        return nil
      end
    end
  end
  local result = vim.list_slice(now)
  for index = #wanted, 1, -1 do
    local hunk, shift = wanted[index], 0
    for _, other in ipairs(typed) do
      if other.last <= hunk.first then
        shift = shift + (other.to - other.from) - (other.last - other.first)
      end
    end
    local merged = vim.list_slice(result, 1, hunk.first + shift)
    vim.list_extend(merged, proposed, hunk.from + 1, hunk.to)
    vim.list_extend(merged, result, hunk.last + shift + 1)
    result = merged
  end
  return result
end

return M
