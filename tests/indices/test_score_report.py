"""The pages of scores: every kind in every language, small bases, releases, and whose they are."""

import html
import re
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from indices.models import Run, SurveyTarget
from indices.releases import NotReleasable, obstacle, release
from indices.runs.schedule import request_due_runs
from indices.tasks import work
from scoring.instrument import Instrument
from surveys.imports.plan import Plan
from surveys.imports.storing import import_file
from surveys.models import Member, Period, Survey
from surveys.periods import add_wave, close
from tests.cast import REGION, owner_of, signed_in
from tests.indices.score_cast import add_answers, nps_rows, survey_of, worked

pytestmark = [pytest.mark.django_db, pytest.mark.figures]
KINDS = ["nps", "csat", "ces", "servqual", "servqual_zone", "servperf", "kano"]


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


def report(client: Client, survey: Survey, query: str = "") -> str:
    page = client.get(f"/o/acme/surveys/{survey.public_id}/report/{query}")
    assert page.status_code == 200
    return " ".join(html.unescape(page.content.decode()).split())


def instrument_of(survey: Survey) -> Instrument:
    version = survey.current_version
    assert version
    return version.uses.get().instrument


def random_rows(instrument: Instrument, n: int, seed: int) -> list[dict[str, Any]]:
    rng = np.random.default_rng(seed)
    items = [item for item in instrument.items if item.kind == "scale"]
    return [
        {f"{instrument.id}.{item.code}": int(rng.choice(list(item.scale.points))) for item in items}
        for _row in range(n)
    ]


def computed(survey: Survey) -> Run:
    request_due_runs()
    for run in Run.objects.filter(status=Run.Status.QUEUED):
        work(run.pk)
    return Run.objects.filter(survey=survey, segment="", window=1).order_by("-pk")[0]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_page_in_every_language(alice: Member, kind: str) -> None:
    survey = survey_of(alice, kind, segments=[REGION], refresh_after=1)
    instrument = instrument_of(survey)
    for seed, month in enumerate(("2025-12", "2026-01")):
        for region in ("north", "south"):
            add_answers(survey, month, random_rows(instrument, 35, seed), region)
    computed(survey)
    assert set(Run.objects.values_list("status", flat=True)) == {"done"}
    client = signed_in(alice)
    for language in ("en", "zh-hans", "zh-hant"):
        alice.user.language = language
        alice.user.save()
        page = report(client, survey)
        assert "n = 70" in page or '<td class="number">70</td>' in page
        assert not re.search(r"[>–(] *(nan|none|−?inf|infinity) *[<–,)]", page, re.IGNORECASE)
        assert client.get("/o/acme/").status_code == 200
    for query in ("?segment=region:north", f"?measure={kind}", "?revision=1"):
        report(client, survey, query)
    assert client.get(f"/o/acme/surveys/{survey.public_id}/report/?measure=ecsi").status_code == 404


def test_below_the_least_base_nothing_is_shown_anywhere_but_the_reason(alice: Member) -> None:
    survey = survey_of(alice, "nps", least_base_show=30)
    add_answers(survey, "2026-01", nps_rows(20, 5, 4, skipped=90))
    worked(survey, "nps", "2026-01")
    client = signed_in(alice)
    page = report(client, survey)
    assert "There are 29 usable answers; the survey's settings show an index from 30 on." in page
    assert "55.2" not in page and "Promoters" not in page
    assert "55.2" not in client.get("/o/acme/").content.decode()
    told = client.get(f"/api/v1/organisations/acme/surveys/{survey.public_id}/runs/").json()["results"][0]
    (estimate,) = told["estimates"]
    assert (estimate["scores"], estimate["result"], estimate["n_used"]) == ([], {"n": 29}, 29)
    Survey.objects.update(least_base_show=29)
    assert "55.2" in report(client, survey) and "90 skipped the question." in report(client, survey)


def test_a_figure_of_few_is_left_out_beside_one_of_many(alice: Member) -> None:
    survey = survey_of(alice, "servperf", least_base_show=30)
    rows = random_rows(instrument_of(survey), 40, 1)
    for row in rows[:15]:
        row["servperf.p1"] = ""
    add_answers(survey, "2026-01", rows)
    worked(survey, "servperf", "2026-01")
    client = signed_in(alice)
    told = client.get(f"/api/v1/organisations/acme/surveys/{survey.public_id}/runs/").json()["results"][0]
    (estimate,) = told["estimates"]
    codes = {one["code"] for one in estimate["scores"]}
    assert "perception.2" in codes and "perception.1" not in codes
    assert estimate["result"]["items"]["1"] == {"n": 25, "is_small": True}
    assert '<td class="number"><b>–</b></td>' in report(client, survey)


def test_nobody_answered_is_said_and_not_released(alice: Member) -> None:
    survey = survey_of(alice, "nps", refresh_after=1)
    add_answers(survey, "2026-01", nps_rows(0, 0, 0, skipped=13))
    computed(survey)
    page = report(signed_in(alice), survey)
    assert "Nobody gave an answer that counts." in page and "13 skipped the question." in page
    Period.objects.update(closed_at=timezone.now())
    with pytest.raises(NotReleasable, match="Too few answered"):
        release(survey.periods.get(), None)


def test_a_period_of_scores_is_released_and_revised(alice: Member) -> None:
    survey = survey_of(alice, "nps", period_kind="waves", refresh_after=1)
    add_wave(survey, "W1", None, None)
    add_answers_to_wave(survey, nps_rows(50, 30, 20))
    first = computed(survey)
    close(survey.periods.get())
    assert obstacle(survey.periods.get()) == "" and release(survey.periods.get(), alice.user)
    add_answers_to_wave(survey, nps_rows(0, 0, 10))
    second = computed(survey)
    assert second.released_at and second.changes["imported"] == 10 and second.pk != first.pk
    client = signed_in(alice)
    page = report(client, survey)
    assert "revised after they were released" in page and "18.2" in page and "2 released revisions" in page
    assert "30.0" in report(client, survey, "?revision=1")


def add_answers_to_wave(survey: Survey, rows: list[dict[str, Any]]) -> None:
    lines = ["score", *(str(row["nps.score"]) for row in rows)]
    plan = Plan(columns={"nps.score": "score"}, wave="W1")
    content = "\n".join([*lines, ""]).encode()
    import_file(survey=survey, content=content, filename=f"{len(rows)}.csv", plan=plan, by=None)


def test_an_unanswered_question_does_not_hold_back_what_others_answered(alice: Member) -> None:
    survey = survey_of(alice, "csat", "nps", refresh_after=1)
    add_answers(survey, "2026-01", [{"csat.score": 4, "nps.score": ""}] * 40)
    computed(survey)
    Period.objects.update(closed_at=timezone.now())
    assert release(survey.periods.get(), alice.user)


def test_a_target_is_drawn_for_a_single_question_and_refused_for_dimensions(alice: Member) -> None:
    survey = survey_of(alice, "csat", "servperf")
    add_answers(survey, "2026-01", [{"csat.score": 4, "servperf.p1": 5}] * 40)
    worked(survey, "csat", "2026-01")
    client, address = signed_in(alice), f"/o/acme/surveys/{survey.public_id}/report/targets/"
    client.post(address, {"measure": "servperf", "construct": "tangibles", "value": "80"})
    assert not SurveyTarget.objects.exists()
    client.post(address, {"measure": "csat", "construct": "csat", "value": "80"})
    assert "the target of Satisfied customers, 80.0" in report(client, survey, "?measure=csat")


def test_scores_of_another_organisation_are_not_there(alice: Member) -> None:
    survey = survey_of(alice, "nps")
    add_answers(survey, "2026-01", nps_rows(50, 30, 20))
    worked(survey, "nps", "2026-01")
    bob = signed_in(owner_of("globex", "bob@example.org"))
    for organisation in ("acme", "globex"):
        for path in ("o/{}/surveys/{}/report/?measure=nps", "api/v1/organisations/{}/surveys/{}/runs/"):
            assert bob.get("/" + path.format(organisation, survey.public_id)).status_code == 404


def test_a_page_asks_the_database_as_often_for_many_periods_as_for_few(alice: Member) -> None:
    survey = survey_of(alice, "nps")
    client, counts = signed_in(alice), []
    for months in (("2026-01", "2026-02"), ("2026-03", "2026-04", "2026-05")):
        for month in months:
            add_answers(survey, month, nps_rows(20, 10, 10))
            worked(survey, "nps", month)
        with CaptureQueriesContext(connection) as asked:
            report(client, survey)
        counts.append(len(asked))
    assert counts[0] == counts[1]
