"""A survey with a recommendation, a region and open questions, and what respondents wrote."""

from datetime import UTC, datetime
from typing import Any

from surveys.models import Member, Period, Response, Survey
from tests.cast import REGION, page_of
from tests.surveys.respond_cast import Respondent, asking, instrument, own

NOON = datetime(2026, 3, 31, 12, 34, tzinfo=UTC)
HOSTILE = "<img src=x onerror=alert(1)><svg/onload=alert(2)> {{7*7}} {answer.__class__} ${x} =HYPERLINK(1)"


def recommending(member: Member, **fields: Any) -> Survey:
    return asking(member, instrument("nps"), page_of(REGION, own("wish", "long", "What else?")), **fields)


def wrote(survey: Survey, text: str = "", score: Any = 9, **fields: Any) -> Response:
    """A finished response; with a text, the reason for its score."""
    defaults: dict[str, Any] = {
        "version": survey.versions.get(),
        "state": "finished",
        "language": "en",
        "answers": {"nps.score": score},
        "segments": {"region": "north"},
        "finished_at": NOON,
    }
    response = Response.objects.create(survey=survey, **(defaults | fields))
    if text:
        response.texts.create(code="nps.reason", text=text)
    return response


def handed_in(survey: Survey, score: int, reason: str = "", query: str = "") -> str:
    """Somebody answers on the web; the code with which the answers can be taken back."""
    respondent = Respondent(survey, query)
    respondent.send("nps.score", {"nps.score": str(score), "nps.reason": reason})
    page = respondent.send("own.about_you", {"own.region": "south", "own.wish": ""}).content.decode()
    return page.partition('id="code" value="')[2].partition('"')[0]


def month(survey: Survey, name: str, day: Any) -> Period:
    return Period.objects.create(survey=survey, name=name, first_day=day, last_day=day)
