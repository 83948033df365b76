"""deploy/run from the first check to the last process stopped."""

import time
from pathlib import Path

from deploy.launch.children import Family
from deploy.launch.errors import Refusal, Stopped
from deploy.launch.options import read_options
from deploy.launch.signals import Signals
from deploy.launch.smoke import smoke
from deploy.launch.start import Start, bring_up, claim, install, prepare
from deploy.launch.words import say


def main(root: Path) -> int:
    began = time.monotonic()
    options = read_options(root)
    signals = Signals()
    try:
        if options.smoke:
            print(smoke(root, options, signals, began), flush=True)
        else:
            _serve(claim(root, options, signals))
    except Refusal as refusal:
        say(str(refusal))
        return 1
    except Stopped:
        return 1 if options.smoke else 0
    return 0


def _serve(start: Start) -> None:
    python = install(start)
    _tell(prepare(start, python))
    family = Family([], start.signals)
    try:
        bring_up(start, python, family)
        print(f"Barometer is at {start.url} (data and logs in {start.data}). Ctrl-C stops it.", flush=True)
        family.watch(lambda: False)
    finally:
        say("stopping")
        family.stop()


def _tell(told: dict[str, str]) -> None:
    """At once, not when the pages answer: should they not, the password would be lost."""
    email, _, password = told.get("login", "").partition(" ")
    if password:
        print(f"Sign in as {email} with the password {password} (shown only now: write it down)", flush=True)
    elif email:
        print(f"Sign in as {email}; the password was shown at the first start", flush=True)
    if link := told.get("start"):
        print(f"Make the first organisation and its owner here (it works once): {link}", flush=True)
