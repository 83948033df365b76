"""`manage.py wait_for_index`: wait until a worker has computed the demo survey's index, and print it."""

import json
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from deploy.demo.surveys import demo_survey
from indices.models import Run
from indices.selectors import Stored, series


class Command(BaseCommand):
    help = "Print the demo survey's satisfaction index as JSON once the worker has stored it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--timeout", type=float, default=120, help="seconds")

    def handle(self, *, timeout: float, **_: Any) -> None:
        deadline = time.monotonic() + timeout
        survey = demo_survey()
        key = survey.versions.get().uses.get().measurement_key
        while time.monotonic() < deadline:
            if stored := series(survey, key):
                self.stdout.write(json.dumps(_shown(stored[-1])))
                return
            if failed := Run.objects.filter(survey=survey, status=Run.Status.FAILED).first():
                raise CommandError(f"the run failed: {failed.error}")
            time.sleep(0.2)
        raise CommandError(f"no index after {timeout:.0f} seconds")


def _shown(stored: Stored) -> dict[str, Any]:
    figure = stored.figures("ml").get("satisfaction")
    if stored.hidden:
        raise CommandError(stored.hidden)
    if figure is None:
        raise CommandError(f"the run gave no index: {stored.estimates['ml'].result['messages']}")
    return {
        "index": round(figure.value, 3),
        "low": None if figure.low is None else round(figure.low, 3),
        "high": None if figure.high is None else round(figure.high, 3),
        "n": figure.n,
        "estimator": "ml",
    }
