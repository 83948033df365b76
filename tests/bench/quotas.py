"""What do quotas cost whoever hands in?

    python tests/bench/quotas.py [--database URL] [--times 300]

Of a database of its own (PostgreSQL where a URL of an existing empty database is given, else SQLite in a
throw-away folder): surveys of 10,000 finished answers; milliseconds to hand one in, median of many, without
quotas, with one, with twenty of which the respondent belongs to one, and to all. In turns, so that what the
machine does meanwhile meets all alike.
"""

import argparse
import os
import secrets
import statistics
import sys
import tempfile
import time
from itertools import count
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PLACES, LARGEST = 10_000, 1_000_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", default="", help="postgres://… of an empty database")
    parser.add_argument("--times", type=int, default=300, help="of each measurement")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        _configure(folder, options.database)
        _measure(options.times)


def _configure(folder: str, database: str) -> None:
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "deploy.settings",
        "BAROMETER_DATA": folder,
        "SECRET_KEY": secrets.token_urlsafe(64),
        "PUBLIC_URL": "http://127.0.0.1",
    }
    os.environ.pop("DATABASE_URL", None)
    if database:
        os.environ["DATABASE_URL"] = database
    sys.path.insert(0, str(ROOT))
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def _measure(times: int) -> None:
    from django.db import connection

    from surveys.models import Quota
    from surveys.quotas import belonging
    from tests.cast import REGION, owner_of, published

    owner = owner_of("bench", "bench@example.org")
    stages = [{**REGION, "code": f"stage{number}"} for number in range(19)]
    surveys = {
        "no quota": (published(owner, segments=[REGION, *stages], name="a"), []),
        "1 quota": (published(owner, segments=[REGION, *stages], name="b"), [{"region": "north"}]),
        "20 quotas, 1 of the respondent's": (
            published(owner, segments=[REGION, *stages], name="c"),
            [{"region": "north"}, *({"region": "south", f"stage{n}": "south"} for n in range(19))],
        ),
        "20 quotas, all of the respondent's": (
            published(owner, segments=[REGION, *stages], name="d"),
            [{"region": "north"}, *({f"stage{n}": "north"} for n in range(19))],
        ),
    }
    for survey, conditions in surveys.values():
        _answered(survey)
        for segments in conditions:
            quota = Quota.objects.create(survey=survey, segments=segments, most=LARGEST)
            belonging.fill(quota, survey.responses.all())
        Quota.objects.update(is_settled=True)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    _hand_in_all(surveys, times)


def _answered(survey: object) -> None:
    from django.utils import timezone

    from surveys.models import Response
    from surveys.periods import period_at

    now, segments = timezone.now(), {"region": "north", **{f"stage{n}": "north" for n in range(19)}}
    version, period = survey.current_version, period_at(survey, now)
    made = (
        Response(
            survey=survey, version=version, period=period, state="finished", finished_at=now, language="en",
            segments=segments,
        )
        for _ in range(PLACES)
    )  # fmt: skip
    Response.objects.bulk_create(made, batch_size=500)


def _hand_in_all(surveys: dict[str, tuple[object, list[object]]], times: int) -> None:
    from surveys.responses.answering import hand_in
    from surveys.responses.keys import chosen_key
    from tests.cast import answers_to

    numbers = count()
    seconds: dict[str, list[float]] = {name: [] for name in surveys}
    for survey, _conditions in surveys.values():
        survey.version = survey.current_version
        pages = answers_to(survey)
        survey.answers = {
            code: int(value) if value.isdigit() else value for page in pages for code, value in page.items()
        }
    for _time in range(times):
        for name, (survey, _conditions) in surveys.items():
            key = chosen_key(survey.version, f"key-{next(numbers)}")
            start = time.perf_counter()
            hand_in(survey, key, survey.answers | {"ecsi.image1": 1 + next(numbers) % 10}, "en")
            seconds[name].append(time.perf_counter() - start)
    base = statistics.median(seconds["no quota"])
    for name, own in seconds.items():
        median = statistics.median(own)
        print(f"{name:36} {1000 * median:6.1f} ms  {median / base:5.2f}")


if __name__ == "__main__":
    main()
