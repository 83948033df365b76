"""Which windows over several periods tell more than their periods may."""

from collections.abc import Mapping
from functools import cached_property

from django.db.models import Count

from indices.disclosing.bases import Base, Table, Tables
from scoring.classical.suppression import is_small, windows_suppressed
from surveys.models import Response, Survey
from surveys.periods import in_order


class Windows:
    """The windows, of whatever lengths, of what a key measures; `hidden` are the runs of single periods that
    are hidden, and `there` the tables of the windows in the order of time."""

    def __init__(self, survey: Survey, tables: Tables, hidden: Mapping[int, str], key: str) -> None:
        self.survey, self.tables, self.hidden, self.key = survey, tables, hidden, key
        self.least = survey.organisation.least_group
        self.periods = in_order(survey.periods.all())
        self.place = {period.name: place for place, period in enumerate(self.periods)}
        at = {period.pk: place for place, period in enumerate(self.periods)}
        own = [table for table in tables if table[0] == key and table[1] > 1 and table[2] in at]
        self.there = sorted(own, key=lambda table: (at[table[2]], table[1]))

    def away(self, table: Table) -> set[str]:
        """The segments of a window to hide, everybody (empty) among them."""
        segments = {one for one, base in self.tables[table].items() if one and not self._is_sum(base)}
        return segments | ({""} if table in self._of_everybody else set())

    def _own(self, place: int, segment: str) -> Base | None:
        """What a period alone stored of a segment."""
        return self.tables.get((self.key, 1, self.periods[place].pk), {}).get(segment)

    def _places(self, base: Base) -> list[int]:
        return sorted(self.place[name] for name in base.periods if name in self.place)

    def _told(self, base: Base) -> int:
        """How many of a window's respondents its periods alone tell of, in the same segment."""
        own = (self._own(place, base.segment) for place in self._places(base))
        return sum(one.responses for one in own if one and one.pk not in self.hidden)

    def _is_sum(self, base: Base) -> bool:
        return base.responses == self._told(base)

    @cached_property
    def _of_everybody(self) -> set[Table]:
        """The windows of everybody to hide, the oldest told first."""
        away, spans = set(), {}
        for table in self.there:
            base = self.tables[table].get("")
            if base is None or not (places := self._places(base)):
                continue
            if is_small(abs(base.responses - self._told(base)), self.least):
                away.add(table)
            else:
                spans[table] = places[0], places[-1] + 1
        withheld = windows_suppressed(self._withheld(spans), list(spans.values()), self.least)
        return away | {table for place, table in enumerate(spans) if place in withheld}

    def _withheld(self, spans: Mapping[Table, tuple[int, int]]) -> list[int]:
        """How many respondents each period has, 0 where its own figures are told."""
        pooled = {place for first, end in spans.values() for place in range(first, end)}
        counted = self._counted([place for place in pooled if self._own(place, "") is None])
        return [self._size(place, counted) for place in range(len(self.periods))]

    def _size(self, place: int, counted: Mapping[int, int]) -> int:
        own = self._own(place, "")
        if own is None:
            return counted.get(self.periods[place].pk, 0)
        return own.smallest if own.pk in self.hidden else 0

    def _counted(self, places: list[int]) -> dict[int, int]:
        """Of periods that windows pool and that were never computed alone, the respondents of today."""
        if not places:
            return {}
        rows = Response.objects.filter(
            survey=self.survey,
            period__in=[self.periods[place].pk for place in places],
            state=Response.State.FINISHED,
            is_excluded=False,
            version__uses__measurement_key=self.key,
        )
        counts = rows.order_by().values_list("period").annotate(n=Count("pk"))
        return {period: n for period, n in counts if period is not None}
