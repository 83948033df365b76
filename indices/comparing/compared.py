"""What a report says of the periods that its run was compared with, as stored."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Prefetch
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from indices import weighted, wording
from indices.disclosing.disclosure import Disclosure
from indices.models import Against, Change, Comparison, Run, Verdict
from indices.numbers import p_value, rounded
from surveys.models.survey import Estimator


@dataclass(frozen=True)
class Names:
    """What constructs and items are called in the reader's language."""

    constructs: Mapping[str, str]
    items: Mapping[str, str]

    @property
    def all(self) -> dict[str, str]:
        return {
            **{code: _("“%s”") % text.rstrip(".。") for code, text in self.items.items()},
            **self.constructs,
        }


@dataclass(frozen=True)
class Row:
    """One figure's change by both estimators: in words, and with its interval and p."""

    name: str
    said: dict[str, str]
    changes: dict[str, Change]
    digits: int

    @property
    def ml(self) -> str:
        return self.said[Estimator.ML]

    @property
    def pls(self) -> str:
        return self.said[Estimator.PLS]

    @property
    def ml_interval(self) -> str:
        return self._interval(Estimator.ML)

    @property
    def pls_interval(self) -> str:
        return self._interval(Estimator.PLS)

    @property
    def ml_p(self) -> str:
        return p_value(self.changes[Estimator.ML].p) if Estimator.ML in self.changes else "–"

    @property
    def pls_p(self) -> str:
        return p_value(self.changes[Estimator.PLS].p) if Estimator.PLS in self.changes else "–"

    def _interval(self, estimator: str) -> str:
        change = self.changes.get(estimator)
        return wording.reach(change.low, change.high, self.digits) if change else "–"


@dataclass(frozen=True)
class Compared:
    """A stored comparison in the reader's words."""

    comparison: Comparison
    names: Names

    @property
    def period(self) -> str:
        return str(self.comparison.against.period.name)

    @property
    def since(self) -> str:
        if self.comparison.kind == Against.YEAR:
            return _("Since a year ago (%s)") % self.period
        return _("Since %s") % self.period

    @property
    def is_broken(self) -> bool:
        """Indices of the two periods may not be compared."""
        return self.comparison.is_broken

    @property
    def is_of_one_measure(self) -> bool:
        """The questionnaire measured the same in both, as far as its author says."""
        return self.comparison.verdict != Verdict.OTHER_MEASURE

    @property
    def is_weak(self) -> bool:
        return self.comparison.verdict != Verdict.FULL

    @property
    def is_partial(self) -> bool:
        """Indices may be compared, but some question is answered otherwise than then."""
        return self.comparison.verdict == Verdict.PARTIAL

    @property
    def verdict(self) -> str:
        """Whether the two measure the same, in a sentence that names what moved."""
        params = {"period": self.period, "items": self.what_moved}
        return wording.filled(wording.COMPARABLE, self.comparison.verdict, params, {})

    @property
    def what_moved(self) -> str:
        """The items that moved, and the constructs that cannot be compared."""
        items = [self.names.all.get(one["item"], one["item"]) for one in self.comparison.moved]
        blamed = [
            self.names.constructs.get(issue["params"]["construct"], issue["params"]["construct"])
            for issue in self.comparison.issues
            if issue["code"] == "too_few_alike"
        ]
        return str(
            get_text_list(list(dict.fromkeys([*items, *blamed])) or [_("which, could not be told")], _("and"))
        )

    @property
    def remarks(self) -> list[str]:
        """The reasons, one sentence each."""
        moved = [self._moved(one) for one in self.comparison.moved]
        return [*moved, *self._without(), *self._beside(), *self._apart(), *self._weighting()]

    def _moved(self, one: Mapping[str, Any]) -> str:
        by = one["later"] - one["earlier"]
        how = one["level"] if one["level"] == "metric" else "up" if by > 0 else "down"
        params = {"item": one["item"], "construct": one["construct"], "by": rounded(abs(by))}
        return wording.filled(wording.MOVED, how, params, self.names.all)

    def _without(self) -> list[str]:
        """What is left of a construct's change when the items that moved are left out."""
        if self.comparison.verdict != Verdict.PARTIAL:
            return []
        touched = {one["construct"] for one in self.comparison.moved}
        template = _("The change of %(construct)s is partly theirs; its other questions say: %(change)s.")
        return [
            template
            % {
                "construct": self.names.constructs.get(row["construct"], row["construct"]),
                "change": wording.change(row["difference"], row["low"], row["high"]),
            }
            for row in self.comparison.latent
            if row["construct"] in touched and None not in (row["low"], row["high"])
        ]

    def _beside(self) -> list[str]:
        untested = self.comparison.verdict == Verdict.UNTESTED
        sentences = wording.BESIDE | (wording.UNTESTED if untested else {})
        return [
            wording.filled(sentences, issue["code"], issue["params"], self.names.all)
            for issue in self.comparison.issues
            if issue["code"] in sentences
        ]

    def _apart(self) -> list[str]:
        if not self.comparison.apart:
            return []
        shown = [self.names.constructs.get(one, one) for one in self.comparison.apart]
        template = _("By partial least squares, questions make up %s in another way than then.")
        return [template % get_text_list(shown, _("and"))]

    def _weighting(self) -> list[str]:
        if weighted.is_like(self.comparison.run, self.comparison.against):
            return []
        return [_("The two periods are weighted differently, which alone may move their figures.")]

    @cached_property
    def _changes(self) -> dict[tuple[str, str, str], Change]:
        return {(one.estimator, one.construct, one.source): one for one in self.comparison.changes.all()}

    def said(
        self, estimator: str, construct: str, source: str = "", is_brief: bool = False, digits: int = 1
    ) -> str:
        """The change of a figure in words, or that it may not be told."""
        comparison, digits = self.comparison, 2 if source else digits
        if not comparison.may_compare(estimator, construct, source):
            return _("not comparable")
        change = self._changes.get((estimator, construct, source))
        if change is None:
            return _("not known: one of the two is missing")
        words = wording.brief_change if is_brief else wording.change
        said = words(change.difference, change.low, change.high, digits)
        is_touched = not source and any(one["construct"] == construct for one in comparison.moved)
        return _("%s – but a question moved") % said if is_touched else said

    def change(self, estimator: str, construct: str) -> Change | None:
        """The change of a figure as stored, if it may be told."""
        is_told = self.comparison.may_compare(estimator, construct)
        return self._changes.get((estimator, construct, "")) if is_told else None

    def row(self, name: str, construct: str, source: str = "") -> Row:
        keys = {one: (one, construct, source) for one in Estimator.values}
        said = {one: self.said(one, construct, source, is_brief=True) for one in keys}
        told = {
            one: self._changes[key]
            for one, key in keys.items()
            if key in self._changes and self.comparison.may_compare(one, construct, source)
        }
        return Row(name, said, told, 2 if source else 1)

    def in_short(self, estimator: str) -> str:
        """The indices that changed clearly, by name, in a sentence or two."""
        told = {code: self.change(estimator, code) for code in self.names.constructs}
        known = {code: one for code, one in told.items() if one}
        clear = [code for code, one in known.items() if not one.low <= 0 <= one.high]
        sentences = []
        for template, codes in (
            (_("Clearly up: %s."), [code for code in clear if known[code].difference > 0]),
            (_("Clearly down: %s."), [code for code in clear if known[code].difference < 0]),
        ):
            listed = [
                f"{self.names.constructs[one]} ({wording.signed(known[one].difference)})" for one in codes
            ]
            if listed:
                sentences.append(template % get_text_list(listed, _("and")))
        if unclear := len(known) - len(clear):
            said = ngettext("No clear change of %d index.", "No clear change of %d indices.", unclear)
            sentences.append(said % unclear)
        if missing := len(told) - len(known):
            said = ngettext("%d index cannot be compared.", "%d indices cannot be compared.", missing)
            sentences.append(said % missing)
        return " ".join(sentences)

    @property
    def rows(self) -> list[Row]:
        return [self.row(name, code) for code, name in self.names.constructs.items()]

    @property
    def effects(self) -> list[Row]:
        pairs = dict.fromkeys((source, to) for _by, to, source in self._changes if source)
        named = self.names.constructs
        return [self.row(f"{named.get(a, a)} → {named.get(b, b)}", b, a) for a, b in pairs]


def comparisons(run: Run, names: Names, disclosure: Disclosure) -> list[Compared]:
    """The period before, then a year ago, where both may be told."""
    found = run.comparisons.select_related("against__period").prefetch_related("changes").order_by("kind")
    return [Compared(one, names) for one in found if disclosure.tells(one)]


def before_each(
    runs: Sequence[Run],
    estimator: str,
    constructs: Iterable[str],
    names: Names,
    disclosure: Disclosure,
) -> dict[int, Compared]:
    """For each run of a series its comparison with the period before, with the changes of a few indices."""
    found = Comparison.objects.filter(run__in=runs, kind=Against.PREVIOUS).defer("tests")
    changes = Change.objects.filter(estimator=estimator, construct__in=list(constructs), source="")
    prefetched = found.select_related("run", "against__period").prefetch_related(Prefetch("changes", changes))
    return {one.run_id: Compared(one, names) for one in prefetched if disclosure.tells(one)}
