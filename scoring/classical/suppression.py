"""Which groups' figures are withheld, so that nobody learns a small group's from those of larger ones.

A group of 1 to k − 1 respondents is withheld (primary suppression). Where it follows by subtraction from what
is left, another is withheld with it (secondary suppression: Willenborg & de Waal 2001, Elements of
Statistical Disclosure Control, ch. 4; Hundepool et al. 2012, Statistical Disclosure Control, ch. 4). What is
decided here is whose figures are told; how far a figure of a larger group moves when one answer is added is
another matter.
"""

from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise


def is_small(base: int, least: int) -> bool:
    """A group that must not be told: somebody, but fewer than `least`. Of nobody there is nothing to tell."""
    return 0 < base < least


def suppressed(
    bases: Mapping[str, int], total: int | None, least: int, hidden: Collection[str] = ()
) -> set[str]:
    """The groups to withhold of those that a question divides respondents into, `hidden` ones included.

    `bases` are the groups' sizes and `total` that of everybody, whose figure is told (None: it is not).
    Respondents in no group, as who skipped the question, are a group too: what everybody has more than the
    groups that are told. While that remainder is of 1 to `least` − 1, the smallest group told is withheld
    too. Then every sum or difference of what is told is of nobody or of at least `least`: the groups told are
    separate and large enough, and so is the remainder.
    """
    away = {name for name, base in bases.items() if is_small(base, least)} | (set(hidden) & bases.keys())
    told = sorted((base, name) for name, base in bases.items() if base and name not in away)
    rest = None if total is None else total - sum(base for base, _name in told)
    while rest is not None and told and is_small(abs(rest), least):
        base, name = told.pop(0)
        away.add(name)
        rest += base
    return away


def windows_suppressed(hidden: Sequence[int], windows: Sequence[tuple[int, int]], least: int) -> set[int]:
    """Which windows over a series of periods to withhold, by their places in `windows`.

    `hidden` are the sizes of the periods whose own figures are withheld, in the order of time, 0 for those
    told; a window holds the periods from its first place up to, not including, its second. Taken in the order
    given, a window is told if the ends of all windows told so far cut the withheld periods into stretches of
    nobody or of at least `least`: whatever windows are added and subtracted, only whole stretches come out.
    """
    before = [0]
    for base in hidden:
        before.append(before[-1] + base)
    cuts: set[int] = set()
    away = set()
    for place, window in enumerate(windows):
        ends = sorted(cuts | {before[end] for end in window})
        if any(is_small(b - a, least) for a, b in pairwise(ends)):
            away.add(place)
        else:
            cuts = set(ends)
    return away
