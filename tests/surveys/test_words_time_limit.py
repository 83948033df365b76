"""Looking through too many comments is given up with a word of what to do instead."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from surveys.models import Member, Survey, TextAnswer
from surveys.words import comments
from surveys.words.comments import Filter, counted
from tests.cast import owner_of, signed_in
from tests.surveys.words_cast import recommending, wrote


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


@pytest.fixture
def survey(alice: Member) -> Survey:
    return recommending(alice, privacy="confidential")


@pytest.fixture
def held(survey: Survey) -> Iterator[None]:
    """Somebody else holds the comments, so that no statement about them ends."""
    other: Any = connection.copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {TextAnswer._meta.db_table} IN ACCESS EXCLUSIVE MODE")
        yield
    finally:
        other.rollback()
        other.close()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite knows no such limit")
@pytest.mark.django_db(transaction=True)
def test_page_and_api_say_to_narrow_the_filter(
    alice: Member, survey: Survey, held: None, settings: Any
) -> None:
    settings.COMMENTS_TIME_LIMIT_MS = 50
    client = signed_in(alice)
    page = client.get(f"/o/acme/surveys/{survey.public_id}/words/")
    assert page.status_code == 200 and "Narrow the filter" in page.content.decode()
    answer = client.get(f"/api/v1/organisations/acme/surveys/{survey.public_id}/comments/")
    assert answer.status_code == 400 and "Narrow the filter" in answer.content.decode()


@pytest.mark.django_db
def test_comments_are_counted_up_to_a_limit(survey: Survey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comments, "MOST_COUNTED", 2)
    wrote(survey, "one").texts.create(code="own.wish", text="two")
    assert counted(Filter().of(survey)) == comments.Counted(2, 1, are_more=False)
    for _again in range(3):
        wrote(survey, "more")
    found = counted(Filter(segment="region:north", search="o").of(survey))
    assert found.comments == 3 and found.are_more
