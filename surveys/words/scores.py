"""The ratings of a survey: beside a comment stands one of them, and by one of them comments are chosen."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from surveys.models import Survey, Version
from surveys.questionnaire.pages import pages

LOW, MIDDLE, HIGH = "low", "middle", "high"
GROUPS = {
    LOW: gettext_lazy("low (NPS: detractors)"),
    MIDDLE: gettext_lazy("middle (NPS: passives)"),
    HIGH: gettext_lazy("high (NPS: promoters)"),
}
UNORDERED = {"kano"}  # kinds of instruments whose five answers are no rating


@dataclass(frozen=True)
class Rating:
    """A question answered on a scale from `lowest` to `highest`."""

    code: str
    text: str
    lowest: int
    highest: int
    is_nps: bool = False

    @property
    def groups(self) -> dict[str, range]:
        """The answers of each group: those of the net promoter score (Reichheld 2003), or else the thirds of
        the scale, its inner edges in the middle: of 1 to 5 the groups 1–2, 3 and 4–5."""
        if self.is_nps:
            low, high = 6, 9
        else:
            third = (self.highest - self.lowest) / 3
            points = range(self.lowest, self.highest + 1)
            low = max(point for point in points if point - self.lowest < third - 1e-9)
            high = min(point for point in points if self.highest - point < third - 1e-9)
        return {
            LOW: range(self.lowest, low + 1),
            MIDDLE: range(low + 1, high),
            HIGH: range(high, self.highest + 1),
        }

    def group_of(self, score: Any) -> str:
        """Empty for no score."""
        return next((name for name, points in self.groups.items() if score in points), "")

    def said(self, score: Any) -> str:
        """A score with the end of its scale; empty for none."""
        if isinstance(score, bool) or not isinstance(score, int):
            return ""
        return _("%(score)d of %(highest)d") % {"score": score, "highest": self.highest}


def versions_of(survey: Survey) -> list[Version]:
    """Newest first; without their snapshots, which a process reads once."""
    return list(survey.versions.defer("snapshot").order_by("-number"))


def ratings_of(survey: Survey, language: str) -> dict[str, Rating]:
    """Every rating that was ever asked, by code, as the newest version that asks it does; the usual first one
    first: the net promoter score, an overall satisfaction, or what is asked first."""
    found: dict[str, Rating] = {}
    for version in versions_of(survey):
        for rating in _asked(version, language):
            found.setdefault(rating.code, rating)
    return {rating.code: rating for rating in sorted(found.values(), key=_rank(survey))}


def _rank(survey: Survey) -> Any:
    kinds = _kinds(survey)

    def rank(rating: Rating) -> int:
        instrument, _dot, item = rating.code.partition(".")
        if rating.is_nps:
            return 0
        if kinds.get(instrument) in {"csat", "ces"}:
            return 1
        return 2 if item.startswith("satisfaction") else 3

    return rank


def _kinds(survey: Survey) -> Mapping[str, str]:
    version = survey.current_version
    return {code: one.kind for code, one in version.content.instruments.items()} if version else {}


def _asked(version: Version, language: str) -> Iterator[Rating]:
    kinds = {code: one.kind for code, one in version.content.instruments.items()}
    shown_in = language if language in version.languages else version.languages[0]
    for page in pages(version.content, shown_in):
        for question in page.questions:
            kind = kinds.get(question.code.partition(".")[0], "")
            if question.kind == "scale" and kind not in UNORDERED:
                points = [int(choice.value) for choice in question.choices]
                yield Rating(question.code, question.text, points[0], points[-1], kind == "nps")


def asks_openly(survey: Survey) -> bool:
    """Whether any version asks a question that is answered in one's own words."""
    return any(
        question.is_text
        for version in versions_of(survey)
        for page in pages(version.content, version.languages[0])
        for question in page.questions
    )


def open_questions(survey: Survey, language: str) -> dict[str, str]:
    """The text of every open question that was ever asked, by code."""
    found: dict[str, str] = {}
    for version in versions_of(survey):
        shown_in = language if language in version.languages else version.languages[0]
        for page in pages(version.content, shown_in):
            found |= {one.code: one.text for one in page.questions if one.is_text and one.code not in found}
    return found
