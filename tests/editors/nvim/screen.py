"""What a Neovim shows: the grid its user interface events draw."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Screen:
    """Cells as `(text, highlight id)`, colours by that id."""

    columns: int
    lines: int
    cells: list[list[tuple[str, int]]] = field(default_factory=list)
    highlights: dict[int, dict[str, Any]] = field(default_factory=dict)
    foreground: int = 0xFFFFFF
    background: int = 0x000000
    cursor: tuple[int, int] = (0, 0)

    def __post_init__(self) -> None:
        self._clear()

    @property
    def text(self) -> str:
        """All rows, without blanks at their ends."""
        return "\n".join("".join(cell for cell, _ in row).rstrip() for row in self.cells)

    def take(self, events: list[Any]) -> None:
        """One `redraw` notification."""
        for name, *calls in events:
            act = getattr(self, f"_{name}", None)
            if act is not None:
                for call in calls:
                    act(*call)

    def _clear(self) -> None:
        self.cells = [[(" ", 0)] * self.columns for _ in range(self.lines)]

    def _grid_resize(self, _grid: int, columns: int, lines: int) -> None:
        self.columns, self.lines = columns, lines
        self._clear()

    def _grid_clear(self, _grid: int) -> None:
        self._clear()

    def _grid_line(self, _grid: int, row: int, column: int, cells: list[Any], *_: Any) -> None:
        colour = 0
        for text, *more in cells:
            colour = more[0] if more else colour
            for _again in range(more[1] if len(more) > 1 else 1):
                self.cells[row][column] = (text, colour)
                column += 1

    def _grid_scroll(
        self, _grid: int, top: int, bottom: int, left: int, right: int, rows: int, _columns: int
    ) -> None:
        span = range(top, bottom - rows) if rows > 0 else range(bottom - 1, top - rows - 1, -1)
        for row in span:
            self.cells[row][left:right] = self.cells[row + rows][left:right]

    def _grid_cursor_goto(self, _grid: int, row: int, column: int) -> None:
        self.cursor = (row, column)

    def _hl_attr_define(self, number: int, rgb: dict[str, Any], *_: Any) -> None:
        self.highlights[number] = rgb

    def _default_colors_set(self, foreground: int, background: int, *_: Any) -> None:
        self.foreground, self.background = foreground, background
