"""The plan of an import: which column holds what, and where the period comes from."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from django.utils.translation import gettext as _

from scoring.instrument import MeasuredItem
from surveys.imports.cells import token, whole
from surveys.imports.reading import Table
from surveys.imports.refusals import PlanRefused, shown
from surveys.models import Period, Survey, Version

DATE_NAMES = ("date", "finished_at", "submitted_at", "day")
LANGUAGE_NAMES = ("language", "lang")
LONGEST_WAVE = Period._meta.get_field("name").max_length or 60


@dataclass(frozen=True)
class Plan:
    """What each column is. `columns` maps item codes (`ecsi.image1` or `image1`), `segments` question codes.

    The period comes from the column `date`, or is the wave named `wave`. A cell that equals one of
    `missing_codes` was skipped.
    """

    columns: Mapping[str, str]
    wave: str = ""
    date: str = ""
    segments: Mapping[str, str] = field(default_factory=dict)
    language: str = ""
    missing_codes: tuple[str, ...] = ()
    leave_out_bad_rows: bool = False

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def skipped(self) -> frozenset[str]:
        return frozenset(map(token, self.missing_codes))

    @property
    def used_columns(self) -> list[str]:
        single = [name for name in (self.date, self.language) if name]
        return [*self.columns.values(), *self.segments.values(), *single]


def plan_from_json(data: Mapping[str, Any]) -> Plan:
    return Plan(**{**data, "missing_codes": tuple(data["missing_codes"])})


def items_by_code(version: Version) -> dict[str, MeasuredItem]:
    """The items of all the version's instruments by their permanent code."""
    return {
        instrument.item_code(item): item
        for instrument in version.content.instruments.values()
        for item in instrument.items
    }


def suggest_mapping(header: tuple[str, ...], version: Version) -> dict[str, str]:
    """Item code → the first column that has the code as its name (`image1` or `ecsi.image1`, in any case)."""
    names = _by_lower_name(header)
    items = items_by_code(version)
    short = {code: name for name, code in _short_codes(items).items()}
    found = {code: names.get(code.lower()) or names.get(short.get(code, code).lower(), "") for code in items}
    return {code: name for code, name in found.items() if name}


def suggest_plan(table: Table, survey: Survey, version: Version) -> Plan:
    """What the columns' names give away; the wave's name is for the person to give."""
    names = _by_lower_name(table.header)
    segments = {one.code: names.get(one.code.lower(), "") for one in version.content.segments}
    return Plan(
        columns=suggest_mapping(table.header, version),
        segments={code: name for code, name in segments.items() if name},
        date=next((names[name] for name in DATE_NAMES if name in names), ""),
        language=next((names[name] for name in LANGUAGE_NAMES if name in names), ""),
    )


def _by_lower_name(header: tuple[str, ...]) -> dict[str, str]:
    return {name.lower(): name for name in reversed(header) if name}


def fitted(plan: Plan, table: Table, survey: Survey, version: Version) -> Plan:
    """The plan with permanent item codes, in the questionnaire's order. Raises PlanRefused."""
    _fit_period(plan, survey)
    _fit_columns(plan, table)
    _fit_segments(plan, version)
    _fit_missing_codes(plan, version)
    return replace(plan, wave=plan.wave.strip(), columns=_permanent(plan.columns, version))


def _permanent(columns: Mapping[str, str], version: Version) -> dict[str, str]:
    items = items_by_code(version)
    known = _short_codes(items) | {code: code for code in items}
    for name in columns:
        if name not in known:
            raise PlanRefused(
                "columns",
                _("%(name)s is not an item; items are: %(items)s")
                % {"name": shown(name), "items": ", ".join(item.code for item in items.values())},
            )
    found = Counter(known[name] for name in columns)
    if doubled := [code for code, times in found.items() if times > 1]:
        raise PlanRefused("columns", _("The item %s has more than one column.") % doubled[0])
    if not found:
        raise PlanRefused("columns", _("No column is mapped to an item of the questionnaire."))
    by_code = {known[name]: column for name, column in columns.items()}
    return {code: by_code[code] for code in items if code in by_code}


def _short_codes(items: Mapping[str, MeasuredItem]) -> dict[str, str]:
    """Codes without their instrument's name → permanent codes, where only one instrument has them."""
    times = Counter(item.code for item in items.values())
    return {item.code: code for code, item in items.items() if times[item.code] == 1}


def _fit_period(plan: Plan, survey: Survey) -> None:
    if survey.period_kind != Survey.PeriodKind.WAVES and not plan.date:
        raise PlanRefused("date", _("This survey's periods are calendar periods: choose a date column."))
    if bool(plan.wave.strip()) == bool(plan.date):
        raise PlanRefused("wave", _("Say where the period comes from: a date column or the name of a wave."))
    if plan.date:
        return
    if len(plan.wave.strip()) > LONGEST_WAVE or not plan.wave.strip().isprintable():
        raise PlanRefused("wave", _("A wave's name has at most %d visible characters.") % LONGEST_WAVE)


def _fit_columns(plan: Plan, table: Table) -> None:
    for name in plan.used_columns:
        if not name or name not in table.header:
            raise PlanRefused(
                "columns",
                _("The file has no column “%(name)s”. Its columns are: %(columns)s")
                % {"name": shown(name), "columns": ", ".join(map(shown, table.header[:50]))},
            )
    if doubled := [name for name, times in Counter(plan.used_columns).items() if times > 1]:
        raise PlanRefused("columns", _("The column “%s” is used twice.") % shown(doubled[0]))


def _fit_segments(plan: Plan, version: Version) -> None:
    known = [question.code for question in version.content.segments]
    for code in plan.segments:
        if code not in known:
            raise PlanRefused(
                "segments",
                _("%(code)s is not a segment question of the published version; those are: %(known)s")
                % {"code": shown(code), "known": ", ".join(known) or "–"},
            )


def _fit_missing_codes(plan: Plan, version: Version) -> None:
    for code in plan.missing_codes:
        number = whole(code)
        on_scale = (
            item.code
            for item in items_by_code(version).values()
            if number is not None and item.scale.minimum <= number <= item.scale.maximum
        )
        if item := next(on_scale, None):
            raise PlanRefused(
                "missing_codes",
                _("%(code)s is an answer on the scale of %(item)s; a missing code must lie outside.")
                % {"code": shown(code), "item": item},
            )
