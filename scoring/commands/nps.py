"""`python -m scoring nps`: the Net Promoter Score of one column, or of two and their difference."""

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from scoring.classical import written
from scoring.classical.nps import Counts, NetPromoterScore, score_of
from scoring.classical.nps_comparison import NpsDifference, compare
from scoring.commands.csv_table import SPELLING, read_columns
from scoring.commands.margins import add_margin_options, counting_of
from scoring.commands.outcome import Outcome, span, table_of
from scoring.errors import OptionError


def add_nps_command(commands: "argparse._SubParsersAction[Any]") -> None:
    """Declare `nps` and its options."""
    parser = commands.add_parser("nps", help="net promoter score of one column, or of two compared")
    parser.add_argument("data", metavar="DATA.csv", type=Path, help="answers 0..10, one row each")
    parser.add_argument("--column", required=True, metavar="NAME")
    parser.add_argument("--compare", metavar="NAME2", help="an independent sample in another column")
    add_margin_options(parser)
    parser.add_argument("--json", action="store_true")


def run_nps(options: argparse.Namespace) -> Outcome:
    """Score the columns; raises `ScoringError` for unusable input."""
    names = [options.column, *([] if options.compare is None else [options.compare])]
    if options.compare is not None and options.margins is not None:
        raise OptionError("--margins has no place beside --compare, whose columns are two samples")
    counting = counting_of(options)
    scores = [
        score_of(read_columns(options.data, {name: name}, SPELLING)[:, 0], counting, name) for name in names
    ]
    empty = [name for name, one in zip(names, scores, strict=True) if not one.n]
    status = "too_few" if empty else "ok"
    messages = tuple(f"Nobody answered {name}." for name in dict.fromkeys(empty))
    if len(scores) == 1:
        return Outcome(_values(scores[0]), _table(names, scores), status, messages)
    counts = [Counts(one.promoters, one.passives, one.detractors) for one in scores]
    apart = compare(counts[0], counts[1]) if not empty else NpsDifference(*[float("nan")] * 6)
    values = {"a": written.counted(scores[0]), "b": written.counted(scores[1]), **asdict(apart)}
    return Outcome(values, "\n".join([_table(names, scores), _difference(apart)]), status, messages)


def _values(one: NetPromoterScore) -> dict[str, Any]:
    return {**written.counted(one), **written.groups(one)}


def _table(names: list[str], scores: list[NetPromoterScore]) -> str:
    rows: list[list[object]] = [
        [
            name,
            one.n,
            one.promoters,
            one.passives,
            one.detractors,
            f"{one.nps:.1f}",
            span(one.low, one.high, 1),
        ]
        for name, one in zip(names, scores, strict=True)
        if one.n
    ]
    return table_of(["column", "n", "promoters", "passives", "detractors", "NPS", "95 % interval"], rows)


def _difference(apart: NpsDifference) -> str:
    if apart.difference != apart.difference:
        return ""
    interval = span(apart.low, apart.high, 1)
    return (
        f"\ndifference {apart.difference:.1f}, 95 % interval {interval}, z = {apart.z:.2f}, p = {apart.p:.3f}"
    )
