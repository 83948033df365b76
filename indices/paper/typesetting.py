"""Setting a report as PDF. It takes well under a second, so that none is kept."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Literal

from indices.paper import fonts
from indices.paper.content import content
from indices.report.shown import Shown

TEMPLATE: Final = Path(__file__).with_name("report.typ")


def pdf(shown: Shown) -> bytes:
    """The report in its own language; the same report always gives the same bytes. Raises fonts.NoFont."""
    families = fonts.families(shown.report.language, fonts.installed().families())
    made = shown.run.ended_at or shown.run.queued_at
    return typeset(content(shown, families), int(made.timestamp()))


def typeset(data: dict[str, Any], made: int, standards: Sequence[Literal["ua-1"]] = ()) -> bytes:
    """The template filled with `data`, which it never reads as source. `made`: a Unix time.

    `standards`: which the PDF has to keep. None are asked of reports: names may hold letters that no font
    has, which a standard refuses.
    """
    import typst

    found: Any = typst.compile(
        str(TEMPLATE),
        root=str(TEMPLATE.parent),
        font_paths=fonts.installed(),
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        timestamp=made,
        pdf_standards=list(standards),
    )
    return bytes(found)
