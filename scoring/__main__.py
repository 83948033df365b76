"""The engine on the command line: `python -m scoring models`, `python -m scoring fit MODEL DATA.csv`, and a
command for each of the classical families.

Exit status 0 for a result, 2 for unusable input (one line on stderr), 3 for a result that cannot be given.
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn

from scoring.commands.fit import add_fit_command, fit_table, run_fit
from scoring.commands.kano import add_kano_command, run_kano
from scoring.commands.models import models_table
from scoring.commands.nps import add_nps_command, run_nps
from scoring.commands.outcome import Outcome
from scoring.commands.rake import add_rake_command, run_rake
from scoring.commands.reliability import add_reliability_command, run_reliability
from scoring.commands.servqual import add_servqual_command, run_servperf, run_servqual
from scoring.commands.top_box import add_top_box_commands, run_top_box
from scoring.errors import OptionError, ScoringError
from scoring.instrument.file import InstrumentError
from scoring.structural.result import Fit

UNUSABLE, NO_RESULT = 2, 3

RUNS: Mapping[str, Callable[[argparse.Namespace], Fit | Outcome]] = {
    "fit": run_fit,
    "kano": run_kano,
    "nps": run_nps,
    "servqual": run_servqual,
    "servperf": run_servperf,
    "csat": run_top_box,
    "ces": run_top_box,
    "reliability": run_reliability,
    "rake": run_rake,
}


class _Parser(argparse.ArgumentParser):
    """An argument parser whose complaint is one line, like every other."""

    def error(self, message: str) -> NoReturn:
        raise OptionError(f"{message}; see python -m scoring --help")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit status."""
    try:
        options = _parser().parse_args(arguments)
        if options.command == "models":
            print(models_table())
            return 0
        result = RUNS[options.command](options)
    except (ScoringError, InstrumentError) as error:
        return _unusable(str(error))
    except OSError as error:
        return _unusable(f"{error.filename}: {error.strerror}")
    print(json.dumps(result.to_json(), ensure_ascii=False) if options.json else _text(result))
    return 0 if result.status == "ok" else NO_RESULT


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m scoring", description="What customers' answers say, in numbers.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("models", help="list the built-in instruments")
    add_fit_command(commands)
    add_kano_command(commands)
    add_nps_command(commands)
    add_servqual_command(commands)
    add_top_box_commands(commands)
    add_reliability_command(commands)
    add_rake_command(commands)
    return parser


def _text(result: Fit | Outcome) -> str:
    return fit_table(result) if isinstance(result, Fit) else result.to_text()


def _unusable(reason: str) -> int:
    print(" ".join(reason.split()), file=sys.stderr)
    return UNUSABLE


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):  # names may be Chinese, whatever the terminal's encoding
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    try:
        sys.exit(main())
    except BrokenPipeError:  # the reader, such as head, has seen enough
        sys.stdout = None
        sys.exit(0)
