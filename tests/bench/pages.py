"""How long do the home page and a report take where an organisation holds a great deal?

    python -m tests.bench.pages --database URL [--surveys 100] [--periods 36] [--segments 30] [--requests 40]

URL names an empty PostgreSQL database, or one that an earlier call filled: then it is measured as it is.
Stored are made-up runs as workers store them: everybody's and every segment's of every month, with both
estimates, all indices, the comparison with the month before and its changes, and daily blocks of answers.
Whole results (17 kB each, as of ECSI) stand with everybody's runs and with the newest month's segments; those
of older segments, which no page reads, are cut short. Nothing is fitted.

Pages are asked for through Django's test client in this process, with everything warm; times are those of
the server, without network. A process's own processor time, which the database's is no part of, depends least
on what else the machine does. Reports go round all surveys, so that no page is asked for twice in a row.
"""

import argparse
import gzip
import os
import random
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
ESTIMATORS, HEADLINE = ("ml", "pls"), ("satisfaction", "loyalty")
DAYS, DAILY = 63, 12  # of answers by day before today, and how many a day


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory() as folder:
        _configure(folder, options.database)
        from surveys.models import Survey

        if not Survey.objects.exists():
            _fill(options)
        _show(options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", required=True, help="postgresql://…")
    for name, default in (("surveys", 100), ("periods", 36), ("segments", 30), ("requests", 40)):
        parser.add_argument(f"--{name}", type=int, default=default)
    return parser.parse_args()


def _configure(folder: str, database: str) -> None:
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "deploy.settings",
        "BAROMETER_DATA": folder,
        "DATABASE_URL": database,
        "SECRET_KEY": secrets.token_urlsafe(64),
        "LOG_LEVEL": "ERROR",
        "PUBLIC_URL": "http://testserver",
    }
    sys.path.insert(0, str(ROOT))
    import django
    from django.conf import settings
    from django.core.management import call_command

    django.setup()
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    call_command("migrate", verbosity=0)


def _fill(options: argparse.Namespace) -> None:
    from django.db import connection

    from tests.cast import owner_of

    member = owner_of("bench", "bench@example.org")
    draw = random.Random(1)
    for number in range(options.surveys):
        _survey(member, number, options, draw)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _survey(member: Any, number: int, options: argparse.Namespace, draw: random.Random) -> None:
    from tests.cast import published

    question = {
        "code": "branch",
        "type": "single",
        "segment": True,
        "text": dict.fromkeys(("en", "zh-hans", "zh-hant"), "Branch"),
        "options": [
            {"code": f"b{i}", "text": dict.fromkeys(("en", "zh-hans", "zh-hant"), f"Branch {i}")}
            for i in range(options.segments)
        ],
    }
    survey = published(member, name=f"{TOWNS[number % len(TOWNS)]} {number + 1}", segments=[question])
    periods = _periods(survey, options.periods)
    segments = ["", *(f"branch:b{i}" for i in range(options.segments))]
    _answers(survey, periods, draw)
    level, before = draw.uniform(60, 80), {}
    for place, period in enumerate(periods):
        level += draw.gauss(0, 0.8)
        is_newest = place == len(periods) - 1
        before = _month(survey, period, segments, level, before, is_newest, draw)


TOWNS = (
    "Aarhus",
    "Bergen",
    "Cork",
    "Delft",
    "Evora",
    "Faro",
    "Ghent",
    "Izmir",
    "Jena",
    "Kyoto",
    "Lyon",
    "Oulu",
)


def _periods(survey: Any, count: int) -> list[Any]:
    """Months up to this one; all but the last three are released, and only the last is open."""
    from surveys.models import Period
    from surveys.periods import month_bounds

    first, found = date.today() + timedelta(days=1), []
    for _place in range(count):
        name, first, last = month_bounds(first - timedelta(days=1))
        found.append(Period(survey=survey, name=name, first_day=first, last_day=last))
    found.reverse()
    now = datetime.now(UTC)
    for place, period in enumerate(found):
        period.closed_at = now if place < count - 1 else None
        period.released_at = now if place < count - 3 else None
    return Period.objects.bulk_create(found)


def _answers(survey: Any, periods: Sequence[Any], draw: random.Random) -> None:
    """Blocks of which the numbers alone are read: daily ones of late, one for each earlier month."""
    from surveys.models import AnswerBlock

    version = survey.current_version
    today = date.today()
    days = [today - timedelta(days=1 + i) for i in range(DAYS)]
    share = draw.choice([1, 1, 1, 1, 0.3])  # of one in five surveys the last week brings less
    blocks = []
    for day in (*days, *(period.first_day for period in periods[:-4])):
        period = next(one for one in periods if one.first_day <= day <= one.last_day)
        is_late = day > today - timedelta(days=8)
        daily = round(DAILY * draw.uniform(0.7, 1.3) * (share if is_late else 1))
        n = daily if day >= days[-1] else 900
        held = {"codes": b"", "keys": b"", "marks": b""}
        blocks.append(AnswerBlock(survey=survey, version=version, period=period, day=day, n=n, **held))
    AnswerBlock.objects.bulk_create(blocks)


def _month(
    survey: Any,
    period: Any,
    segments: Sequence[str],
    level: float,
    before: dict[str, Any],
    is_newest: bool,
    draw: random.Random,
) -> dict[str, Any]:
    """Store the month's runs with all that belongs to them; gives them by segment."""
    from indices.models import Change, Comparison, Estimate, Index, Run

    key = survey.current_version.uses.get().measurement_key
    now = datetime.now(UTC)
    runs = Run.objects.bulk_create(
        Run(
            survey=survey, period=period, measurement_key=key, segment=segment, revision=1, status="done",
            trigger="schedule", attempts=1, stage="storing", progress=1, started_at=now, ended_at=now,
            responses=draw.randint(28, 32) if segment else 900, missing={}, model="", seed=1,
            settings={"resamples": 1000, "missing": "fiml", "periods": [period.name]},
            versions={"barometer": "0.1.0"}, released_at=period.released_at,
        )
        for segment in segments
    )  # fmt: skip
    estimates = Estimate.objects.bulk_create(
        Estimate(
            run=run, estimator=one, status=status, n=run.responses, n_used=run.responses,
            result=_result(one, run, status, not run.segment or is_newest),
        )
        for run in runs
        for one in ESTIMATORS
        for status in (_status(run, one, draw),)
    )  # fmt: skip
    Index.objects.bulk_create(
        Index(estimate=one, construct=code, value=value, se=1.0, low=value - 2, high=value + 2)
        for one in estimates
        if one.status == "ok"
        for code in CONSTRUCTS
        for value in (min(97.0, max(3.0, level + draw.gauss(0, 1.5))),)
    )
    compared = Comparison.objects.bulk_create(
        Comparison(
            run=run, against=before[run.segment], kind="previous", tests={},
            verdict="none" if draw.random() < 0.02 else "full",
        )
        for run in runs
        if run.segment in before
    )  # fmt: skip
    Change.objects.bulk_create(
        Change(
            comparison=one, estimator=by, construct=code, earlier=level, later=level + move,
            difference=move, se=1.4, low=move - 2.8, high=move + 2.8, z=move / 1.4, p=0.5,
        )
        for one in compared
        for by in ESTIMATORS
        for code in HEADLINE
        for move in (draw.gauss(0, 1.5),)
    )  # fmt: skip
    return {run.segment: run for run in runs}


CONSTRUCTS = ("image", "expectations", "quality", "value", "satisfaction", "complaints", "loyalty")


def _status(run: Any, estimator: str, draw: random.Random) -> str:
    refused = estimator == "ml" and not run.segment and draw.random() < 0.02
    return "improper" if refused else "ok"


def _result(estimator: str, run: Any, status: str, is_whole: bool) -> dict[str, Any]:
    """In the form that `python -m scoring fit --json` prints, as long as one of ECSI."""
    from indices.report.structural import NOTHING

    short = {
        **NOTHING,
        "status": status,
        "structure": "full",
        "estimator": estimator,
        "n_used": run.responses,
    }
    if status != "ok":
        return short | {"issues": [{"code": "measurement_failed", "params": {}, "text": ""}]}
    if not is_whole:
        return short
    ends = {
        "est": 0.512345678,
        "se": 0.0412345678,
        "std": 0.4812345678,
        "low": 0.41,
        "high": 0.56,
        "p": 0.001,
    }
    pairs = [(a, b) for a in CONSTRUCTS for b in CONSTRUCTS[CONSTRUCTS.index(a) + 1 :]]
    return short | {
        "loadings": [{"construct": CONSTRUCTS[i % 7], "item": f"item{i}", **ends} for i in range(24)],
        "weights": [{"construct": CONSTRUCTS[i % 7], "item": f"item{i}", **ends} for i in range(24)],
        "paths": [{"from": a, "to": b, **ends} for a, b in pairs[::2]],
        "total_effects": [{"from": a, "to": b, **ends} for a, b in pairs],
        "r2": dict.fromkeys(CONSTRUCTS[1:], 0.5),
        "separable": dict.fromkeys(CONSTRUCTS[1:], True),
        "htmt": [{"a": a, "b": b, "value": 0.7} for a, b in pairs],
    }


def _show(options: argparse.Namespace) -> None:
    print("| page | queries | median, ms | 95th percentile, ms | own processor time, ms | kB | kB gzipped |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for name, addresses in _pages().items():
        print(_row(name, addresses, options.requests))


def _pages() -> dict[str, list[str]]:
    from surveys.models import Survey

    surveys = list(Survey.objects.order_by("pk"))
    reports = [f"/o/bench/surveys/{one.public_id}/report/" for one in surveys]
    return {
        "home": ["/o/bench/"],
        "home, found by name": ["/o/bench/?q=cork&sort=name"],
        "home, by the API": ["/api/v1/organisations/bench/home/"],
        "report": reports,
        "report of a segment": [f"{one}?segment=branch:b3" for one in reports],
    }


def _row(name: str, addresses: Sequence[str], requests: int) -> str:
    client = _client()
    for address in addresses[:3]:
        client.get(address)
    page, queries = _counted(client, addresses[0])
    assert page.status_code == 200, page.status_code
    began = time.process_time()
    taken = sorted(_timed(client, addresses, requests))
    own = (time.process_time() - began) / requests
    high = statistics.quantiles(taken, n=20)[-1]
    weight, packed = len(page.content), len(gzip.compress(page.content, 6))
    ms = f"{1000 * statistics.median(taken):.0f} | {1000 * high:.0f} | {1000 * own:.0f}"
    return f"| {name} | {queries} | {ms} | {weight / 1000:.0f} | {packed / 1000:.0f} |"


def _counted(client: Any, address: str) -> tuple[Any, int]:
    """The page, and how many queries it took."""
    from django.db import connection

    asked: list[str] = []

    def note(execute: Any, sql: str, *rest: Any) -> Any:
        asked.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(note):
        page = client.get(address)
    return page, len(asked)


def _timed(client: Any, addresses: Sequence[str], requests: int) -> Iterator[float]:
    for i in range(requests):
        began = time.perf_counter()
        client.get(addresses[i % len(addresses)])
        yield time.perf_counter() - began


def _client() -> Any:
    from django.test import Client

    from surveys.models import User

    client = Client()
    client.force_login(User.objects.get())
    return client


if __name__ == "__main__":
    main()
