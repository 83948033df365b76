"""Why an import does not happen. Every message says what would be right."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from surveys.imports.checking import Checked

LONGEST_SHOWN = 60  # characters of a cell or a name in a message


class ImportRefused(ValueError):
    """Nothing was stored; the message is for the person who imports."""


class FileRefused(ImportRefused):
    """The file cannot be read as a table."""


class PlanRefused(ImportRefused):
    """The settings do not fit the file or the survey; `field` names the one that is wrong."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(problem)
        self.field = field


class RowsRefused(ImportRefused):
    """Some rows are bad and were not to be left out, or no row is good."""

    def __init__(self, checked: "Checked") -> None:
        super().__init__(
            _("Nothing was stored: rows with problems: %(bad)d, good rows: %(good)d.")
            % {"bad": checked.bad_rows, "good": len(checked.rows)}
        )
        self.checked = checked


class AlreadyImported(ImportRefused):
    """These very bytes are among the survey's stored imports."""

    def __init__(self, at: datetime) -> None:
        moment = f"{timezone.localtime(at):%Y-%m-%d %H:%M %Z}"
        super().__init__(_("This file was already imported into this survey, on %s.") % moment)
        self.at = at


def shown(text: str) -> str:
    """A foreign text as one may show it: short, and with every invisible character spelled out."""
    cut = text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in cut)
