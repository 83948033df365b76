"""What does a refresh after 1,000 new answers cost on a survey that holds many, and a window's moments?

    python -m tests.bench.refresh --database URL [--sizes 10000,1000000,10000000] [--rounds 5]

URL names an empty PostgreSQL database. Each survey holds so many ECSI answers without a gap (24 items, 30
units), spread evenly over the days of a year: rows, blocks and sums, written in bulk; above --rows answers
blocks and sums only, since writing the rows takes long and a refresh reads none of them. A round adds 1,000
answers to the last month of each survey in turn and takes the time of everything that follows: noticing them,
folding them, and computing the month and the rolling year (which holds all answers) by both estimators, with
errors, comparisons and storing. So the sizes meet the same noise. The first round of each is not counted: it
forms the sums over random groups. Then windows of days are drawn at random for one unit on the largest.
"""

import argparse
import json
import os
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
FIRST, LAST = date(2025, 1, 1), date(2025, 12, 31)
POOL, NEW, UNITS, WINDOWS = 10_000, 1_000, 30, 40


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory() as folder:
        _configure(folder, options.database)
        sizes = [int(size) for size in options.sizes.split(",")]
        surveys = [(size, _held(size, size <= options.rows)) for size in sizes]
        for _size, survey in surveys:
            _refreshed(survey)
        rounds = [(size, _refreshed(survey)) for _round in range(options.rounds) for size, survey in surveys]
        _show(sizes, rounds)
        _show_windows(*surveys[-1])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", required=True, help="postgresql://… of an empty database")
    parser.add_argument("--sizes", default="10000,1000000,10000000")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--rows", type=int, default=1_000_000, help="of a survey, up to which rows are written"
    )
    return parser.parse_args()


def _configure(folder: str, database: str) -> None:
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "deploy.settings",
        "BAROMETER_DATA": folder,
        "SECRET_KEY": secrets.token_urlsafe(64),
        "DATABASE_URL": database,
        "LOG_LEVEL": "WARNING",
    }
    sys.path.insert(0, str(ROOT))
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    import deploy.celery  # noqa: F401  messages go to files that nobody reads


# ---------------------------------------------------------------- answers


def _pool() -> list[dict[str, Any]]:
    """So many different answers, drawn once; a survey's answers repeat them."""
    from tests.indices.change_cast import ITEMS, answers

    units = np.random.default_rng(1).integers(UNITS, size=POOL)
    rows = answers(7, POOL)
    return [
        {
            "answers": {f"ecsi.{item}": int(one) for item, one in zip(ITEMS, row, strict=True)},
            "unit": f"u{unit}",
        }
        for row, unit in zip(rows, units, strict=True)
    ]


def _held(size: int, has_rows: bool) -> Any:
    """A survey with so many answers, as if they had been folded day by day."""
    from django.db import connection

    from tests.cast import owner_of, published

    unit = {
        "code": "unit",
        "type": "single",
        "segment": True,
        "text": {"en": "Unit"},
        "options": [{"code": f"u{number}", "text": {"en": f"Unit {number}"}} for number in range(UNITS)],
    }
    member = owner_of(f"bench{size}", f"bench{size}@example.org")
    survey = published(member, segments=[unit], languages=["en"], rolling=12)
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE pool (place integer PRIMARY KEY, answers jsonb, segments jsonb)"
        )
        rows = [
            (n, json.dumps(one["answers"]), json.dumps({"unit": one["unit"]}))
            for n, one in enumerate(_pool())
        ]
        cursor.executemany("INSERT INTO pool VALUES (%s, %s, %s)", rows)
        began = time.perf_counter()
        _write(survey, size, cursor, has_rows)
        cursor.execute("DROP TABLE pool")
        cursor.execute("SELECT setval('surveys_response_id_seq', (SELECT max(id) FROM surveys_response))")
        cursor.execute("VACUUM ANALYZE surveys_response")
        cursor.execute("ANALYZE")
    print(f"{size:,} answers written in {time.perf_counter() - began:.0f} s", flush=True)
    return survey


def _write(survey: Any, size: int, cursor: Any, has_rows: bool) -> None:
    from surveys.blocks import sums
    from surveys.blocks.folding import packed_rows
    from surveys.blocks.packing import LARGEST, pack_into
    from surveys.models import AnswerBlock, Response
    from surveys.periods import period_of_day

    version = survey.current_version
    days = [FIRST + timedelta(days=number) for number in range((LAST - FIRST).days + 1)]
    newest = Response.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    ends = np.linspace(0, size, len(days) + 1).astype(int).tolist()
    pool = packed_rows(
        version,
        [
            (n, version.pk, 0, None, "en", {"unit": one["unit"]}, one["answers"])
            for n, one in enumerate(_pool())
        ],
    )
    for day, begin, end in zip(days, ends[:-1], ends[1:], strict=True):
        period = period_of_day(survey, day)
        assert period
        for start in range(begin, end, LARGEST):
            keys = np.arange(start, min(start + LARGEST, end)) + newest + 1
            rows = pool.chosen(keys % POOL)
            rows = type(rows)(rows.codes, keys.astype(np.int64), rows.marks, rows.fields)
            block = AnswerBlock(survey=survey, version=version, period=period, day=day)
            pack_into(block, rows)
            block.save()
            sums.change(survey, version, period.pk, day, rows, sign=1)
            if has_rows:
                cursor.execute(
                    INSERT,
                    [
                        survey.pk,
                        version.pk,
                        period.pk,
                        _noon(day),
                        block.pk,
                        int(keys[0]),
                        int(keys[-1]),
                        POOL,
                    ],
                )


INSERT = (
    "INSERT INTO surveys_response (id, survey_id, version_id, period_id, state, origin, language,"
    " answers, segments, page, answers_digest, flags, is_excluded, finished_at, block_id)"
    " SELECT key, %s, %s, %s, 'finished', 'import', 'en', answers, segments, '', '', '{}', false, %s, %s"
    " FROM generate_series(%s, %s) AS key JOIN pool ON place = key %% %s"
)


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def _add(survey: Any) -> None:
    from surveys.models import Response
    from surveys.periods import period_of_day

    period, chosen = period_of_day(survey, LAST), np.random.default_rng().integers(POOL, size=NEW)
    pool = _pool()
    Response.objects.bulk_create(
        Response(
            survey=survey,
            version=survey.current_version,
            period=period,
            state="finished",
            origin="import",
            language="en",
            answers=pool[place]["answers"],
            segments={"unit": pool[place]["unit"]},
            finished_at=_noon(LAST),
        )
        for place in chosen
    )


# ---------------------------------------------------------------- what is timed


def _refreshed(survey: Any) -> dict[str, float]:
    """Seconds of each stage after 1,000 answers came."""
    from django.utils import timezone

    from indices.runs import queue
    from indices.runs.compute import compute
    from indices.runs.schedule import due
    from surveys.blocks.folding import fold
    from surveys.periods import period_of_day

    _add(survey)
    survey.refresh = "hourly"
    period, taken = period_of_day(survey, LAST), {}
    assert period
    with _timed(taken, "noticing"):
        wanted = list(due(survey, timezone.now() + timedelta(hours=2)))
    assert {one.window for one in wanted if one.period == period} == {1, 12}
    with _timed(taken, "folding"):
        assert fold(survey) == NEW
    for window, name in ((1, "month"), (12, "year")):
        key = wanted[0].measurement_key
        run = queue.request(survey, period, key, "", "schedule", None, window)
        with _timed(taken, name):
            claimed = queue.claim(run.pk)
            assert claimed
            compute(claimed)
    return {**taken, "all": sum(taken.values())}


@contextmanager
def _timed(taken: dict[str, float], name: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    taken[name] = time.perf_counter() - began


def _show(sizes: list[int], rounds: list[tuple[int, dict[str, float]]]) -> None:
    stages = list(rounds[0][1])
    print(f"\n| answers held | {' | '.join(stages)} | ratio |\n|---:|{'---:|' * (len(stages) + 1)}")
    middle = {
        size: {name: statistics.median(one[name] for held, one in rounds if held == size) for name in stages}
        for size in sizes
    }
    for size in sizes:
        shown = " | ".join(f"{middle[size][name]:.3f}" for name in stages)
        print(f"| {size:,} | {shown} | {middle[size]['all'] / middle[sizes[0]]['all']:.2f} |")
    spread = [one["all"] for _size, one in rounds]
    print(
        f"\nmedian seconds of {len(rounds) // len(sizes)} rounds; all: {min(spread):.2f} to {max(spread):.2f}"
    )


def _show_windows(size: int, survey: Any) -> None:
    """The moments of one unit over windows of days drawn at random."""
    from surveys.blocks.reading import tally_of_days

    key = survey.versions.get().uses.get().measurement_key
    rng, taken = np.random.default_rng(3), []
    for _window in range(WINDOWS):
        first, last = sorted(FIRST + timedelta(days=int(day)) for day in rng.integers(365, size=2))
        began = time.perf_counter()
        found = tally_of_days(survey, key, first, last, f"unit:u{rng.integers(UNITS)}", 24)
        taken.append(time.perf_counter() - began)
        assert found.n
    low, middle, high = min(taken), statistics.median(taken), max(taken)
    print(f"\nmoments of a window of days and one unit among {size:,} answers, 24 items: "
          f"median {1000 * middle:.0f} ms, {1000 * low:.0f} to {1000 * high:.0f} ms")  # fmt: skip


if __name__ == "__main__":
    main()
