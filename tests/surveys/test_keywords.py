"""Words that come up: found in Chinese and English, counted by people."""

import pytest

from surveys.models import Survey, TextAnswer
from surveys.words import keywords as counting
from surveys.words.comments import Filter
from surveys.words.keywords import keywords, words_in
from tests.cast import owner_of
from tests.surveys.words_cast import recommending, wrote


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("这家公司的服务很好，价格也便宜", ["公司", "服务", "好", "价格", "便宜"]),
        ("客服態度很差，等待時間太長。", ["客服", "態度", "差", "等待", "時間", "太長"]),
        ("帳單資訊不清楚", ["帳單", "資訊", "清楚"]),
        ("It's the WORST café—don’t go, wi-fi slow", ["worst", "café", "wi-fi", "slow"]),
        ("很好 good 服务", ["好", "good", "服务"]),
        ("!!! 123 ４５６ 😀 \u202e", []),
        ("<img src=x onerror=alert(1)>", ["img", "src", "onerror", "alert"]),
        ("的了是我", []),
    ],
)
def test_words_are_found_and_everyday_ones_left_out(text: str, words: list[str]) -> None:
    assert list(words_in(text)) == words


@pytest.fixture
def survey(db: None) -> Survey:
    return recommending(owner_of("acme", "alice@example.org"))


def counted(survey: Survey, least: int = 0) -> dict[str, int]:
    rows = Filter().of(survey).order_by("pk")
    return {one.word: one.people for one in keywords(list(rows.values_list("pk", flat=True)), least).words}


def test_people_are_counted_and_not_how_often_they_say_it(survey: Survey) -> None:
    wrote(survey, "slow slow SLOW").texts.create(code="own.wish", text="slow")
    wrote(survey, "slow, rude")
    wrote(survey, "rude")
    wrote(survey, "once")
    assert counted(survey) == {"rude": 2, "slow": 2} and counted(survey, least=3) == {}
    found = keywords(list(Filter().of(survey).values_list("pk", flat=True)))
    assert (found.base, found.texts, found.is_cut) == (4, 5, False)


def test_no_more_texts_are_read_than_are_said(survey: Survey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "MOST_TEXTS", 2)
    for _again in range(3):
        wrote(survey, "slow")
    found = keywords(list(TextAnswer.objects.order_by("pk").values_list("pk", flat=True)))
    assert found.is_cut and found.texts == found.base == 2 and found.words[0].people == 2
