"""What a command hands back: values under the keys of its contract, a table to read, and why something is
missing."""

import math
from dataclasses import dataclass
from typing import Any

from scoring.classical.written import plain


@dataclass(frozen=True)
class Outcome:
    """The result of a command. `values` are plain; NaN marks what cannot be given."""

    values: dict[str, Any]
    table: str
    status: str = "ok"
    messages: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The values with None for NaN; `status` and `messages` join them only where there is something to
        say."""
        told = {"status": self.status, "messages": list(self.messages)}
        quiet = self.status == "ok" and not self.messages
        written: dict[str, Any] = plain(self.values if quiet else told | self.values)
        return written

    def to_text(self) -> str:
        """The table and the messages."""
        return "\n".join([self.table, *(["", *self.messages] if self.messages else [])])


def table_of(header: list[str], rows: list[list[object]]) -> str:
    """Columns of text to the left, figures to the right; a dash for what cannot be given."""
    cells = [header, *([_shown(cell) for cell in row] for row in rows)]
    widths = [max(len(row[j]) for row in cells) for j in range(len(header))]
    lines = []
    for row in cells:
        first, *rest = zip(row, widths, strict=True)
        lines.append("  ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in rest)]))
    return "\n".join(lines)


def span(low: float, high: float, digits: int = 2) -> str:
    """An interval as text."""
    return "–" if math.isnan(low) else f"{low:.{digits}f} to {high:.{digits}f}"


def _shown(cell: object) -> str:
    if cell is None or (isinstance(cell, float) and not math.isfinite(cell)):
        return "–"
    return f"{cell:.3f}" if isinstance(cell, float) else str(cell)
