"""Stored runs of a structural model without a fit: figures of which a test says all that matters."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from indices.models import Index, Run
from indices.report.structural import NOTHING
from scoring.instrument.file import builtin
from surveys.models import Period, Survey

ECSI = builtin()["ecsi"]
CODES = [one.code for one in ECSI.constructs]
EFFECTS = {  # on satisfaction, then on loyalty: std and half its interval
    ("image", "satisfaction"): (0.50, 0.10),
    ("expectations", "satisfaction"): (0.30, 0.10),
    ("quality", "satisfaction"): (0.40, 0.10),
    ("value", "satisfaction"): (0.05, 0.10),
    ("image", "loyalty"): (0.40, 0.10),
    ("satisfaction", "loyalty"): (0.60, 0.10),
}
INDEX = dict.fromkeys(CODES, 70.0)


def result(
    indices: Mapping[str, float],
    n: int,
    se: float = 1.0,
    effects: Mapping[tuple[str, str], tuple[float, float]] = EFFECTS,
    **more: Any,
) -> dict[str, Any]:
    """As a fit stores it; every item weighs alike, and every construct spreads by 20 points."""
    items = [(one.code, item.code, len(one.items)) for one in ECSI.constructs for item in one.items]
    found = {
        **NOTHING,
        "status": "ok",
        "structure": "full",
        "n": n,
        "n_used": n,
        "separable": {"satisfaction": True, "loyalty": True},
        "indices": [
            {"construct": code, "index": value, "se": se, "low": value - 1.96 * se, "high": value + 1.96 * se}
            for code, value in indices.items()
        ],
        "weights": [
            {"construct": code, "item": item, "weight": 1 / size, "se": 0.01} for code, item, size in items
        ],
        "items": [
            {"construct": code, "item": item, "mean": indices[code], "se": 1.0,
             "low": indices[code] - 2, "high": indices[code] + 2}
            for code, item, _size in items
        ],
        "spread": dict.fromkeys(indices, 20.0),
        "total_effects": [
            {"from": a, "to": b, "std": std, "se": half / 2, "low": std - half, "high": std + half}
            for (a, b), (std, half) in effects.items()
        ],
    }  # fmt: skip
    return found | more


def stored_run(
    survey: Survey,
    period: Period,
    segment: str = "",
    n: int = 200,
    se: float = 1.0,
    window: int = 1,
    pooled: list[str] | None = None,
    more: Mapping[str, Any] | None = None,
    **indices: float,
) -> Run:
    """A done run by both estimators, `indices` other than 70 by name."""
    version, now = survey.current_version, timezone.now()
    assert version
    same = {
        "survey": survey,
        "period": period,
        "measurement_key": version.uses.get().measurement_key,
        "segment": segment,
        "window": window,
    }
    run = Run.objects.create(
        **same,
        revision=Run.objects.filter(**same).count() + 1,
        trigger="manager",
        status="done",
        responses=n,
        seed=1,
        started_at=now,
        ended_at=now,
        fingerprint="f" * 64,
        settings={"periods": pooled or [period.name], "resamples": 100},
    )
    figures = INDEX | indices
    for estimator in ("ml", "pls"):
        content = {**result(figures, n, se), "estimator": estimator, **(more or {})}
        estimate = run.estimates.create(estimator=estimator, status="ok", n=n, n_used=n, result=content)
        Index.objects.bulk_create(
            Index(estimate=estimate, construct=one["construct"], value=one["index"], se=one["se"],
                  low=one["low"], high=one["high"])
            for one in content["indices"]
        )  # fmt: skip
    return run
