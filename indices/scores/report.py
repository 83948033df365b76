"""The report of one period and segment of an instrument without a structural model, from what runs stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from indices import weighted, wording
from indices.comparing.compared import Compared
from indices.disclosing.told_results import result_told
from indices.models import FiguresBy, Score
from indices.numbers import p_value
from indices.report.structural import Report
from indices.report.weighting import WeightedReport
from indices.scores.tables import (
    PointRow,
    distribution,
    feature_rows,
    groups,
    named_rows,
    shown_result,
    text_in,
)
from indices.scores.words import category_name, issue_sentence, range_of, reason_sentences, score_name
from indices.selectors import Stored
from indices.wording import reach
from scoring.classical.headline import headline
from scoring.instrument import Instrument, fill
from scoring.instrument.kinds import SINGLE
from surveys.models import Use

NOW: Final[Mapping[str, str]] = {
    "nps": "indices/scores/nps.html",
    "csat": "indices/scores/single.html",
    "ces": "indices/scores/single.html",
    "kano": "indices/scores/features.html",
}
DIGITS: Final[Mapping[str, int]] = {"nps": 1, "percent": 1}  # behind the point; two for all others


@dataclass(frozen=True)
class ScoreRow:
    """A headline score: None where it may not be shown, or nobody gave what it needs."""

    code: str
    name: str
    shown: Score | None
    digits: int
    least: float
    most: float
    may_have_target: bool
    headline_by = FiguresBy.SCORE.value

    @property
    def is_percent(self) -> bool:
        return self.shown is not None and self.shown.kind == "percent"

    @property
    def range(self) -> str:
        return range_of(self.least, self.most)


@dataclass(frozen=True)
class ScoreChange:
    """A score's change in words, with its interval, p and the test they come from."""

    name: str
    said: str
    interval: str
    p: str
    test: str


@dataclass(frozen=True)
class ScoreReport(WeightedReport):
    """Everything a report page shows of one run. `language` decides names and sentences only."""

    stored: Stored
    use: Use
    language: str
    headline_by = FiguresBy.SCORE.value

    @property
    def instrument(self) -> Instrument:
        return self.use.instrument

    @property
    def kind(self) -> str:
        return self.instrument.kind

    @property
    def now(self) -> str:
        """The template of what stands below the headline figures; empty where nothing does."""
        return NOW.get(self.kind, "")

    @property
    def act(self) -> str:
        """The template of what says where to act, besides the segments; empty where nothing else does."""
        return "" if self.kind in SINGLE else f"indices/scores/{self.kind}.html"

    @cached_property
    def item_texts(self) -> dict[str, str]:
        version = self.use.version
        language = self.language if self.language in version.languages else version.languages[0]
        words = version.words(language)
        return {item.code: fill(item.text[language], words) for item in self.instrument.items}

    @cached_property
    def constructs(self) -> dict[str, str]:
        return {one.code: text_in(one.name, self.language) for one in self.instrument.constructs}

    @cached_property
    def scores(self) -> dict[str, Score]:
        return self.stored.scores()

    @cached_property
    def names(self) -> dict[str, str]:
        """Of the headline scores, and of every other that is stored."""
        codes = dict.fromkeys([*headline(self.instrument), *self.scores])
        return {code: score_name(code, self.kind, self.constructs, self.item_texts) for code in codes}

    @cached_property
    def headline(self) -> list[ScoreRow]:
        return [self._row(code) for code in headline(self.instrument)]

    def _row(self, code: str) -> ScoreRow:
        least, most = span_of(self.instrument)
        digits = DIGITS.get("percent" if self.kind in SINGLE else "mean", 2)
        is_target = self.kind in SINGLE
        return ScoreRow(code, self.names[code], self.scores.get(code), digits, least, most, is_target)

    @cached_property
    def result(self) -> dict[str, Any]:
        """What may be shown of the whole result; nothing where the base is too small."""
        estimate = self.stored.estimates.get(FiguresBy.SCORE)
        return shown_result(result_told(estimate), self.least_base) if estimate and not self.is_small else {}

    @property
    def used(self) -> int:
        estimate = self.stored.estimates.get(FiguresBy.SCORE)
        return estimate.n_used if estimate else 0

    @property
    def is_small(self) -> bool:
        return self.stored.is_small(FiguresBy.SCORE)

    @property
    def refused(self) -> bool:
        """Nothing can be shown."""
        return not self.used or self.is_small

    @property
    def why_refused(self) -> str:
        """In a few words."""
        return str(wording.STATUSES["not_weighted" if self.why_not_weighted else "too_few"])

    @property
    def why_not_weighted(self) -> list[str]:
        """Why the answers could not be weighted, where no figure could be made of them for that."""
        estimate = self.stored.estimates.get(FiguresBy.SCORE)
        if estimate is None or estimate.status != "not_weighted":
            return []
        return [wording.sentence(one, self.segment_names) for one in estimate.result["issues"]]

    @property
    def hidden(self) -> str:
        return self.stored.hidden

    @property
    def reasons(self) -> list[str]:
        if self.why_not_weighted:
            return self.why_not_weighted
        if not self.used:
            return [_("Nobody gave an answer that counts."), *self.left_unanswered]
        n, least = self.used, self.least_base
        said = ngettext(
            "There is %(n)d usable answer; the survey's settings show an index from %(least)d on.",
            "There are %(n)d usable answers; the survey's settings show an index from %(least)d on.",
            n,
        )
        return [said % {"n": n, "least": least}]

    @property
    def least_base(self) -> int:
        return self.stored.run.survey.least_told

    @property
    def left_unanswered(self) -> list[str]:
        """Why some of the answers to a single question are no numbers; none of these is in the base."""
        if self.kind not in SINGLE:
            return []
        code = self.instrument.constructs[0].items[0].code
        return reason_sentences(self.stored.run.missing.get(code, {}))

    @property
    def distribution(self) -> list[PointRow]:
        return distribution(self.instrument, self.result, self.language)

    @property
    def groups(self) -> list[tuple[str, int | None, float]]:
        return groups(self.result)

    @property
    def dimension_rows(self) -> list[dict[str, Any]]:
        return named_rows(self.constructs, self.result.get("dimensions", {}))

    @property
    def item_rows(self) -> list[dict[str, Any]]:
        """Each statement in the words it was perceived in."""
        letter = self.instrument.columns[-1].letter
        rows = self.result.get("items", {})
        texts = {number: self.item_texts.get(f"{letter}{number}", number) for number in rows}
        return named_rows(texts, rows)

    @property
    def feature_rows(self) -> list[dict[str, Any]]:
        return feature_rows(self.constructs, self.result.get("features", ()), self.least_base)

    @property
    def all_features(self) -> list[dict[str, Any]]:
        """A row for every feature that is asked today, empty where the period has nothing to show of it."""
        found = {row["feature"]: row for row in self.feature_rows if "feature" in row}
        return [found.get(code, {}) for code in self.constructs]

    @property
    def remarks(self) -> list[str]:
        if self.why_not_weighted:
            return []
        said = [issue_sentence(one["code"], one["params"]) for one in self.result.get("issues", ())]
        if weighted.of(self.stored.run).get("unused"):
            said.append(_("The survey's weighting was not used here: every answer counts alike."))
        return said

    @property
    def settings(self) -> dict[str, Any]:
        """How the figures were made; the weighting, which tells of the answers, has a place of its own."""
        return {name: value for name, value in self.stored.run.settings.items() if name != "weighting"}

    @property
    def mean(self) -> Score | None:
        """The mean of a single question, which is another figure than its share."""
        return self.scores.get("answer.mean")

    @property
    def classes(self) -> list[tuple[str, str]]:
        """Each feature of Kano's method with the name of its class."""
        return [
            (self.constructs[one["feature"]], category_name(one["category"]))
            for one in self.result.get("features", ())
            if one.get("category") and one["feature"] in self.constructs
        ]

    def changes(self, compared: Compared) -> list[ScoreChange]:
        """Of every score of this run but the statements', the headline first."""
        return [self.change(compared, code) for code in self.scores if not is_of_statement(code)]

    def statement_changes(self, compared: Compared) -> list[ScoreChange]:
        return [self.change(compared, code) for code in self.scores if is_of_statement(code)]

    def change(self, compared: Compared, code: str) -> ScoreChange:
        digits = DIGITS.get(self.scores[code].kind, 2)
        said = compared.said(self.headline_by, code, is_brief=True, digits=digits)
        told = compared.change(self.headline_by, code)
        if told is None:
            known = _("not known: one of the two is missing or does not vary")
            return ScoreChange(self.names[code], said if compared.is_broken else known, "–", "–", "–")
        interval = reach(told.low, told.high, digits)
        return ScoreChange(self.names[code], said, interval, p_value(told.p), told.get_test_display())


def is_of_statement(code: str) -> bool:
    return code.rpartition(".")[2].isdecimal()


def report_of(stored: Stored, use: Use, language: str) -> "Report | ScoreReport":
    """The report of a run, by the kind of what it measured."""
    return (Report if use.kind == "structural" else ScoreReport)(stored, use, language)


def span_of(instrument: Instrument) -> tuple[float, float]:
    """Between which values the headline scores of an instrument can lie."""
    if instrument.kind in SINGLE:
        return (-100, 100) if instrument.kind == "nps" else (0, 100)
    ends = [column.scale for column in instrument.columns]
    if not ends:
        return 0, 1
    low, high = ends[0].minimum, ends[0].maximum
    return (low, high) if instrument.kind == "servperf" else (low - high, high - low)
