"""Runs of NPS, CSAT, CES, SERVQUAL and Kano: from imported answers to the figures that are stored."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from indices.models import FiguresBy, Run, Score
from indices.runs.counted import Base, Counted
from indices.runs.schedule import due, request_due_runs
from indices.tasks import work
from scoring.__main__ import main
from scoring.instrument.file import builtin
from surveys.catalogue import add_instrument
from surveys.models import Member
from tests.cast import ECSI, own_nps, owner_of, published
from tests.indices.score_cast import (
    Rows,
    add_answers,
    estimate_of,
    key_of,
    nps_rows,
    scores_of,
    survey_of,
    worked,
)

pytestmark = [pytest.mark.django_db, pytest.mark.figures]
DIMENSIONS = ("tangibles", "reliability", "responsiveness", "assurance", "empathy")
Command = Callable[..., dict[str, Any]]


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


@pytest.fixture
def command(tmp_path: Path, capsys: Any) -> Command:
    """What `python -m scoring NAME DATA.csv --json` prints of these rows."""

    def call(name: str, rows: Rows, *options: str) -> dict[str, Any]:
        path = tmp_path / "data.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        assert main([name, str(path), *options, "--json"]) == 0
        printed: dict[str, Any] = json.loads(capsys.readouterr().out)
        return printed

    return call


def some_rows(instrument: str, codes: dict[str, tuple[int, int]], n: int = 40) -> list[dict[str, Any]]:
    """Answers between the ends given for each item code, one in ten of them skipped."""
    rng = np.random.default_rng(7)
    return [
        {
            f"{instrument}.{code}": int(rng.integers(low, high + 1)) if rng.random() > 0.1 else ""
            for code, (low, high) in codes.items()
        }
        for _row in range(n)
    ]


def renamed(rows: Rows, names: dict[str, str]) -> list[dict[str, Any]]:
    return [{names[code]: value for code, value in row.items()} for row in rows]


def holds(stored: Any, printed: Any) -> None:
    """All that is printed is stored, to the last digit but one; more may be."""
    if isinstance(printed, dict):
        for key in printed:
            holds(stored[key], printed[key])
    elif isinstance(printed, list):
        for one, other in zip(stored, printed, strict=True):
            holds(one, other)
    else:
        assert stored == (pytest.approx(printed, rel=1e-12) if isinstance(printed, float) else printed)


def test_skipped_answers_are_in_no_base_of_a_net_promoter_score(alice: Member) -> None:
    survey = survey_of(alice, "nps")
    add_answers(survey, "2026-01", nps_rows(50, 30, 20, skipped=25))
    run = worked(survey, "nps", "2026-01")
    estimate = estimate_of(run)
    assert (estimate.status, estimate.n, estimate.n_used) == ("ok", 125, 100)
    score = Score.objects.get()
    assert (score.code, score.kind, score.value, score.n) == ("nps", "nps", 30.0, 100)
    assert score.low and score.high and score.low < 30 < score.high and score.counts == [50, 30, 20]
    assert run.missing == {"score": {"skipped": 25}}
    assert run.settings == {
        "kind": "nps", "level": 0.95, "interval": "adjusted_wald", "periods": ["2026-01"]
    }  # fmt: skip
    assert (run.seed, run.model, bool(run.fingerprint), "numpy" in run.versions) == (None, "", True, True)


def test_a_stored_net_promoter_score_is_the_commands(alice: Member, command: Command) -> None:
    survey, rows = survey_of(alice, "nps"), some_rows("nps", {"score": (0, 10)})
    add_answers(survey, "2026-01", rows)
    stored = estimate_of(worked(survey, "nps", "2026-01"))
    printed = command("nps", renamed(rows, {"nps.score": "score"}), "--column", "score")
    holds(stored.result, printed)
    assert stored.scores.get().value == printed["nps"]


def test_stored_gaps_are_the_commands(alice: Member, command: Command) -> None:
    statements = {f"{letter}{i}": (4 - (letter == "p"), 7) for letter in "ep" for i in range(1, 23)}
    rows = some_rows("servqual", statements)
    rng = np.random.default_rng(11)
    for row in rows:
        points = rng.multinomial(100, [0.11, 0.32, 0.22, 0.19, 0.16])
        row |= {f"servqual.w_{name}": int(one) for name, one in zip(DIMENSIONS, points, strict=True)}
    survey = survey_of(alice, "servqual")
    add_answers(survey, "2026-01", rows)
    run = worked(survey, "servqual", "2026-01")
    names = {f"servqual.{code}": code.upper() for code in statements}
    printed = command(
        "servqual", renamed(rows, names | {f"servqual.w_{one}": f"W_{one}" for one in DIMENSIONS})
    )
    holds(estimate_of(run).result, printed)
    scores = scores_of(run)
    # The run reads its rows in another order than the command, which sums show in their last digit.
    assert scores["unweighted"] == pytest.approx(printed["unweighted"], abs=1e-12)
    assert scores["weighted"] == pytest.approx(printed["weighted"], abs=1e-12)
    assert scores["gap.reliability"] == pytest.approx(printed["dimensions"]["reliability"]["gap"], abs=1e-12)
    assert len(scores) == 2 + 5 + 22


def test_stored_zones_are_the_commands(alice: Member, command: Command) -> None:
    ends = {"a": (3, 6), "d": (6, 9), "p": (4, 9)}
    items = {f"{letter}{i}": ends[letter] for letter in "adp" for i in range(1, 23)}
    survey, rows = survey_of(alice, "servqual_zone"), some_rows("servqual_zone", items)
    add_answers(survey, "2026-01", rows)
    run = worked(survey, "servqual_zone", "2026-01")
    printed = command("servqual", renamed(rows, {f"servqual_zone.{code}": code.upper() for code in items}))
    holds(estimate_of(run).result, printed)
    assert scores_of(run)["msa.empathy"] == pytest.approx(printed["dimensions"]["empathy"]["msa"])


def test_stored_features_are_the_commands(alice: Member, command: Command) -> None:
    ends = {"functional": (1, 3), "dysfunctional": (2, 5), "importance": (1, 9)}
    items = {f"{one}_{name}": ends[name] for one in ("delivery", "chat") for name in ends}
    survey, rows = survey_of(alice, "kano"), some_rows("kano", items)
    add_answers(survey, "2026-01", rows)
    run = worked(survey, "kano", "2026-01")
    columns = {f"kano.{one}_{name}": f"{one}.{name}" for one in ("delivery", "chat") for name in ends}
    printed = command("kano", renamed(rows, columns))
    holds(estimate_of(run).result, printed)
    assert scores_of(run)["better.delivery"] == printed["features"][0]["better"]
    assert run.settings["table"] == "berger" and run.settings["wording"] == "taken_for_granted"


def test_stored_perceptions_are_those_of_servqual(alice: Member, command: Command) -> None:
    """The same perceptions against one expectation: every gap is the perception less it."""
    items = {f"p{i}": (3, 7) for i in range(1, 23)}
    survey, rows = survey_of(alice, "servperf"), some_rows("servperf", items)
    add_answers(survey, "2026-01", rows)
    scores = scores_of(worked(survey, "servperf", "2026-01"))
    columns = renamed(rows, {f"servperf.{code}": code.upper() for code in items})
    expected = {f"E{i}": 7 for i in range(1, 23)}
    printed = command("servqual", [row | expected for row in columns])
    assert scores["unweighted"] == pytest.approx(printed["unweighted"] + 7)
    assert scores["perception.assurance"] == pytest.approx(printed["dimensions"]["assurance"]["gap"] + 7)
    assert "weighted" not in scores


def test_a_share_has_the_published_interval_and_its_box_is_kept(alice: Member) -> None:
    """81 of 263 and Wilson's limits (Newcombe 1998, Table I)."""
    survey = survey_of(alice, "csat")
    given = [5] * 40 + [4] * 41 + [3] * 100 + [1] * 82 + [""] * 9
    add_answers(survey, "2026-01", [{"csat.score": one} for one in given])
    run = worked(survey, "csat", "2026-01")
    score = Score.objects.get(code="csat")
    assert (score.low, score.high) == pytest.approx((25.53, 36.62), abs=0.006)
    assert (score.value, score.n, score.counts) == (pytest.approx(100 * 81 / 263), 263, [81])
    assert run.settings["box"] == [4, 5] and scores_of(run)["answer.mean"] == pytest.approx(746 / 263)


def test_where_nobody_answered_there_is_no_figure(alice: Member) -> None:
    survey = survey_of(alice, "nps", "csat")
    add_answers(survey, "2026-01", [{"nps.score": "", "csat.score": 4}] * 3)
    estimate = estimate_of(worked(survey, "nps", "2026-01"))
    assert (estimate.status, estimate.n, estimate.n_used) == ("too_few", 3, 0)
    assert not estimate.scores.exists()
    assert {estimate.result[name] for name in ("nps", "se", "low", "high")} == {None}


def test_an_instrument_of_ones_own_is_scored_by_its_kind(alice: Member) -> None:
    text = own_nps("recommending").replace('id = "nps"', 'id = "advocates"')
    add_instrument(alice.organisation, text, "own.toml", None)
    survey = survey_of(alice, "recommending")
    add_answers(survey, "2026-01", [{"recommending.score": one} for one in (10, 9, 0, 7)])
    assert scores_of(worked(survey, "recommending", "2026-01")) == {"advocates": 25.0}


def test_every_instrument_of_a_survey_is_due_counted_and_computed_once(alice: Member, settings: Any) -> None:
    settings.RUN_RESAMPLES = 20
    parts = [{"kind": "instrument", "instrument": "nps"}, ECSI, {"kind": "instrument", "instrument": "csat"}]
    survey = published(alice, parts=parts, refresh_after=1)
    rows = [{"nps.score": 3, "ecsi.image1": 5, "csat.score": 4}] * 2
    add_answers(survey, "2026-01", rows)
    request_due_runs()
    keys = {key_of(survey, one) for one in ("nps", "ecsi", "csat")}
    period = survey.periods.get()
    assert Counted(survey).bases == {(key, period.pk): Base(2) for key in keys}
    assert set(Run.objects.values_list("measurement_key", flat=True)) == keys and Run.objects.count() == 3
    for run in Run.objects.all():
        work(run.pk)
    assert set(Run.objects.values_list("status", flat=True)) == {"done"}
    assert Score.objects.get(code="nps").value == -100
    assert not list(due(survey, period.closed_at or run.queued_at))
    add_answers(survey, "2026-01", rows[:1])
    assert {one.measurement_key for one in due(survey, run.queued_at)} == keys


def test_a_run_that_is_worked_again_replaces_its_scores(alice: Member) -> None:
    survey = survey_of(alice, "nps")
    add_answers(survey, "2026-01", nps_rows(5, 3, 2))
    first = worked(survey, "nps", "2026-01")
    Run.objects.filter(pk=first.pk).update(status="queued")
    work(first.pk)
    assert Score.objects.get().value == 30
    add_answers(survey, "2026-01", nps_rows(0, 0, 10))
    second = worked(survey, "nps", "2026-01")
    assert scores_of(second) == {"nps": -35.0} and scores_of(first) == {"nps": 30.0}


def test_every_kind_of_instrument_has_a_way_to_be_scored() -> None:
    from scoring.classical.measured import KINDS, METHODS

    kinds = {one.kind for one in builtin().values()} - {"structural"}
    assert set(KINDS) == set(METHODS) == kinds
    assert FiguresBy.values == ["ml", "pls", "score"]
