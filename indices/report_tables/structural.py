"""The tables of a structural report."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from indices import weighted
from indices.comparing.compared import Compared
from indices.comparing.compared import Row as ChangedRow
from indices.models import Change
from indices.numbers import p_value, rounded
from indices.report.structural import Driver, Report
from indices.report.structural import Row as IndexRow
from indices.report.time_line import AnyReport
from indices.report_tables.table import (
    Column,
    Drawn,
    Row,
    Table,
    Value,
    count,
    ends,
    figure,
    probability,
    text,
    without_empty,
)
from indices.selectors import Figure
from surveys.models.survey import Estimator

NO_FIGURE: list[Value] = [None, None, None, None]


def headline(report: Report) -> Table:
    """The indices that the report opens with."""
    columns = [
        text(_("Construct")), figure(_("Index")), *ends(), count(),
        figure(_("Effective n"), 0), figure(_("Design effect"), 2), text(_("Remarks")),
    ]  # fmt: skip
    rows = [_headline_row(row) for row in report.headline]
    notes = [
        _("Indices run from 0 to 100."),
        _("The figures shown first are estimated by %(name)s.") % {"name": report.headline_name},
        *(report.reasons if report.refused else []),
    ]
    table = Table("indices", _("The indices"), columns, rows, notes)
    return without_empty(table, [_("Effective n"), _("Design effect"), _("Remarks")])


def _headline_row(row: IndexRow) -> Row:
    shown = row.shown
    if shown is None:
        return Row([row.name, *NO_FIGURE, None, None, _("No index; the reason stands below.")], True)
    return Row([row.name, *_figure(shown), shown.n_effective, shown.deff, _why_no_interval(shown)], True)


def _figure(one: Figure | None) -> list[Value]:
    return [one.value, one.low, one.high, one.n] if one else NO_FIGURE


def _why_no_interval(one: Figure) -> str:
    return _("The interval of the indices cannot be given.") if one.low is None else ""


def constructs(report: Report) -> Table:
    """All indices by both estimators."""
    ml, pls = _("Maximum likelihood"), _("Partial least squares")
    columns = [text(_("Construct"))]
    for name in (ml, pls):
        columns += [figure(_("Index"), group=name), *ends(group=name), count(group=name)]
    columns.append(text(_("Remarks")))
    rows = [
        Row([row.name, *_figure(row.ml), *_figure(row.pls), _disagreement(row)], row.is_headline)
        for row in report.rows
    ]
    notes = [
        _("The figures shown first are estimated by %(name)s.") % {"name": report.headline_name},
        *_missing(report),
    ]
    table = Table("constructs", _("All constructs"), columns, rows, notes, Drawn(1, 2, 3, *report.axis))
    return without_empty(table, [_("Remarks")])


def _disagreement(row: IndexRow) -> str:
    said = _(
        "The two estimates of %(name)s differ by more than their intervals allow; read the index with care."
    )
    return said % {"name": row.name} if row.disagree else ""


def _missing(report: Report) -> list[str]:
    """Why an estimator gives no figures."""
    names = {Estimator.ML: _("Maximum likelihood"), Estimator.PLS: _("Partial least squares")}
    without = [one for one in names if not report.stored.figures(one)]
    return [f"{names[one]}: {' '.join(report.remarks(one))}" for one in without if report.remarks(one)]


def changes(compared: Compared, key: str, title: str) -> Table:
    """Of every index since an earlier period, by both estimators."""
    columns = [text(_("Construct")), *_changed_columns(1)]
    rows = [_changed(row) for row in compared.rows]
    return Table(key, title, columns, rows, [compared.verdict, *compared.remarks])


def effect_changes(compared: Compared, key: str, title: str) -> Table:
    """Of every total effect since an earlier period."""
    rows = [_changed(row) for row in compared.effects]
    return Table(key, title, [text(_("Total effect")), *_changed_columns(2)], rows, [compared.verdict])


def _changed_columns(digits: int) -> list[Column]:
    columns: list[Column] = []
    for name in (_("Maximum likelihood"), _("Partial least squares")):
        columns += [
            text(_("What changed"), name),
            figure(_("Difference"), digits, name),
            *ends(digits, name),
            probability(group=name),
        ]
    return columns


def _changed(row: ChangedRow) -> Row:
    values: list[Value] = [row.name]
    for estimator in (Estimator.ML, Estimator.PLS):
        values += [row.said[estimator], *_difference(row.changes.get(estimator))]
    return Row(values)


def _difference(one: Change | None) -> list[Value]:
    return [one.difference, one.low, one.high, one.p] if one else NO_FIGURE


def drivers(report: Report) -> Table | None:
    """What moves the headline indices, strongest first."""
    columns = [
        text(_("Outcome")), text(_("Driver")), figure(_("Total effect"), 2), *ends(2), count(),
        figure(_("Its index")),
    ]  # fmt: skip
    n = report.drivers_n
    rows = [_driver(outcome, one, n) for outcome, found in report.driver_tables for one in found]
    if not rows:
        return None
    notes = [
        report.why_drivers,
        _(
            "An effect of 0.50 means: one standard deviation more of the driver goes with half a standard "
            "deviation more of the outcome, over all paths."
        ),
        _("Greyed effects have an interval that contains zero: they may be nothing."),
    ]
    return Table(
        "drivers", _("What moves them"), columns, rows, notes, Drawn(2, 3, 4, -0.4, 1), is_grouped=True
    )


def _driver(outcome: str, one: Driver, n: int) -> Row:
    index = one.figure.value if one.figure else None
    return Row([outcome, one.name, one.effect, one.low, one.high, n, index], is_faint=not one.certain)


def paths(report: Report) -> list[Table]:
    """The paths of the picture and, where those are by partial least squares, by maximum likelihood."""
    found = []
    if rows := _paths(report, report.drivers_from):
        found.append(Table("paths", _("The paths as a table"), _path_columns(), rows, [report.why_drivers]))
    other = _paths(report, Estimator.ML) if report.drivers_from == Estimator.PLS else []
    if other:
        found.append(Table("paths-ml", _("The paths by maximum likelihood"), _path_columns(), other))
    return found


def _path_columns() -> list[Column]:
    return [text(_("From")), text(_("To")), figure(_("Coefficient"), 2), *ends(2), count()]


def _paths(report: Report, estimator: str) -> list[Row]:
    result = report.result(estimator)
    return [
        Row(
            [
                report.names[one["from"]],
                report.names[one["to"]],
                one["std"],
                one["low"],
                one["high"],
                result["n_used"],
            ],
            is_faint=one["low"] is not None and one["low"] <= 0 <= one["high"],
        )
        for one in result["paths"]
    ]


def explained(report: Report) -> Table | None:
    """The share of each construct's variance that its drivers explain."""
    rows = [Row([report.names[code], value, report.drivers_n]) for code, value in report.r2.items()]
    columns = [text(_("Construct")), figure("R²", 2), count()]
    return Table("r2", _("What the model explains"), columns, rows, [report.why_drivers]) if rows else None


def quality(report: Report) -> Table:
    """How good the measurement is, in words."""
    columns = [text(_("Aspect")), text(_("Verdict")), text(_("Why"))]
    rows = [
        Row([one.aspect, _("good") if one.good else _("with reservations"), one.sentence])
        for one in report.quality
    ]
    none = [] if rows else [_("No estimate could be made, so nothing can be said about the measurement.")]
    return Table("quality", _("How good the measurement is"), columns, rows, none)


def reliability(report: Report) -> Table | None:
    columns = [
        text(_("Construct")), figure("α", 2), figure("ω", 2), figure("ρC", 2), figure("AVE", 2), count(),
    ]  # fmt: skip
    n = int(report.result(report.measured_by)["n_used"])
    rows = [Row([name, *_reliable(row), n]) for name, row in report.reliability]
    if not rows:
        return None
    title = f"{_('Reliability')} ({report.measured_by_name})"
    notes = [_("Of one item alone reliability cannot be said.")]
    return Table("reliability", title, columns, rows, notes)


def _reliable(row: Mapping[str, Any]) -> list[Value]:
    return [row.get(one) for one in ("alpha", "omega", "rho_c", "ave")]


def fit(report: Report) -> Table | None:
    """Fit measures by maximum likelihood, each with its own digits."""
    result = report.result(Estimator.ML)
    fit, n = result["fit"], int(result["n_used"])
    if not fit:
        return None
    chi2 = f"χ² (df {fit['df']}, p {p_value(fit['p'])})"
    named = [(chi2, "chi2", 1), *((name.upper(), name, 3) for name in ("cfi", "tli", "rmsea", "srmr"))]
    named += [("AIC", "aic", 1), ("BIC", "bic", 1)]
    rows = [Row([said, fit[name], n], digits=digits) for said, name, digits in named]
    columns = [text(_("Measure")), figure(_("Value")), count()]
    return Table("fit", _("Fit by maximum likelihood"), columns, rows)


def remarks(report: Report) -> Table | None:
    """What each estimator has to say."""
    said = [
        (_("Maximum likelihood"), report.ml_status, report.ml_remarks),
        (_("Partial least squares"), report.pls_status, report.pls_remarks),
    ]
    columns = [text(_("Estimator")), text(_("State")), text(_("Remarks"))]
    rows = [Row([name, state, one]) for name, state, found in said for one in found]
    return Table("remarks", _("Remarks of the estimators"), columns, rows) if rows else None


def weighting(report: AnyReport) -> Table | None:
    """Shares before and after weighting, in percent."""
    columns = [
        text(_("Question")), text(_("Option")), figure(_("Population")), figure(_("Answers")),
        figure(_("After weighting")), count(),
    ]  # fmt: skip
    rows = [
        Row([table.question, one.option, one.population, one.sample, one.weighted, one.n])
        for table in report.margins
        for one in table.rows
    ]
    title = _("Shares before and after weighting, in percent")
    return Table("weighting", title, columns, rows, _weighting_notes(report)) if rows else None


def _weighting_notes(report: AnyReport) -> list[str]:
    found = report.weighting
    if not found:
        return []
    if "deff" not in found:
        return [weighted.without_counts()]
    said = _(
        "Answers are weighted so that their shares agree with the population. The design effect is %(deff)s: "
        "variances are about so many times as large as with equal weights. The weights run from %(least)s to "
        "%(largest)s times their mean."
    )
    return [said % {name: rounded(found[name], 2) for name in ("deff", "least", "largest")}]
