"""The public questionnaire: every page is kept, and one respondent makes one response."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core import signing
from django.db import connections
from django.test import Client

from surveys import publishing
from surveys.models import Response, Survey
from surveys.responses import keys
from tests.cast import REGION, WORDS, answers_to, key_in, owner_of, published, walk

pytestmark = pytest.mark.django_db


@pytest.fixture
def survey() -> Survey:
    return published(owner_of("acme", "alice@example.org"), segments=[REGION])


@pytest.fixture
def address(survey: Survey) -> str:
    return f"/s/{survey.public_id}/"


PAGES = [
    f"ecsi.{code}"
    for code in ["image", "expectations", "quality", "value", "satisfaction", "complaints", "loyalty"]
]


def post(address: str, key: str, page: int, fields: dict[str, str], action: str = "next", **more: str) -> Any:
    return Client().post(
        address, {"key": key, "page": [*PAGES, "own.about_you"][page - 1], action: "1", **fields, **more}
    )


def test_looking_stores_nothing_and_sets_no_cookie(client: Client, address: str) -> None:
    page = client.get(address)
    client.head(address)
    assert page.status_code == 200 and not page.cookies
    assert not Response.objects.exists()


def test_a_walk_makes_one_finished_response_with_every_answer(survey: Survey) -> None:
    page = walk(survey, 8)
    assert page.status_code == 200 and b"Thank you" in page.content and not page.cookies
    response = Response.objects.get()
    assert response.state == "finished" and response.segments == {"region": "north"}
    assert response.answers == dict.fromkeys(response.answers, 8) | {"own.region": "north"}
    assert len(response.answers) == 25
    assert response.period and response.finished_at


def test_each_page_is_saved_before_the_next_is_shown(survey: Survey, address: str, client: Client) -> None:
    post(address, key_in(client.get(address)), 1, answers_to(survey, 3)[0])
    response = Response.objects.get()
    assert response.state == "started" and set(response.answers.values()) == {3}


def test_going_back_keeps_the_answers_of_both_pages(survey: Survey, address: str, client: Client) -> None:
    key, fields = key_in(client.get(address)), answers_to(survey, 4)
    post(address, key, 1, fields[0])
    page = post(address, key, 2, fields[1], "back").content.decode()
    assert page.count("checked") == len(fields[0])
    assert len(Response.objects.get().answers) == len(fields[0]) + len(fields[1])


def test_an_answer_may_be_changed_or_taken_back(survey: Survey, address: str, client: Client) -> None:
    key = key_in(client.get(address))
    post(address, key, 1, {"ecsi.image1": "2", "ecsi.image2": "5"})
    post(address, key, 1, {"ecsi.image1": "9"})
    answers = Response.objects.get().answers
    assert answers["ecsi.image1"] == 9 and answers["ecsi.image2"] is None


def test_switching_the_language_keeps_page_and_answers(survey: Survey, address: str, client: Client) -> None:
    key, fields = key_in(client.get(address)), answers_to(survey, 6)
    page = post(address, key, 1, fields[0], "none", switch="zh-hant").content.decode()
    assert 'lang="zh-hant"' in page and "艾克美" in page and page.count("checked") == len(fields[0])


def test_dont_know_and_skipped_are_kept_apart(survey: Survey, address: str, client: Client) -> None:
    post(address, key_in(client.get(address)), 1, {"ecsi.image1": "dk", "ecsi.image2": ""})
    answers = Response.objects.get().answers
    assert answers["ecsi.image1"] == "dk" and answers["ecsi.image2"] is None


@pytest.mark.parametrize(
    "value", ["11", "0", "-1", "9.5", "true", "null", "[9]", "1e308", "NaN", "９", " 9", "07", "north", "na"]
)
def test_an_answer_off_the_scale_is_refused_by_name_and_nothing_is_stored(
    address: str, client: Client, value: str
) -> None:
    page = post(address, key_in(client.get(address)), 1, {"ecsi.image1": value, "ecsi.image2": "5"})
    assert page.status_code == 400 and b"Must be one of: 1, 2" in page.content
    assert not Response.objects.exists()


def test_fields_of_the_server_cannot_be_set_by_the_form(survey: Survey, address: str, client: Client) -> None:
    key = key_in(client.get(address))
    post(address, key, 1, {}, state="finished", finished_at="2020-01-01", survey="1", score="9", period="1")
    response = Response.objects.get()
    assert response.state == "started" and response.finished_at is None and response.period is None
    assert set(response.answers) == set(answers_to(survey)[0])


def test_a_segment_that_is_not_offered_is_refused(address: str, client: Client) -> None:
    assert post(address, key_in(client.get(address)), 8, {"own.region": "east"}).status_code == 400


@pytest.mark.parametrize("key", ["", "forged", "WzEsImEiXQ:1abc:xyz", "\x00"])
def test_a_forged_key_is_refused_politely(address: str, key: str) -> None:
    page = post(address, key, 1, {"ecsi.image1": "5"})
    assert page.status_code == 400 and b"Start again" in page.content
    assert not Response.objects.exists()


def test_a_key_of_another_survey_or_another_purpose_is_refused(survey: Survey, address: str) -> None:
    other = published(owner_of("globex", "gina@example.org"))
    version = other.current_version
    assert version
    foreign = keys.new_key(version)
    misused = signing.dumps([survey.versions.get().pk, "token"], salt="something else")
    unsound = signing.dumps("text", salt=keys.SALT)
    for key in (foreign, misused, unsound):
        assert post(address, key, 1, {}).status_code == 400
    assert not Response.objects.exists()


def test_a_key_that_is_too_old_is_refused(address: str, client: Client, settings: Any) -> None:
    key = key_in(client.get(address))
    settings.ANSWER_KEY_DAYS = -1
    assert post(address, key, 1, {}).status_code == 400


def test_sending_again_changes_nothing(survey: Survey, address: str, client: Client) -> None:
    key = key_in(client.get(address))
    walk(survey, 7, key)
    first = Response.objects.get()
    again = walk(survey, 7, key)
    assert again.status_code == 200 and b"Thank you" in again.content
    assert Response.objects.get().finished_at == first.finished_at


def test_other_answers_after_finishing_are_refused_and_the_first_stand(survey: Survey, address: str) -> None:
    key = key_in(Client().get(address))
    walk(survey, 7, key)
    page = post(address, key, 1, answers_to(survey, 1)[0])
    assert page.status_code == 409 and b"handed in before" in page.content
    answers = Response.objects.get().answers
    assert answers.pop("own.region") == "north" and set(answers.values()) == {7}


def test_a_closed_survey_takes_no_answers_and_says_so(survey: Survey, address: str, client: Client) -> None:
    key = key_in(client.get(address))
    publishing.close(survey)
    assert client.get(address).status_code == 410
    assert post(address, key, 1, {"ecsi.image1": "5"}).status_code == 410
    assert not Response.objects.exists()


def test_unknown_and_unpublished_surveys_give_the_same_404(client: Client) -> None:
    draft = Survey.objects.create(organisation=owner_of("acme", "alice@example.org").organisation, name="d")
    unknown = client.get("/s/AAAAAAAAAAAAAAAAAAAAAA/")
    unpublished = client.get(f"/s/{draft.public_id}/")
    assert unknown.status_code == unpublished.status_code == 404
    assert unknown.content == unpublished.content


def test_a_new_version_leaves_those_who_started_on_theirs(survey: Survey, address: str) -> None:
    key = key_in(Client().get(address))
    survey.words = WORDS | {"company": {"en": "Renamed", "zh-hans": "新", "zh-hant": "新"}}
    survey.save()
    publishing.publish(survey, None, keeps={"ecsi": True})
    page = post(address, key, 1, {"ecsi.image1": "5"})
    assert b"Acme" in page.content and b"Renamed" not in page.content
    assert Response.objects.get().version.number == 1
    assert b"Renamed" in Client().get(address).content


def test_words_that_look_like_code_stay_words(client: Client) -> None:
    hostile = "<img src=x onerror=alert(1)>{{7*7}}{company.__class__}{category}"
    words = {name: dict.fromkeys(["en"], hostile) for name in ("company", "category")}
    survey = published(owner_of("acme", "alice@example.org"), words=words, languages=["en"])
    answer = client.get(f"/s/{survey.public_id}/")
    page = answer.content.decode()
    for random in (key_in(answer), survey.public_id):  # which may hold any digits
        page = page.replace(random, "")
    assert "<img" not in page and "&lt;img" in page
    assert "{{7*7}}{company.__class__}{category}" in page and "49" not in page


def test_a_body_too_large_or_with_too_many_fields_is_refused(address: str, client: Client) -> None:
    key = key_in(client.get(address))
    assert post(address, key, 1, {"ecsi.image1": "5" * 2_000_000}).status_code in {400, 413}
    many = {f"field{number}": "1" for number in range(10_000)}
    assert post(address, key, 1, many).status_code == 400
    assert not Response.objects.exists()


def test_the_page_forbids_foreign_frames_and_scripts(client: Client, address: str) -> None:
    page = client.get(address)
    policy = page.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy and "unsafe-inline" not in policy
    scripts = re.findall(rb"<script[^>]*>", page.content)
    assert scripts and all(b" src=" in script for script in scripts) and b"style=" not in page.content


@pytest.mark.django_db(transaction=True)
def test_twenty_identical_posts_at_once_make_one_response(survey: Survey, address: str) -> None:
    key = key_in(Client().get(address))
    last = len(answers_to(survey))
    fields = answers_to(survey)[-1]

    def send(_: int) -> int:
        try:
            return int(post(address, key, last, fields).status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(20) as pool:
        assert set(pool.map(send, range(20))) == {200}
    assert Response.objects.filter(state="finished").count() == Response.objects.count() == 1
