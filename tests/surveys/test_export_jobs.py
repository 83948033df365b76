"""The life of an export: asked for once, written once, gone in time, or when an answer in it is withdrawn."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from surveys import tasks
from surveys.exports import files, jobs, writing
from surveys.exports.jobs import ClaimLost
from surveys.exports.wanted import Wanted
from surveys.models import Export, Member, Response, Survey
from surveys.responses.exclusions import exclude, readmit
from tests.cast import joined, owner_of
from tests.surveys.export_cast import made, path
from tests.surveys.respond_cast import GIVEN, Respondent, every_kind

pytestmark = pytest.mark.django_db
PAGE = "own.about_you"
CSV = Wanted("csv", "en")


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


@pytest.fixture
def survey(alice: Member) -> Survey:
    survey = every_kind(alice, privacy="confidential")
    hand_in(survey)
    return survey


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.EXPORT_DIR = tmp_path / "exports"
    return tmp_path / "exports"


def hand_in(survey: Survey) -> str:
    """The code by which the answers may be taken back."""
    page = Respondent(survey).send(PAGE, GIVEN).content.decode()
    found = re.search(r'id="code" value="([^"]+)"', page)
    assert found
    return found[1]


def ask(survey: Survey, by: Member, wanted: Wanted = CSV) -> Export:
    return jobs.request(survey, by.user, wanted)[0]


def claimed(survey: Survey, by: Member, wanted: Wanted = CSV) -> Export:
    export = jobs.claim(ask(survey, by, wanted).pk)
    assert export
    return export


def status_of(export: Export) -> str:
    export.refresh_from_db()
    return export.status


def lapse(export: Export) -> None:
    """Its worker was killed a while ago."""
    past = timezone.now() - timedelta(seconds=1)
    Export.objects.filter(pk=export.pk).update(lease_until=past, woken_at=past - timedelta(hours=1))


# -- asked for


def test_what_is_asked_again_while_nothing_came_in_is_the_same(survey: Survey, alice: Member) -> None:
    first, is_new = jobs.request(survey, alice.user, CSV)
    assert is_new and jobs.request(survey, alice.user, CSV) == (first, False)
    done = made(survey, alice, "csv")
    assert done == first and jobs.request(survey, alice.user, CSV) == (first, False)


def test_another_kind_language_or_person_is_another(survey: Survey, alice: Member) -> None:
    bob = joined(alice, "bob@example.org", "analyst")
    wanted = [CSV, Wanted("xlsx", "en"), Wanted("csv", "zh-hans"), Wanted("csv", "en", with_labels=True)]
    asked = {ask(survey, alice, one).pk for one in wanted} | {ask(survey, bob).pk}
    assert len(asked) == 5


def _new_answer(survey: Survey, by: Member) -> None:
    hand_in(survey)


def _withdrawn(survey: Survey, by: Member) -> None:
    code = hand_in(survey)
    Client().post("/withdraw/", {"code": code})


def _left_out(survey: Survey, by: Member) -> None:
    exclude(Response.objects.get(), "a test", by.user)


def _left_out_and_back(survey: Survey, by: Member) -> None:
    exclude(Response.objects.get(), "a test", by.user)
    readmit(Response.objects.get(), by.user)


def _another_zone(survey: Survey, by: Member) -> None:
    survey.organisation.time_zone = "Asia/Taipei"
    survey.organisation.save()


@pytest.mark.parametrize("news", [_new_answer, _withdrawn, _left_out, _left_out_and_back, _another_zone])
def test_with_news_it_is_written_anew(
    survey: Survey, alice: Member, news: Callable[[Survey, Member], None]
) -> None:
    first = made(survey, alice, "csv")
    news(survey, alice)
    assert ask(survey, alice) != first


def test_asking_wakes_a_worker_only_once_it_is_stored(
    survey: Survey, alice: Member, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks() as told:
        ask(survey, alice)
        ask(survey, alice)
    assert len(told) == 1


# -- written


def test_a_worker_writes_it_and_says_what_it_is(survey: Survey, alice: Member) -> None:
    export = ask(survey, alice)
    tasks.write_export(export.pk)
    assert status_of(export) == "done" and export.rows == 1 and export.progress == 1
    assert export.size == path(export).stat().st_size > 100
    assert export.expires_at and export.ended_at
    assert export.expires_at - export.ended_at == timedelta(hours=settings.EXPORT_HOURS)


def test_a_message_that_comes_twice_finds_nothing_to_do(survey: Survey, alice: Member) -> None:
    export = ask(survey, alice)
    tasks.write_export(export.pk)
    first = Export.objects.get().file
    tasks.write_export(export.pk)
    assert status_of(export) == "done" and export.file == first and export.attempts == 1


def test_only_so_many_are_written_at_the_same_time(survey: Survey, alice: Member) -> None:
    claimed(survey, alice)
    other = ask(survey, alice, Wanted("sav", "en"))
    assert jobs.claim(other.pk) is None and status_of(other) == "queued"


def test_the_next_one_is_woken_as_soon_as_one_is_written(
    survey: Survey, alice: Member, django_capture_on_commit_callbacks: Any
) -> None:
    first, second = ask(survey, alice), ask(survey, alice, Wanted("sav", "en"))
    with django_capture_on_commit_callbacks() as told:
        tasks.write_export(first.pk)
    assert len(told) == 1
    with django_capture_on_commit_callbacks() as told:
        tasks.write_export(second.pk)
    assert len(told) == 0


def test_what_a_killed_worker_left_is_woken_again_and_its_files_go(
    survey: Survey, alice: Member, folder: Path, django_capture_on_commit_callbacks: Any
) -> None:
    export = claimed(survey, alice)
    files.workshop(export).mkdir(parents=True)
    (files.workshop(export) / "half.csv").write_text("half of the answers")
    lapse(export)
    with django_capture_on_commit_callbacks() as told:
        tasks.sweep_exports()
    assert len(told) == 1
    assert jobs.claim(export.pk)
    tasks.sweep_exports()
    assert list(folder.iterdir()) == []


def test_a_worker_that_was_only_slow_keeps_nothing_once_another_has_it(survey: Survey, alice: Member) -> None:
    slow = claimed(survey, alice)
    lapse(slow)
    other = jobs.claim(slow.pk)
    assert other
    with pytest.raises(ClaimLost):
        writing.write(slow)
    writing.write(other)
    assert status_of(other) == "done" and slow.claim not in other.file and path(other).is_file()


def test_what_was_dropped_too_often_is_given_up(survey: Survey, alice: Member) -> None:
    export = ask(survey, alice)
    for _attempt in range(settings.EXPORT_MAX_ATTEMPTS):
        assert jobs.claim(export.pk)
        lapse(export)
    assert jobs.claim(export.pk) is None
    jobs.sweep()
    assert status_of(export) == "failed" and export.error == "worker_died"
    assert ask(survey, alice) != export


def test_a_file_that_cannot_be_written_fails_and_leaves_nothing(
    survey: Survey, alice: Member, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("surveys.exports.xlsx_file.MOST_COLUMNS", 5)
    export = ask(survey, alice, Wanted("xlsx", "en"))
    tasks.write_export(export.pk)
    assert status_of(export) == "failed" and export.error == "too_wide" and list(folder.iterdir()) == []


def test_cancelling_ends_it_and_its_worker_keeps_nothing(survey: Survey, alice: Member, folder: Path) -> None:
    export = claimed(survey, alice)
    assert jobs.cancel(export) and not jobs.cancel(export)
    with pytest.raises(ClaimLost):
        writing.write(export)
    assert status_of(export) == "cancelled" and list(folder.iterdir()) == []


# -- gone


def test_it_goes_when_its_time_is_over(survey: Survey, alice: Member) -> None:
    export = made(survey, alice, "csv")
    file = path(export)
    tasks.sweep_exports()
    assert file.is_file() and jobs.is_there(export)
    Export.objects.update(expires_at=timezone.now())
    export.refresh_from_db()
    assert not jobs.is_there(export)
    tasks.sweep_exports()
    assert not file.exists() and status_of(export) == "expired"
    assert ask(survey, alice) != export


def test_taking_an_answer_back_erases_every_file_that_holds_it(
    survey: Survey, alice: Member, folder: Path, django_capture_on_commit_callbacks: Any
) -> None:
    code = hand_in(survey)
    bob = joined(alice, "bob@example.org", "analyst")
    exports = [made(survey, by, kind) for by in (alice, bob) for kind in ("csv", "xlsx", "sav")]
    assert len(list(folder.iterdir())) == 6
    with django_capture_on_commit_callbacks(execute=True):
        assert Client().post("/withdraw/", {"code": code}).status_code == 200
    assert list(folder.iterdir()) == [] and {status_of(one) for one in exports} == {"expired"}


def test_what_is_being_written_begins_again_without_the_answer_that_was_taken_back(
    survey: Survey, alice: Member, folder: Path
) -> None:
    code = hand_in(survey)
    export = claimed(survey, alice)
    Client().post("/withdraw/", {"code": code})
    with pytest.raises(ClaimLost):
        writing.write(export)
    assert status_of(export) == "queued" and list(folder.iterdir()) == []
    tasks.write_export(export.pk)
    assert status_of(export) == "done" and export.rows == 1 and jobs.is_there(export)


def test_a_file_finished_at_the_moment_of_a_withdrawal_is_given_to_nobody(
    survey: Survey, alice: Member
) -> None:
    """The withdrawal saw it queued still, and it was read before the withdrawal was there."""
    export = made(survey, alice, "csv")
    survey.withdrawals.create()
    assert not jobs.is_there(export)
    tasks.sweep_exports()
    assert status_of(export) == "expired" and not path(export).exists()


def test_another_surveys_files_stay(survey: Survey, alice: Member) -> None:
    other = every_kind(alice, privacy="confidential")
    hand_in(other)
    kept = made(other, alice, "csv")
    Client().post("/withdraw/", {"code": hand_in(survey)})
    tasks.sweep_exports()
    assert status_of(kept) == "done" and path(kept).is_file()


def test_files_that_nobody_has_go(survey: Survey, alice: Member, folder: Path) -> None:
    kept = made(survey, alice, "csv")
    (folder / "strange.csv").write_text("left behind")
    files.remove_unneeded()
    assert list(folder.iterdir()) == [path(kept)]
