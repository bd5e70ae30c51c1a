"""The lines a task needs, whatever the language, and the name of what is left out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aircherd.core.document import Document
from aircherd.excerpts.excerpt import Reading, around, selection, whole
from aircherd.excerpts.scope import defines, enclosing, imports

PYTHON = """\
import os
from typing import (
    Any,
)


class Shop:
    @property
    def size(self) -> int:
        return 1

    def total(self, prices):
        found = 0
        for price in prices:
            if price:
                found += price

        return found


x = 1
"""
GO = """\
package shop

import (
	"fmt"
	"os"
)

func Total(prices []int) int {
	sum := 0
	for _, p := range prices {
		if p > 0 {
			sum += p
		}
	}
	return sum
}

func Next() {}
"""
TS = """\
import { a } from './a';
export class Shop {
  private readonly x = 1;
  async total(prices: number[]): Promise<number> {
    let sum = 0;
    for (const p of prices) {
      sum += p;
    }
    return sum;
  }
}
export const mean = (xs: number[]) => {
  return xs.length;
};
"""
RUST = """\
use std::io;

#[derive(Debug)]
pub struct P {
    x: f64,
}

impl P {
    pub fn x(&self) -> f64 {
        self.x
    }
}
"""
C = """\
#include <stdio.h>

static int total(int *p, size_t n)
{
    int sum = 0;
    while (n--)
        sum += *p++;
    return sum;
}
"""
RUBY = """\
require 'set'
class Shop
  def total(prices)
    prices.each do |p|
      p
    end
  end

  def other
  end
end
"""


def inside(text: str, mark: str) -> str | None:
    lines = text.split("\n")
    at = next(n for n, line in enumerate(lines) if mark in line)
    found = enclosing(lines, at, at)
    return None if found is None else "\n".join(lines[found[0] : found[1] + 1])


@pytest.mark.parametrize(
    ("text", "mark", "first", "last"),
    [
        (PYTHON, "found += price", "    def total(self, prices):", "        return found"),
        (PYTHON, "return 1", "    @property", "        return 1"),
        (PYTHON, "class Shop", "class Shop:", "        return found"),
        (GO, "sum += p", "func Total(prices []int) int {", "}"),
        (TS, "sum += p", "  async total(prices: number[]): Promise<number> {", "  }"),
        (RUST, "self.x", "    pub fn x(&self) -> f64 {", "    }"),
        (RUST, "x: f64", "#[derive(Debug)]", "}"),
        (C, "sum += ", "static int total(int *p, size_t n)", "}"),
        (RUBY, "      p", "  def total(prices)", "  end"),
    ],
)
def test_the_smallest_definition_around_a_line(text: str, mark: str, first: str, last: str) -> None:
    found = inside(text, mark)
    assert found is not None
    assert (found.split("\n")[0], found.split("\n")[-1]) == (first, last)


def test_a_line_outside_of_all_is_in_none() -> None:
    assert inside(PYTHON, "x = 1") is None
    assert enclosing([], 0, 0) is None
    assert enclosing(["", ""], 0, 1) is None


@pytest.mark.parametrize(
    "line",
    ["if x:", "for (;;) {", "} else {", "return f(x) {", "while (x) {", "x = 1", "switch (a) {"],
)
def test_what_is_no_definition(line: str) -> None:
    assert not defines(line)


@pytest.mark.parametrize(
    ("text", "found"),
    [(PYTHON, [(0, 0), (1, 3)]), (GO, [(0, 0), (2, 5)]), (TS, [(0, 0)]), (C, [(0, 0)])],
)
def test_imports_are_found_whole(text: str, found: list[tuple[int, int]]) -> None:
    assert imports(text.split("\n")) == found


def reading(text: str) -> Reading:
    return Reading(Document(uri="file:///x", text=text))


def test_a_selection_brings_its_definition_and_the_imports() -> None:
    far = "".join(f"def far_{n}():\n    return {n}\n\n\n" for n in range(100))
    text = f"import os\n{far}{PYTHON}{far}"
    at = text.split("\n").index("                found += price")
    found = around(reading(text), at, at, 4_000)
    assert "    def total(self, prices):" in found.text
    assert found.text.startswith("import os\n…\n")
    assert found.text.endswith("\n…")
    assert "far_50" not in found.text
    assert found.left_out is not None
    assert found.left_out.startswith("lines 2-")


def test_a_file_that_fits_is_whole() -> None:
    found = whole(reading(PYTHON), 10_000)
    assert (found.text, found.left_out) == (PYTHON, None)


@given(
    st.lists(st.text(alphabet="ab {}é", max_size=30), min_size=1, max_size=60),
    st.integers(0, 80),
    st.integers(0, 80),
    st.integers(0, 600),
)
def test_never_more_than_fits_and_never_a_line_unnamed(
    lines: list[str], one: int, other: int, budget: int
) -> None:
    text = "\n".join(lines)
    first, last = sorted((min(one, len(lines) - 1), min(other, len(lines) - 1)))
    longest = max(len(line.encode()) for line in lines) + 1
    for found in (whole(reading(text), budget), around(reading(text), first, last, budget)):
        assert len(found.text.encode()) <= max(budget, longest) + 4 * 2 * (len(found.lines) + 1)
        shown = {n for a, b in found.lines for n in range(a, b + 1)}
        assert (found.left_out is None) == (shown == set(range(len(lines))))
    assert len(selection(reading(text), first, last, budget).encode()) <= max(budget, longest)
