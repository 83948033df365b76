"""Surveys of instruments without a structural model, and months of answers to them."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from indices.models import Estimate, Run
from indices.runs import queue
from indices.tasks import work
from surveys.imports.plan import Plan
from surveys.imports.storing import import_file
from surveys.models import Member, Survey
from tests.cast import page_of, published

Rows = Sequence[Mapping[str, Any]]


def survey_of(
    member: Member, *instruments: str, segments: Sequence[dict[str, Any]] = (), **fields: Any
) -> Survey:
    """A published survey of these instruments, in their order."""
    parts: list[dict[str, Any]] = [{"kind": "instrument", "instrument": one} for one in instruments]
    if "kano" in instruments:
        parts[instruments.index("kano")]["features"] = FEATURES
    parts += [page_of(*segments)] if segments else []
    return published(member, parts=parts, **({"least_base_release": 1} | fields))


FEATURES = [
    {"code": "delivery", "name": {"en": "Same-day delivery", "zh-hans": "当日送达", "zh-hant": "當日送達"}},
    {"code": "chat", "name": {"en": "A chat", "zh-hans": "聊天", "zh-hant": "聊天"}},
]


def add_answers(survey: Survey, month: str, rows: Rows, region: str = "") -> None:
    """Answers of the middle of a month, a mapping of item code to value for each respondent."""
    codes = list(dict.fromkeys(code for row in rows for code in row))
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["date", "region", *codes])
    writer.writerows([f"{month}-15", region, *(row.get(code, "") for code in codes)] for row in rows)
    segments: dict[str, str] = {"region": "region"} if region else {}
    plan = Plan(columns={code: code for code in codes}, date="date", segments=segments)
    name = f"{month}{region}{survey.imports.count()}.csv"
    import_file(survey=survey, content=out.getvalue().encode(), filename=name, plan=plan, by=None)


def nps_rows(promoters: int, passives: int, detractors: int, skipped: int = 0) -> list[dict[str, Any]]:
    given = [10] * promoters + [8] * passives + [0] * detractors + [""] * skipped
    return [{"nps.score": one} for one in given]


def key_of(survey: Survey, instrument: str) -> str:
    version = survey.current_version
    assert version
    return version.uses.get(instrument_id=instrument).measurement_key


def worked(survey: Survey, instrument: str, month: str, segment: str = "", window: int = 1) -> Run:
    """The month's figures, computed by a worker."""
    period = survey.periods.get(name=month)
    run = queue.request(
        survey, period, key_of(survey, instrument), segment, Run.Trigger.MANAGER, window=window
    )
    work(run.pk)
    run.refresh_from_db()
    assert run.status == Run.Status.DONE, run.error
    return run


def estimate_of(run: Run) -> Estimate:
    return run.estimates.get(estimator="score")


def scores_of(run: Run) -> dict[str, float]:
    return dict(estimate_of(run).scores.values_list("code", "value"))
