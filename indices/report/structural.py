"""The report of one period and segment, put together from what runs stored."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from indices import wording
from indices.disclosing.told_results import result_told
from indices.numbers import interval, p_value, rounded
from indices.report.quality import Verdict, verdicts
from indices.report.weighting import WeightedReport
from indices.selectors import Figure, Stored, construct_names
from scoring.instrument import Instrument, fill
from surveys.models import Use
from surveys.models.survey import Estimator

LARGEST_OVERLAP = 10.0  # variance inflation among the drivers of one outcome
NOTHING: dict[str, Any] = {
    "status": "",
    "n_used": 0,
    "structure": "",
    "issues": [],
    "loadings": [],
    "weights": [],
    "items": [],
    "spread": {},
    "paths": [],
    "total_effects": [],
    "r2": {},
    "separable": {},
    "collinearity": {},
    "fit": {},
    "reliability": {},
    "htmt": [],
}


@dataclass(frozen=True)
class Row:
    """One construct's indices by both estimators."""

    code: str
    name: str
    ml: Figure | None
    pls: Figure | None
    headline_by: str
    is_headline: bool
    digits = 1  # behind the point
    may_have_target = True

    @property
    def shown(self) -> Figure | None:
        """The figure of the estimator that the survey shows first; never the other one's in its place."""
        return self.ml if self.headline_by == Estimator.ML else self.pls

    @property
    def disagree(self) -> bool:
        """The two differ by more than their intervals allow."""
        return self.ml is not None and self.pls is not None and _apart(self.ml, self.pls)


@dataclass(frozen=True)
class Driver:
    """A construct's total effect (impact) on another, standardised, beside its own index."""

    code: str
    name: str
    effect: float
    low: float | None
    high: float | None
    figure: Figure | None

    @property
    def certain(self) -> bool:
        """The interval leaves out zero."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


@dataclass(frozen=True)
class Report(WeightedReport):
    """Everything a report page shows of one run. `language` decides names and sentences only."""

    stored: Stored
    use: Use
    language: str

    @property
    def hidden(self) -> str:
        return self.stored.hidden

    @property
    def instrument(self) -> Instrument:
        return self.use.instrument

    @cached_property
    def names(self) -> dict[str, str]:
        return construct_names(self.instrument, self.language)

    @cached_property
    def item_texts(self) -> dict[str, str]:
        version = self.use.version
        language = self.language if self.language in version.languages else version.languages[0]
        words = version.words(language)
        return {item.code: fill(item.text[language], words) for item in self.instrument.items}

    def result(self, estimator: str) -> dict[str, Any]:
        estimate = self.stored.estimates.get(estimator)
        if estimate and self.stored.is_small(estimator):
            return {**NOTHING, "status": "too_few", "n_used": estimate.n_used}
        return result_told(estimate) if estimate else NOTHING

    @cached_property
    def rows(self) -> list[Row]:
        ml, pls = self.stored.figures(Estimator.ML), self.stored.figures(Estimator.PLS)
        headline = self.instrument.headline
        return [
            Row(code, name, ml.get(code), pls.get(code), self.headline_by, code in headline)
            for code, name in self.names.items()
        ]

    @property
    def headline_by(self) -> str:
        return self.stored.run.survey.headline

    @property
    def headline_name(self) -> str:
        return str(Estimator(self.headline_by).label)

    @property
    def headline(self) -> list[Row]:
        return [row for row in self.rows if row.is_headline]

    @cached_property
    def drivers_from(self) -> str:
        """The estimator that can tell the drivers apart: ml where every outcome's are separable, else pls."""
        ml = self.result(Estimator.ML)
        if ml["status"] == "ok" and ml["structure"] == "full" and all(ml["separable"].values()):
            return Estimator.ML
        return Estimator.PLS

    @property
    def why_drivers(self) -> str:
        if self.drivers_from == Estimator.ML:
            return _("Effects by maximum likelihood, which tells the drivers apart here.")
        ml = self.result(Estimator.ML)
        if ml["status"] == "ok" and ml["structure"] == "full":
            return _(
                "Effects by partial least squares: the drivers overlap so much that maximum likelihood "
                "cannot tell them apart."
            )
        return _("Effects by partial least squares: maximum likelihood gives no paths here.")

    def drivers(self, outcome: str) -> list[Driver]:
        """What moves `outcome`, strongest first."""
        figures = {row.code: row.shown for row in self.rows}
        found = [
            Driver(
                row["from"],
                self.names.get(row["from"], row["from"]),
                row["std"],
                row["low"],
                row["high"],
                figures.get(row["from"]),
            )
            for row in self.result(self.drivers_from)["total_effects"]
            if row["to"] == outcome
        ]
        return sorted(found, key=lambda driver: -abs(driver.effect))

    @property
    def driver_tables(self) -> list[tuple[str, list[Driver]]]:
        tables = [(row.name, self.drivers(row.code)) for row in self.headline]
        return [table for table in tables if table[1]]

    @property
    def paths(self) -> list[dict[str, Any]]:
        return [
            {**row, "source": row["from"], "target": row["to"], "certain": _leaves_out_zero(row)}
            for row in self.result(self.drivers_from)["paths"]
        ]

    @property
    def r2(self) -> dict[str, float]:
        r2: dict[str, float] = self.result(self.drivers_from)["r2"]
        return r2

    @cached_property
    def quality(self) -> list[Verdict]:
        return verdicts(
            self.result(self.measured_by), self.result(Estimator.ML), self.result(Estimator.PLS), self.names
        )

    @property
    def measured_by(self) -> str:
        """The estimator whose reliability figures are shown: that of the headline if it gave any."""
        others = [self.headline_by, Estimator.ML, Estimator.PLS]
        return next((one for one in others if self.result(one)["reliability"]), self.headline_by)

    @property
    def measured_by_name(self) -> str:
        return str(Estimator(self.measured_by).label)

    def remarks(self, estimator: str) -> list[str]:
        """What the estimator has to say, in words; constructs and items by their names."""
        if self.stored.is_small(estimator):
            return [self._too_small(estimator)]
        names = {**self.segment_names, **self.item_texts, **self.names}
        return [wording.sentence(issue, names) for issue in self.result(estimator)["issues"]]

    def _too_small(self, estimator: str) -> str:
        n = self.stored.estimates[estimator].n_used
        said = ngettext(
            "There is %(n)d usable answer; the survey's settings show an index from %(least)d on.",
            "There are %(n)d usable answers; the survey's settings show an index from %(least)d on.",
            n,
        )
        return said % {"n": n, "least": self.stored.run.survey.least_told}

    @property
    def ml_remarks(self) -> list[str]:
        return self.remarks(Estimator.ML)

    @property
    def pls_remarks(self) -> list[str]:
        return self.remarks(Estimator.PLS)

    @property
    def ml_status(self) -> str:
        return wording.status(self.result(Estimator.ML))

    @property
    def pls_status(self) -> str:
        return wording.status(self.result(Estimator.PLS))

    @property
    def missing(self) -> str:
        """What became of missing answers in the figures that are shown first."""
        codes = {issue["code"] for issue in self.result(self.headline_by)["issues"]}
        return "listwise" if "complete_only" in codes else str(self.stored.run.settings.get("missing", ""))

    @property
    def used(self) -> int:
        return max((estimate.n_used for estimate in self.stored.estimates.values()), default=0)

    @property
    def drivers_n(self) -> int:
        return int(self.result(self.drivers_from)["n_used"])

    @property
    def path_rows(self) -> list[dict[str, Any]]:
        return self._path_rows(self.drivers_from)

    @property
    def other_path_rows(self) -> list[dict[str, Any]]:
        """The paths by maximum likelihood where the drivers are shown by partial least squares."""
        return self._path_rows(Estimator.ML) if self.drivers_from == Estimator.PLS else []

    def _path_rows(self, estimator: str) -> list[dict[str, Any]]:
        return [
            {
                "source_name": self.names[row["from"]],
                "target_name": self.names[row["to"]],
                "std": row["std"],
                "interval": interval(row["low"], row["high"], 2),
            }
            for row in self.result(estimator)["paths"]
        ]

    @property
    def fit(self) -> list[tuple[str, str]]:
        """Fit measures by maximum likelihood, named and rounded."""
        fit = self.result(Estimator.ML)["fit"]
        if not fit:
            return []
        chi2 = f"{rounded(fit['chi2'])} (df {fit['df']}, p {p_value(fit['p'])})"
        shown = {name.upper(): rounded(fit[name], 3) for name in ("cfi", "tli", "rmsea", "srmr")}
        information = {name.upper(): rounded(fit[name]) for name in ("aic", "bic")}
        return [("χ²", chi2), *shown.items(), *information.items()]

    @property
    def reliability(self) -> list[tuple[str, dict[str, Any]]]:
        """Constructs of several items; of one item alone reliability cannot be said."""
        single = {construct.code for construct in self.instrument.constructs if len(construct.items) == 1}
        rows = self.result(self.measured_by)["reliability"]
        return [(self.names[code], {} if code in single else row) for code, row in rows.items()]

    @property
    def fragile(self) -> bool:
        """The headline is by maximum likelihood, from constructs that are nearly one: near its limit."""
        ml = self.result(Estimator.ML)
        overlap = max((value for value in ml["collinearity"].values() if value is not None), default=0.0)
        return self.headline_by == Estimator.ML and ml["structure"] == "full" and overlap > LARGEST_OVERLAP

    @property
    def others(self) -> list[tuple[str, Figure]]:
        """The headline constructs by the estimator that is not shown first."""
        rows = [(row.name, row.pls if row.headline_by == Estimator.ML else row.ml) for row in self.headline]
        return [(name, figure) for name, figure in rows if figure]

    @property
    def other_name(self) -> str:
        return str((Estimator.PLS if self.headline_by == Estimator.ML else Estimator.ML).label)

    @property
    def axis(self) -> tuple[int, int]:
        """Tens that hold every interval of the page: the one axis on which the indices are drawn."""
        figures = [one for row in self.rows for one in (row.ml, row.pls) if one]
        ends = [end for one in figures for end in (one.low, one.high, one.value)]
        known = [end for end in ends if end is not None] or [0.0, 100.0]
        return int(min(known) // 10 * 10), int(-(-max(known) // 10) * 10)

    @property
    def refused(self) -> bool:
        """The estimator shown first gives no index, so there is no headline."""
        return bool(self.result(self.headline_by)["status"] != "ok")

    @property
    def why_refused(self) -> str:
        """In a few words."""
        return wording.status(self.result(self.headline_by))

    @property
    def reasons(self) -> list[str]:
        return self.remarks(self.headline_by)


def _apart(a: Figure, b: Figure) -> bool:
    if a.low is None or a.high is None or b.low is None or b.high is None:
        return False
    return a.high < b.low or b.high < a.low


def _leaves_out_zero(row: dict[str, Any]) -> bool:
    return row["low"] is not None and row["high"] is not None and bool(row["low"] > 0 or row["high"] < 0)
