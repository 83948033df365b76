"""What is said on the terminal: the story on stderr; stdout only has what was asked for."""

import sys


def say(text: str) -> None:
    print(f"barometer: {text}", file=sys.stderr, flush=True)
