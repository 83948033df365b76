"""`python -m scoring csat` and `ces`: the share of answers in a box of the scale, and their mean."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scoring.classical import written
from scoring.classical.means import Mean
from scoring.classical.top_box import TopBox, box_share
from scoring.commands.csv_table import SPELLING, read_columns
from scoring.commands.margins import add_margin_options, counting_of
from scoring.commands.outcome import Outcome, span, table_of
from scoring.errors import OptionError
from scoring.scale import Scale

# The usual scale and box: of satisfaction two of five (Farris et al. 2010, Marketing Metrics, ch. 2), of
# effort, as agreement, the best three of seven (CEB 2013).
USUAL: Mapping[str, tuple[str, str]] = {"csat": ("1:5", "4:5"), "ces": ("1:7", "5:7")}
CALLED = {"csat": "customer satisfaction score", "ces": "customer effort score"}


def add_top_box_commands(commands: "argparse._SubParsersAction[Any]") -> None:
    """Declare both and their options."""
    for name, (scale, box) in USUAL.items():
        parser = commands.add_parser(name, help=f"{CALLED[name]} of one column: share in a box, and mean")
        parser.add_argument("data", metavar="DATA.csv", type=Path, help="answers, one row each")
        parser.add_argument("--column", required=True, metavar="NAME")
        parser.add_argument("--scale", default=scale, metavar="MIN:MAX", help=f"{scale} by default")
        parser.add_argument("--box", default=box, metavar="FROM:TO", help=f"{box} by default")
        add_margin_options(parser)
        parser.add_argument("--json", action="store_true")


def run_top_box(options: argparse.Namespace) -> Outcome:
    """Score the column; raises `ScoringError` for unusable input."""
    scale, box = Scale(*_ends("--scale", options.scale)), _ends("--box", options.box)
    given = read_columns(options.data, {options.column: options.column}, SPELLING)[:, 0]
    counting = counting_of(options)
    share = box_share(given, scale, *box, counting=counting)
    mean = counting.mean(given)
    values = {**written.counted(share), "box": list(box), "mean": written.counted(mean)}
    messages = () if share.n else (f"Nobody answered {options.column}.",)
    return Outcome(values, _table(share, mean), "ok" if share.n else "too_few", messages)


def _ends(option: str, text: str) -> tuple[int, int]:
    low, _, high = text.partition(":")
    try:
        ends = int(low), int(high)
    except ValueError:
        ends = (1, 0)
    if not -1000 <= ends[0] <= ends[1] <= 1000:
        raise OptionError(f"{option} {text} is not two whole numbers, the lower first, for example 1:5")
    return ends


def _table(share: TopBox, mean: Mean) -> str:
    rows: list[list[object]] = [
        ["share", share.n, share.share, span(share.low, share.high, 3)],
        ["mean", mean.n, mean.mean, span(mean.low, mean.high)],
    ]
    return table_of(["", "n", "value", "95 % interval"], rows)
