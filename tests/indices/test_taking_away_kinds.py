"""Weighted runs, runs over sums and runs of scores are computed again from their folders too."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from indices.models import Run
from surveys import weighting
from surveys.models import Member
from tests.cast import REGION, owner_of, published, signed_in
from tests.indices import score_cast
from tests.indices.change_cast import add_month, answers, worked
from tests.indices.test_taking_away import files_of, run_outside, unpacked

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.figures]


@pytest.fixture(autouse=True)
def _few_resamples(settings: Any) -> None:
    settings.RUN_RESAMPLES = 100


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


def computed_again(member: Member, run: Run, folder: Path) -> dict[str, str]:
    """The folder's files, after its commands were run and found nothing to differ."""
    files = files_of(signed_in(member), run)
    done = [run_outside(command, folder) for command in unpacked(files, folder)]
    assert done and [one.returncode for one in done] == [0] * len(done), [
        one.stdout + one.stderr for one in done
    ]
    return files


@pytest.mark.parametrize("segment", ["", "region:south"])
def test_a_weighted_run_is_computed_again_with_its_errors(
    alice: Member, tmp_path: Path, segment: str
) -> None:
    survey = published(alice, segments=[REGION])
    for region, rows in (("north", answers(1, 90)), ("south", answers(2, 60)), ("", answers(3, 10))):
        add_month(survey, "2026-01", rows, region)
    margins = {"region": {"north": 30, "south": 70}}
    trim = {"least": 0.3, "largest": 2}
    weighting.change(survey, {"unit": "count", "margins": margins, "trim": trim})
    run = worked(survey, "2026-01", segment)
    files = computed_again(alice, run, tmp_path)
    header, *rows = csv.reader(io.StringIO(files["answers.csv"]))
    weights = {float(row[header.index("weight")]) for row in rows}
    assert max(weights) == pytest.approx(0.7 / 0.4)
    assert len(weights) == (1 if segment else 3) and "raked" in files["README.md"]
    assert {row[header.index("own.region")] for row in rows} == (
        {"south"} if segment else {"north", "south", ""}
    )
    assert ("sample.csv" in files) == bool(segment) and '"se"' not in files["compare.py"]
    for estimator in ("ml", "pls"):
        stored, again = (
            json.loads((tmp_path / f"{estimator}{end}.json").read_text(encoding="utf-8"))
            for end in ("", ".again")
        )
        ends = [(row["se"], row["low"], row["high"]) for row in stored["indices"]]
        assert len(ends) > 3
        assert [(row["se"], row["low"], row["high"]) for row in again["indices"]] == [
            pytest.approx(one, rel=1e-9) for one in ends
        ]
        assert again["fit"] == pytest.approx(stored["fit"], rel=1e-9)


def test_a_run_over_sums_is_computed_again_with_its_errors(
    alice: Member, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indices.runs.answers_read.LARGEST_DELETE_ONE", 250)
    survey = published(alice)
    add_month(survey, "2026-01", answers(1, 300))
    run = worked(survey, "2026-01")
    assert run.settings["summed"] is True
    files = computed_again(alice, run, tmp_path)
    assert "answers.csv" not in files and "random groups" in files["README.md"]
    stored, again = (
        json.loads((tmp_path / f"ml{end}.json").read_text(encoding="utf-8")) for end in ("", ".again")
    )
    assert [one["se"] for one in again["indices"]] == pytest.approx([one["se"] for one in stored["indices"]])


def test_a_later_month_is_compared_with_one_over_sums(alice: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("indices.runs.answers_read.LARGEST_DELETE_ONE", 250)
    survey = published(alice)
    add_month(survey, "2026-01", answers(1, 300))
    worked(survey, "2026-01")
    add_month(survey, "2026-02", answers(2, 300, moved={"quality4": 1}))
    run = worked(survey, "2026-02")
    comparison = run.comparisons.get()
    assert {one["item"] for one in comparison.moved} == {"quality4"} and comparison.changes.exists()


@pytest.mark.parametrize(
    ("kind", "segment", "is_weighted"),
    [
        ("nps", "", True),
        ("nps", "region:south", True),
        ("csat", "", False),
        ("ces", "", True),
        ("kano", "", True),
        ("servqual", "", True),
        ("servperf", "region:south", True),
        ("servqual_zone", "", True),
    ],
)
def test_scores_are_computed_again_by_their_command(
    alice: Member, tmp_path: Path, kind: str, segment: str, is_weighted: bool
) -> None:
    rng = np.random.default_rng(3)
    survey = score_cast.survey_of(alice, kind, segments=[REGION])
    instrument = survey.current_version.content.instruments[kind]
    scales = {item.code: item.scale for item in instrument.items if item.kind != "points"}
    points = {item.code for item in instrument.items} - scales.keys()
    for region, n in (("north", 50), ("south", 35), ("", 5)):
        rows = [
            {f"{kind}.{code}": int(rng.choice(scale.points)) for code, scale in scales.items()}
            | {f"{kind}.{code}": 20 if place else 21 for code in points}
            for place in range(n)
        ]
        score_cast.add_answers(survey, "2026-01", rows, region)
    if is_weighted:
        margins = {"region": {"north": 30, "south": 70}}
        weighting.change(survey, {"unit": "count", "margins": margins, "trim": None})
    run = score_cast.worked(survey, kind, "2026-01", segment)
    files = computed_again(alice, run, tmp_path)
    assert "model.lav" not in files and json.loads(files["score.json"])["status"] == "ok"
    assert ("margins.json" in files, "sample.csv" in files) == (is_weighted, bool(segment))
    again = json.loads((tmp_path / "score.again.json").read_text(encoding="utf-8"))
    assert is_weighted == ("n_effective" in json.dumps(again))
    assert ("points" in json.dumps(files["score.json"])) == bool(points)
