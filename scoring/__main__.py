"""The engine on the command line: `python -m scoring models`, `python -m scoring fit MODEL DATA.csv`.

Exit status 0 for a result, 2 for unusable input (one line on stderr), 3 for a result that cannot be given.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from typing import NoReturn

from scoring.cli_fit import add_fit_command, fit_table, run_fit
from scoring.cli_models import models_table
from scoring.errors import OptionError, ScoringError
from scoring.instrument_file import InstrumentError

UNUSABLE, NO_RESULT = 2, 3


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
        result = run_fit(options)
    except (ScoringError, InstrumentError) as error:
        return _unusable(str(error))
    except OSError as error:
        return _unusable(f"{error.filename}: {error.strerror}")
    print(json.dumps(result.to_json(), ensure_ascii=False) if options.json else fit_table(result))
    return 0 if result.status == "ok" else NO_RESULT


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m scoring", description="Structural models and their indices.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("models", help="list the built-in instruments")
    add_fit_command(commands)
    return parser


def _unusable(reason: str) -> int:
    print(" ".join(reason.split()), file=sys.stderr)
    return UNUSABLE


if __name__ == "__main__":
    sys.exit(main())
