"""The scores of any two periods and segments of a survey beside each other, from what their runs stored."""

import math
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property

from django.utils.translation import gettext as _

from indices.comparing.compared import Names
from indices.comparing.side_by_side import Contrast, Side, SideBySide
from indices.disclosing.disclosure import Disclosure
from indices.models import FiguresBy, Score
from indices.scores.figures import figure_of
from indices.scores.report import DIGITS, ScoreReport, is_of_statement
from scoring.classical.headline import headline
from scoring.classical.score_change import difference


class ScoresSideBySide(SideBySide):
    """Net scores, shares and means: each of separate samples tested as its kind is (see `score_change`)."""

    @property
    def verdict(self) -> str:
        """Scores are of the same questions, and nothing behind these is measured."""
        if self.stored and self.stored.is_broken:
            return self.stored.verdict
        return self.overlap if not self.stored and self.overlap else _("Both were asked the same questions.")

    @property
    def is_weak(self) -> bool:
        return self.stored.is_broken if self.stored else bool(self.overlap or self.remarks)

    def rows(self, estimator: str = FiguresBy.SCORE) -> list[Contrast]:
        """Every score that one of the sides has, the headline first."""
        a, b = self.scores
        first = headline(self.a.report.instrument)
        return [
            self._score_row(code, name, a.get(code), b.get(code), estimator, code in first)
            for code, name in self.names.constructs.items()
        ]

    def main_rows(self) -> list[Contrast]:
        """All but those of single statements."""
        return [one for one in self.rows() if not is_of_statement(one.code)]

    def statement_rows(self) -> list[Contrast]:
        return [one for one in self.rows() if is_of_statement(one.code)]

    def _score_row(
        self, code: str, name: str, a: Score | None, b: Score | None, estimator: str, is_first: bool
    ) -> Contrast:
        row = Contrast(name, code, a, b, is_headline=is_first, digits=self.digits(code))
        if a is None or b is None:
            return replace(row, why=_("not known: one of the two is missing"))
        if self.stored:
            return self.as_stored(row, self.stored, estimator)
        if self.overlap:
            return replace(row, why=_("not compared"))
        return _independent(row, a, b)

    @cached_property
    def scores(self) -> tuple[Mapping[str, Score], Mapping[str, Score]]:
        """Those that may be shown, of both sides."""
        return self.a.report.stored.scores(), self.b.report.stored.scores()

    def digits(self, code: str) -> int:
        shown = next((one[code] for one in self.scores if code in one), None)
        return DIGITS.get(shown.kind, 2) if shown else 2


def _independent(row: Contrast, a: Score, b: Score) -> Contrast:
    found = difference(figure_of(b), figure_of(a))
    if not math.isfinite(found.low):
        return replace(row, why=_("not known: too few answers to test"))
    p = found.p if math.isfinite(found.p) else None
    return replace(row, difference=found.difference, low=found.low, high=found.high, p=p, test=found.test)


def set_beside(
    a: Side,
    b: Side,
    disclosure: Disclosure,
    segments: Mapping[str, str],
    questions: Mapping[str, str],
) -> SideBySide:
    """The two of one measure and window, by what is measured."""
    if isinstance(a.report, ScoreReport):
        names = Names({**a.report.names, **b.report.names}, a.report.item_texts)
        return ScoresSideBySide(a, b, names, disclosure, segments, questions)
    return SideBySide(a, b, Names(a.report.names, a.report.item_texts), disclosure, segments, questions)
