"""A structural model as data: constructs, the items that measure them, and the paths between them."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from itertools import groupby

from scoring.errors import ModelError
from scoring.structural.restriction import LARGEST_VALUE, Restriction

MAX_ITEMS = 200
MAX_CONSTRUCTS = 40

# What lavaan accepts as a name: letters of any script, digits, "_" and ".", not starting with a digit.
NAME = re.compile(r"[^\W\d][\w.]*|\.[^\W\d][\w.]*")


@dataclass(frozen=True, slots=True)
class Construct:
    """A latent variable and the codes of the items that measure it, in order; the first sets its scale."""

    name: str
    items: tuple[str, ...]

    @property
    def is_single(self) -> bool:
        """One item stands for the whole construct: loading 1, residual variance 0."""
        return len(self.items) == 1


@dataclass(frozen=True, slots=True)
class Path:
    """A directed effect from the construct `source` to the construct `target`."""

    source: str
    target: str


@dataclass(frozen=True)
class StructuralModel:
    """Constructs, paths, residual covariances (pairs of items or pairs of constructs) and restrictions.

    An observed variable in a path is a construct of one item with the same name. Raises `ModelError` for
    unknown or repeated names, a cycle of paths, a model without constructs, one over the size limits, or a
    restriction of something that is not there to be estimated.
    """

    constructs: tuple[Construct, ...]
    paths: tuple[Path, ...] = ()
    residual_covariances: tuple[tuple[str, str], ...] = ()
    restrictions: tuple[Restriction, ...] = ()

    def __post_init__(self) -> None:
        _check_size(self)
        _check_names(self)
        _check_paths(self)
        _check_covariances(self)
        _check_restrictions(self)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Construct names in the order of the model."""
        return tuple(construct.name for construct in self.constructs)

    @cached_property
    def items(self) -> tuple[str, ...]:
        """Item codes, construct by construct."""
        return tuple(item for construct in self.constructs for item in construct.items)

    @cached_property
    def blocks(self) -> tuple[tuple[int, ...], ...]:
        """For each construct the positions of its items in `items`."""
        ends, blocks = 0, []
        for construct in self.constructs:
            blocks.append(tuple(range(ends, ends + len(construct.items))))
            ends += len(construct.items)
        return tuple(blocks)

    @cached_property
    def exogenous(self) -> tuple[str, ...]:
        """Constructs no path leads to."""
        targets = {path.target for path in self.paths}
        return tuple(name for name in self.names if name not in targets)

    @cached_property
    def outcomes(self) -> tuple[str, ...]:
        """Constructs some path leads to (endogenous), in the order of the model."""
        targets = {path.target for path in self.paths}
        return tuple(name for name in self.names if name in targets)

    @cached_property
    def order(self) -> tuple[str, ...]:
        """Construct names so that every source stands before its targets."""
        graph: dict[str, list[str]] = {name: [] for name in self.names}
        for path in self.paths:
            graph[path.target].append(path.source)
        return tuple(TopologicalSorter(graph).static_order())

    def predecessors(self, name: str) -> tuple[str, ...]:
        """The drivers of a construct, in the order its paths are written."""
        return tuple(path.source for path in self.paths if path.target == name)

    def successors(self, name: str) -> tuple[str, ...]:
        """The constructs a construct leads to directly."""
        return tuple(path.target for path in self.paths if path.source == name)

    def connected(self) -> tuple[tuple[str, str], ...]:
        """Pairs (source, target) joined by a chain of paths, sources and targets in the order of the
        model."""
        reach: dict[str, set[str]] = {}
        for name in reversed(self.order):
            reach[name] = set(self.successors(name)).union(*(reach[after] for after in self.successors(name)))
        return tuple((name, after) for name in self.names for after in self.names if after in reach[name])

    def measurement(self) -> "StructuralModel":
        """The same constructs, freely correlated, without paths; item residual covariances stay."""
        items = set(self.items) - {c.items[0] for c in self.constructs if c.is_single}
        kept = tuple(pair for pair in self.residual_covariances if set(pair) <= items)
        own = tuple(
            one
            for one in self.restrictions
            if one.operator == "=~" or (one.operator == "~~" and one.left in items)
        )
        return StructuralModel(self.constructs, (), kept, own)

    def to_lavaan(self) -> str:
        """The model as lavaan syntax; `lavaan_syntax.parse` reads it back to an equal model.

        An observed variable that is a construct of its own is declared by its variance, so that it keeps its
        place among the constructs.
        """
        said = {one.place: one.text for one in self.restrictions}
        lines = [_declaration(construct, said) for construct in self.constructs]
        for target, run in groupby(self.paths, key=lambda path: path.target):
            drivers = [said.get(("~", target, path.source), "") + path.source for path in run]
            lines.append(f"{target} ~ {' + '.join(drivers)}")
        for a, b in self.residual_covariances:
            lines.append(f"{a} ~~ {said.get(('~~', min(a, b), max(a, b)), '')}{b}")
        seen = {construct.name for construct in self.constructs if construct.items == (construct.name,)}
        variances = [one for one in self.restrictions if one.left == one.right and one.left not in seen]
        lines += [f"{one.left} ~~ {one.text}{one.left}" for one in variances]
        return "\n".join(lines) + "\n"


def _declaration(construct: Construct, said: Mapping[tuple[str, str, str], str]) -> str:
    name = construct.name
    if construct.items == (name,):
        return f"{name} ~~ {said.get(('~~', name, name), '')}{name}"
    terms = [said.get(("=~", name, item), "") + item for item in construct.items]
    return f"{name} =~ {' + '.join(terms)}"


def _check_size(model: StructuralModel) -> None:
    items = sum(len(construct.items) for construct in model.constructs)
    if not model.constructs:
        raise ModelError(
            "the model has no constructs; it needs at least one line such as Satisfaction =~ s1 + s2"
        )
    if len(model.constructs) > MAX_CONSTRUCTS:
        raise ModelError(
            f"the model has {len(model.constructs)} constructs; at most {MAX_CONSTRUCTS} are accepted"
        )
    if items > MAX_ITEMS:
        raise ModelError(f"the model has {items} items; at most {MAX_ITEMS} are accepted")


def _check_names(model: StructuralModel) -> None:
    for name in (*model.names, *model.items):
        if not NAME.fullmatch(name):
            raise ModelError(
                f"{name!r} is not a name: letters, digits, '_' and '.', not starting with a digit"
            )
    for construct in model.constructs:
        if not construct.items:
            raise ModelError(f"construct {construct.name!r} has no items; it needs at least one")
    _refuse_repeats("construct", model.names)
    _refuse_repeats("item", model.items)
    own = {c.name for c in model.constructs if c.items == (c.name,)}
    for name in (set(model.names) & set(model.items)) - own:
        raise ModelError(f"{name!r} is both an item and a construct; a construct is measured by items only")


def _refuse_repeats(kind: str, names: Iterable[str]) -> None:
    for name, count in Counter(names).items():
        if count > 1:
            raise ModelError(f"{kind} {name!r} stands {count} times; each {kind} may stand once")


def _check_paths(model: StructuralModel) -> None:
    for path in model.paths:
        for name in (path.source, path.target):
            if name not in model.names:
                raise ModelError(f"a path names {name!r}, which is neither a construct nor a single item")
        if path.source == path.target:
            raise ModelError(f"{path.source!r} has a path to itself")
    _refuse_repeats("path", (f"{path.source} → {path.target}" for path in model.paths))
    try:
        _ = model.order
    except CycleError as error:
        cycle = " → ".join(error.args[1])
        raise ModelError(f"the paths form a cycle: {cycle}; a path model needs a first cause") from None


def _check_covariances(model: StructuralModel) -> None:
    single = {c.items[0]: c.name for c in model.constructs if c.is_single}
    items = set(model.items) - set(single)
    for a, b in model.residual_covariances:
        if a == b:
            raise ModelError(
                f"{a!r} ~~ {b!r} is a variance, which is estimated anyway; only pairs belong here"
            )
        if not ({a, b} <= set(model.names) or {a, b} <= items):
            raise ModelError(f"{a!r} ~~ {b!r} must join two constructs, or two items of larger constructs")
    pairs = (" ~~ ".join(sorted(pair)) for pair in model.residual_covariances)
    _refuse_repeats("covariance", pairs)


def _check_restrictions(model: StructuralModel) -> None:
    single = {construct.items[0] for construct in model.constructs if construct.is_single}
    free: set[tuple[str, str, str]] = set()
    free |= {("=~", c.name, item) for c in model.constructs for item in c.items[1:]}
    free |= {("~", path.target, path.source) for path in model.paths}
    free |= {("~~", min(pair), max(pair)) for pair in model.residual_covariances}
    free |= {("~~", name, name) for name in {*model.names, *model.items} - (single - set(model.names))}
    kinds: dict[str, str] = {}
    for one in model.restrictions:
        if (one.value is None) == (one.label is None):
            one.refuse("a parameter is either fixed at a value or labelled")
        if one.place not in free:
            one.refuse("this is not a parameter that is estimated; the first loading of a construct is 1")
        if one.value is not None:
            _check_value(one, one.value)
        kind = "variance" if one.left == one.right else one.operator
        if one.label is not None and kinds.setdefault(one.label, kind) != kind:
            one.refuse(f"label {one.label!r} joins parameters of different kinds")
    _refuse_repeats("restriction of", (" ".join(one.place) for one in model.restrictions))


def _check_value(one: Restriction, value: float) -> None:
    if not abs(value) <= LARGEST_VALUE:
        one.refuse(f"a fixed value lies between -{LARGEST_VALUE:g} and {LARGEST_VALUE:g}")
    if one.left == one.right and value <= 0:
        one.refuse("a variance is above 0")
