"""`python -m scoring reliability`: reliability and validity of one scale."""

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from scoring.classical.scale_assessment import Assessment, NoAssessment, assess
from scoring.commands.csv_table import SPELLING, read_columns
from scoring.commands.outcome import Outcome, span, table_of
from scoring.errors import OptionError

LARGEST_ITEMS = 200  # as many as a model may have


def add_reliability_command(commands: "argparse._SubParsersAction[Any]") -> None:
    """Declare `reliability` and its options."""
    parser = commands.add_parser("reliability", help="reliability and validity of a scale")
    parser.add_argument("data", metavar="DATA.csv", type=Path, help="answers, all items in one direction")
    parser.add_argument("--items", required=True, metavar="a,b,c", help="two columns or more")
    parser.add_argument("--json", action="store_true")


def run_reliability(options: argparse.Namespace) -> Outcome:
    """Assess the scale; raises `ScoringError` for unusable input."""
    items = [name.strip() for name in options.items.split(",")]
    _check(items)
    result = assess(read_columns(options.data, {name: name for name in items}, SPELLING), items)
    if isinstance(result, NoAssessment):
        return Outcome(
            _without(result.n), f"{result.status}: n = {result.n}", result.status, (result.message,)
        )
    values = asdict(result)
    del values["messages"]
    return Outcome(values, _table(result), "ok", result.messages)


def _check(items: list[str]) -> None:
    if not all(items) or len(items) < 2:
        raise OptionError("--items must name two columns or more, for example --items q1,q2,q3")
    if len(items) > LARGEST_ITEMS:
        raise OptionError(f"--items names {len(items)} columns; at most {LARGEST_ITEMS} are read")
    twice = next((name for name in items if items.count(name) > 1), None)
    if twice is not None:
        raise OptionError(f"--items names {twice!r} twice; name every item once")


def _without(n: int) -> dict[str, Any]:
    coefficients = dict.fromkeys(("alpha", "alpha_low", "alpha_high", "std_alpha", "omega", "kmo"))
    return {"n": n, **coefficients, "bartlett": {"chi2": None, "df": None, "p": None}, "items": []}


def _table(result: Assessment) -> str:
    test = result.bartlett
    rows: list[list[object]] = [
        ["n", result.n],
        ["α", result.alpha],
        ["  95 % interval", span(result.alpha_low, result.alpha_high, 3)],
        ["standardised α", result.std_alpha],
        ["ω", result.omega],
        ["KMO", result.kmo],
        ["Bartlett's χ²", test.chi2],
        ["  df", test.df],
        ["  p", test.p],
    ]
    items: list[list[object]] = [[one.item, one.item_total, one.alpha_if_deleted] for one in result.items]
    header = ["item", "item-total", "α if deleted"]
    return "\n".join([table_of(["scale", ""], rows), "", table_of(header, items)])
