"""One or two indices over the periods, each with its interval."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, groupby

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from indices.drawing.axes import gridlines, tens, thinned
from indices.drawing.geometry import Position, line_data
from indices.drawing.identity import identity
from indices.drawing.lettering import printable, shortened, width
from indices.drawing.spacing import spread
from indices.numbers import interval, rounded

NOTE_SIZE, FIGURE_SIZE = 12.0, 14.0  # px
LEFT, RIGHT, TOP, BOTTOM = 30.0, 46.0, 14.0, 30.0  # room beside the plot for the scales and the last values
LEGEND_ROW, NOTE_ROW = 22.0, 20.0
LABELS_APART = 14.0
WIDEST_LABEL = 84.0
MOST_SERIES = 2
LAST_DOT, DOT = 4.5, 3.5  # radii in px
CROWDED = 16.0  # px; closer points are shown by their line alone, except where they stand alone
ASIDE = 5.0  # px
SPARSE = 3  # up to so many periods the intervals stand as whiskers, which say more than a band


@dataclass(frozen=True)
class Point:
    """A period's index: `value` None where there is none; `n` is its base.

    `broken`: it cannot be compared with the point before, so no line leads to it. `signal`: what is out of
    the ordinary about it, in words.
    """

    label: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    broken: bool = False
    signal: str = ""
    digits: int = 1


@dataclass(frozen=True)
class Limits:
    """Between which values a series moves by chance, from its point at `first` on."""

    low: float
    high: float
    first: int


@dataclass(frozen=True)
class Series:
    name: str
    points: Sequence[Point]
    target: float | None = None
    limits: Limits | None = None


@dataclass(frozen=True)
class Frame:
    """The plot within its drawing, and the scale it shows."""

    width: float
    height: float
    top: float
    low: float
    high: float
    count: int
    aside: float = 0  # a move of all points, so that the whiskers of two series do not cover each other

    @property
    def right(self) -> float:
        return self.width - RIGHT

    @property
    def bottom(self) -> float:
        return self.height - BOTTOM

    @property
    def slot(self) -> float:
        return (self.right - LEFT) / max(1, self.count)

    def x(self, i: int) -> float:
        return round(LEFT + (i + 0.5) * self.slot + self.aside, 1)

    def y(self, value: float) -> float:
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return round(self.bottom - share * (self.bottom - self.top), 1)


@dataclass(frozen=True)
class Mark:
    """A point as drawn; the whisker only where no band shows its interval."""

    x: float
    y: float
    text: str
    whisker: tuple[float, float] | None
    radius: float  # 0 where the line alone shows it
    has_signal: bool = False


@dataclass(frozen=True)
class DrawnSeries:
    name: str
    number: int
    lines: tuple[str, ...]
    bands: tuple[str, ...]
    marks: tuple[Mark, ...]
    limits: tuple[str, ...] = ()
    target: str = ""


@dataclass(frozen=True)
class Words:
    text: str
    x: float
    y: float
    number: int = 0


@dataclass(frozen=True)
class Chart:
    id: str
    frame: Frame
    grid: tuple[Words, ...]
    labels: tuple[Words, ...]
    legend: tuple[Words, ...]
    series: tuple[DrawnSeries, ...]
    values: tuple[Words, ...]
    breaks: tuple[float, ...]
    notes: tuple[Words, ...]


def series_chart(
    series: Sequence[Series],
    title: str,
    description: str,
    minimum: float = 0,
    maximum: float = 100,
    key: str = "",
    notes: Sequence[tuple[int, str]] = (),
    ten: float = 10,
) -> SafeString:
    """Drawn for a wide and for a narrow column. All series run over the same periods.

    `notes` are short marks at the places of their periods. `key` tells apart two charts of the same content
    on one page; `ten` is what stands for a ten of the scale (`axes.tens`). Raises ValueError for more than
    two series, or periods that differ.
    """
    if len(series) > MOST_SERIES:
        raise ValueError("a chart holds at most two series")
    if len({tuple(point.label for point in one.points) for one in series}) > 1:
        raise ValueError("the series of a chart must run over the same periods")
    title, description = printable(title), printable(description)
    name = identity("series", series, title, description, minimum, maximum, key, notes)
    span = tens([value for one in series for value in _values(one)], minimum, maximum, ten)
    context = {
        "title": title,
        "description": description,
        "large": _chart(f"{name}-large", series, 900, 270, span, notes, ten),
        "wide": _chart(f"{name}-wide", series, 560, 240, span, notes, ten),
        "tall": _chart(f"{name}-tall", series, 320, 230, span, notes, ten),
        "left": LEFT,
        "sizes": {"note": NOTE_SIZE, "figure": FIGURE_SIZE},
    }
    return render_to_string("indices/svg/series_chart.html", context)


def _values(series: Series) -> Iterator[float]:
    """All that the scale has to hold."""
    for point in series.points:
        if point.value is not None:
            yield from (v for v in (point.value, point.low, point.high) if v is not None)
    if series.limits:
        yield from (series.limits.low, series.limits.high)
    if series.target is not None:
        yield series.target


def _chart(
    name: str,
    series: Sequence[Series],
    across: float,
    height: float,
    span: tuple[float, float],
    notes: Sequence[tuple[int, str]],
    ten: float,
) -> Chart:
    labels = [printable(point.label) for point in series[0].points] if series else []
    legend = _legend(series, across)
    rows = max((1 + round((words.y - TOP) / LEGEND_ROW) for words in legend), default=0)
    room = rows * LEGEND_ROW + (NOTE_ROW if notes else 0)
    frame = Frame(across, height + room, TOP + room, *span, len(labels))
    aside = ASIDE if len(series) > 1 and frame.count <= SPARSE else 0
    frames = [replace(frame, aside=(2 * i - 1) * aside) for i in range(len(series))]
    return Chart(
        id=name,
        frame=frame,
        grid=tuple(Words(_plain(v), LEFT - 8, frame.y(v)) for v in gridlines(*span, ten)),
        labels=_labels(labels, frame),
        legend=legend,
        series=tuple(
            _drawn(one, i + 1, beside) for i, (one, beside) in enumerate(zip(series, frames, strict=True))
        ),
        values=_last_values(series, frames[-1] if frames else frame),
        breaks=tuple(round(frame.x(i) - frame.slot / 2, 1) for i in _broken(series)),
        notes=tuple(Words(text, frame.x(i), round(frame.top - NOTE_ROW / 2, 1)) for i, text in notes),
    )


def _plain(value: float) -> str:
    return rounded(value, 0 if value == int(value) else 1)


def _broken(series: Sequence[Series]) -> list[int]:
    """Places of the points that cannot be compared with the one before."""
    return sorted({i for one in series for i, point in enumerate(one.points) if point.broken and i})


def _labels(labels: Sequence[str], frame: Frame) -> tuple[Words, ...]:
    """Below the scale; those at the ends are moved in so that they stay within the drawing."""
    cut = [shortened(label, WIDEST_LABEL, NOTE_SIZE) for label in labels]
    needed = max((width(label, NOTE_SIZE) for label in cut), default=0) + LABELS_APART
    words = []
    for i in thinned(len(cut), frame.slot, needed):
        half = width(cut[i], NOTE_SIZE) / 2
        x = min(max(frame.x(i), half), frame.width - half)
        words.append(Words(cut[i], round(x, 1), frame.height - 9))
    return tuple(words)


def _legend(series: Sequence[Series], across: float) -> tuple[Words, ...]:
    """The names above the plot, where there is more than one: side by side, or below each other."""
    if len(series) < MOST_SERIES:
        return ()
    names = [shortened(printable(one.name), across - LEFT - 40, NOTE_SIZE) for one in series]
    x, y, words = LEFT, TOP, []
    for i, name in enumerate(names):
        needed = 30 + width(name, NOTE_SIZE)
        if i and x + needed > across:
            x, y = LEFT, y + LEGEND_ROW
        words.append(Words(name, round(x, 1), y, i + 1))
        x += needed + 24
    return tuple(words)


def _drawn(series: Series, number: int, frame: Frame) -> DrawnSeries:
    runs = list(runs_of(series.points))
    banded = [run for run in runs_of(series.points, bands=True) if len(run) > 1 and frame.count > SPARSE]
    return DrawnSeries(
        name=printable(series.name),
        number=number,
        lines=tuple(_line(series.points, run, frame) for run in runs if len(run) > 1),
        bands=tuple(_band(series.points, run, frame) for run in banded),
        marks=_marks(series, banded, runs, frame),
        limits=_limits(series, frame),
        target="" if series.target is None else f"M{LEFT},{frame.y(series.target)}H{frame.right}",
    )


def _limits(series: Series, frame: Frame) -> tuple[str, ...]:
    if series.limits is None:
        return ()
    begin = round(LEFT + series.limits.first * frame.slot, 1)
    return tuple(f"M{begin},{frame.y(v)}H{frame.right}" for v in (series.limits.low, series.limits.high))


def runs_of(points: Sequence[Point], bands: bool = False) -> Iterator[list[int]]:
    """Places of points without a gap or a break between: of values, or of intervals."""
    stretches = list(accumulate(int(point.broken) for point in points))

    def drawn(i: int) -> tuple[bool, int]:
        point = points[i]
        is_there = point.value is not None and (not bands or None not in (point.low, point.high))
        return is_there, stretches[i]

    for (there, _stretch), run in groupby(range(len(points)), drawn):
        if there:
            yield list(run)


def _line(points: Sequence[Point], run: list[int], frame: Frame) -> str:
    return line_data([Position(frame.x(i), frame.y(points[i].value or 0)) for i in run])


def _band(points: Sequence[Point], run: list[int], frame: Frame) -> str:
    upper = [Position(frame.x(i), frame.y(points[i].high or 0)) for i in run]
    lower = [Position(frame.x(i), frame.y(points[i].low or 0)) for i in run]
    return line_data([*upper, *reversed(lower)], closed=True)


def _marks(series: Series, banded: list[list[int]], runs: list[list[int]], frame: Frame) -> tuple[Mark, ...]:
    in_band = {i for run in banded for i in run}
    alone = {run[0] for run in runs if len(run) == 1}
    marks = []
    for i in (i for run in runs for i in run):
        point = series.points[i]
        dot = DOT if i in alone or frame.slot >= CROWDED else 0
        marks.append(
            Mark(
                x=frame.x(i),
                y=frame.y(point.value or 0),
                text=told(point),
                whisker=None if i in in_band else _whisker(point, frame),
                radius=LAST_DOT if i == runs[-1][-1] else DOT if point.signal else dot,
                has_signal=bool(point.signal),
            )
        )
    return tuple(marks)


def _whisker(point: Point, frame: Frame) -> tuple[float, float] | None:
    if point.low is None or point.high is None:
        return None
    return frame.y(point.high), frame.y(point.low)


def told(point: Point) -> str:
    bounds = (
        f" ({interval(point.low, point.high, point.digits)})" if None not in (point.low, point.high) else ""
    )
    signal = f"; {printable(point.signal)}" if point.signal else ""
    return f"{printable(point.label)}: {rounded(point.value, point.digits)}{bounds}, n = {point.n}{signal}"


def _last_values(series: Sequence[Series], frame: Frame) -> tuple[Words, ...]:
    """The last value of each series beside its point, moved apart where two would overlap."""
    found = []
    for number, one in enumerate(series, start=1):
        shown = [(i, point) for i, point in enumerate(one.points) if point.value is not None]
        if shown:
            i, last = shown[-1]
            value = last.value or 0
            found.append(Words(rounded(value, last.digits), frame.x(i) + 9, frame.y(value), number))
    found.sort(key=lambda words: words.y)
    places = spread([w.y for w in found], FIGURE_SIZE + 2, frame.top, frame.bottom - 6)
    return tuple(
        Words(w.text, round(w.x, 1), round(y + 5, 1), w.number) for w, y in zip(found, places, strict=True)
    )
