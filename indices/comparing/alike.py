"""What a report says of whether segments, or languages, measure the same, as stored."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from indices import wording
from indices.comparing.compared import Names
from indices.disclosing.disclosure import Disclosure
from indices.models import Run, SegmentComparability, Verdict
from indices.numbers import rounded

LANGUAGE_NAMES = dict(settings.LANGUAGES)
SEGMENTS = {
    "full": gettext_lazy("%(question)s: the segments measure the same."),
    "partial": gettext_lazy("%(question)s: the segments measure the same but for %(items)s."),
    "effects": gettext_lazy(
        "%(question)s: the segments cannot be compared, because questions are answered higher or lower in "
        "some of them by people who think the same (%(items)s)."
    ),
    "none": gettext_lazy(
        "%(question)s: the segments cannot be compared, because the questions do not measure the same in "
        "all of them (%(items)s)."
    ),
    "untested": gettext_lazy("%(question)s: whether the segments measure the same could not be tested."),
}
LANGUAGES = {
    "full": gettext_lazy("The questionnaire measures the same in %(groups)s."),
    "partial": gettext_lazy(
        "The questionnaire measures the same in %(groups)s but for %(items)s; answers in these languages "
        "should not be compared or pooled without thought."
    ),
    "effects": gettext_lazy(
        "Questions are answered higher or lower in one of %(groups)s than in another by people who think the "
        "same (%(items)s): answers in these languages should not be compared, nor pooled without thought."
    ),
    "none": gettext_lazy(
        "The questionnaire does not measure the same in %(groups)s (%(items)s): answers in these languages "
        "should not be compared, nor pooled without thought."
    ),
    "untested": gettext_lazy("Whether the questionnaire measures the same in each language is not tested."),
}
MOVED = {
    "metric": gettext_lazy(
        "%(item)s belongs to %(construct)s more closely or more loosely in %(group)s than elsewhere."
    ),
    "up": gettext_lazy(
        "%(item)s is answered more favourably in %(group)s than elsewhere, by about %(by)s on its scale, at "
        "the same %(construct)s."
    ),
    "down": gettext_lazy(
        "%(item)s is answered less favourably in %(group)s than elsewhere, by about %(by)s on its scale, at "
        "the same %(construct)s."
    ),
}
NOT_COMPARED = gettext_lazy("The index of %(construct)s should not be compared between %(group)s and others.")
BESIDE = {
    "poor_fit": gettext_lazy(
        "The model fits some of them poorly even by itself: do not build too much on the comparison."
    ),
    "too_few_alike": gettext_lazy(
        "%(construct)s is measured differently, and too few of its questions stay alike to compare by."
    ),
    "left_out": gettext_lazy("%(names)s took no part in the test."),
}
UNTESTED = {
    "too_few_groups": gettext_lazy("Fewer than two of them have the %(needed)s complete answers it takes."),
    "constant_item": gettext_lazy("In one of them everybody gave the same answer to %(names)s."),
    "repeated_items": gettext_lazy(
        "In one of them the answers to some questions follow exactly from one another."
    ),
    "improper": gettext_lazy(
        "In one of them the model has no admissible result: %(names)s cannot be told apart."
    ),
    **{
        code: wording.UNTESTED[code]
        for code in ("not_identified", "not_converged", "no_time", "too_large", "refused", "internal")
    },
}


@dataclass(frozen=True)
class MeasuredAlike:
    """A stored verdict in the reader's words; `groups` are the names of segments or languages."""

    stored: SegmentComparability
    names: Names
    groups: Mapping[str, str]
    question: str = ""

    @property
    def is_weak(self) -> bool:
        return self.stored.verdict != Verdict.FULL

    @property
    def verdict(self) -> str:
        sentences = SEGMENTS if self.stored.question else LANGUAGES
        params = {"question": self.question, "groups": self._tested, "items": self._what_moved}
        return wording.filled(sentences, self.stored.verdict, params, {})

    @property
    def _tested(self) -> str:
        return str(get_text_list([self._group(one["group"]) for one in self.stored.groups], _("and")))

    @property
    def _what_moved(self) -> str:
        items = [self.names.all.get(one["item"], one["item"]) for one in self.stored.moved]
        lost = [self._construct(one["construct"]) for one in self.stored.lost]
        blamed = [
            self._construct(one["params"]["construct"])
            for one in self.stored.issues
            if one["code"] == "too_few_alike"
        ]
        told = list(dict.fromkeys([*items, *lost, *blamed]))
        return str(get_text_list(told or [_("which, could not be told")], _("and")))

    @property
    def remarks(self) -> list[str]:
        """The reasons, one sentence each."""
        return [*(sentence for one in self.stored.moved for sentence in self._moved(one)), *self._beside()]

    def _moved(self, one: Mapping[str, Any]) -> Iterable[str]:
        how = one["level"] if one["level"] == "metric" else "up" if one["by"] > 0 else "down"
        group = self._group(one["group"])
        params = {
            "item": one["item"],
            "construct": one["construct"],
            "by": rounded(abs(one["by"])),
            "group": group,
        }
        yield wording.filled(MOVED, how, params, self.names.all)
        if self.stored.question:
            yield NOT_COMPARED % {"construct": self._construct(one["construct"]), "group": group}

    def _beside(self) -> Iterable[str]:
        sentences = BESIDE | (UNTESTED if self.stored.verdict == Verdict.UNTESTED else {})
        known = {**self.names.all, **self.groups}
        for one in self.stored.issues:
            if one["code"] in sentences:
                yield wording.filled(sentences, one["code"], one["params"], known)

    def _group(self, code: str) -> str:
        return self.groups.get(code, code)

    def _construct(self, code: str) -> str:
        return self.names.constructs.get(code, code)


def told(run: Run, disclosure: Disclosure) -> dict[str, SegmentComparability]:
    """The verdicts on the run's period by question, without those that rest on a group that is hidden."""
    rows = SegmentComparability.objects.filter(
        survey=run.survey_id, period=run.period_id, measurement_key=run.measurement_key
    ).defer("tests")
    return {one.question: one for one in rows if disclosure.tells_alike(one)}
