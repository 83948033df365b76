"""What quotas are about and how they stand, in the reader's language."""

from collections.abc import Mapping

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from surveys.models import Quota, Survey
from surveys.questionnaire.pages import pages
from surveys.quotas.standing import Outlook, Standing
from surveys.weighting import segment_questions


def about(survey: Survey, quotas: list[Quota]) -> list[str]:
    """Whom each quota is about, such as "Region: North · Age: under 30"; what is asked no more, by code."""
    questions = {one.code: one for one in segment_questions(survey)}
    names = {code: said(one.text) for code, one in questions.items()}
    options = {
        (code, option.code): said(option.text) for code, one in questions.items() for option in one.options
    }
    found = []
    for quota in quotas:
        parts = [
            _("%(question)s: %(option)s")
            % {"question": names.get(code, code), "option": options.get((code, option), option)}
            for code, option in sorted(quota.segments.items())
        ]
        found.append(" · ".join(parts) or _("Everybody"))
    return found


def asked_late(survey: Survey, quotas: list[Quota]) -> list[str]:
    """For each quota what is to be bettered where it is known only late in the questionnaire whether somebody
    belongs to it; else empty."""
    version = survey.current_version
    shown = pages(version.content, version.languages[0]) if version else ()
    numbers = {one.code: number for number, page in enumerate(shown, 1) for one in page.questions}
    on = {one.code: numbers.get(one.full_code, 1) for one in segment_questions(survey)}
    last = [max((on.get(code, 1) for code in quota.segments), default=1) for quota in quotas]
    hint = _("Asked on page %d: people answer that much before they can be turned away; put it first.")
    return [hint % number if number > 1 else "" for number in last]


def said(texts: Mapping[str, str]) -> str:
    return texts.get(get_language() or "en") or next(iter(texts.values()), "")


def outlook(standing: Standing) -> str:
    """When it is expected to be full, or why no day can be named."""
    values = {"day": standing.on, "n": standing.recent, "days": standing.days}
    sentence = {
        Outlook.UNKNOWN: _(
            "The published questionnaire asks for this no more: nobody who starts now belongs to the quota."
        ),
        Outlook.PAUSED: _("Paused: answers are counted, and nobody is turned away."),
        Outlook.FULL: _("Full; the last place was taken on %(day)s."),
        Outlook.NOT_ASKED: _("No day can be named: the survey takes no answers now."),
        Outlook.BETWEEN: _("No day can be named: no wave is running."),
        Outlook.NONE_CAME: _("No day can be named: in the last %(days)d days nobody came."),
        Outlook.NOT_BEFORE: _(
            "At the pace of the last %(days)d days (n = %(n)d) it is not full by %(day)s, the last day."
        ),
        Outlook.FAR: _(
            "No day can be named: at the pace of the last %(days)d days (n = %(n)d) it takes over ten years."
        ),
        Outlook.EXPECTED: _(
            "Expected to be full on %(day)s, at the pace of the last %(days)d days (n = %(n)d)."
        ),
    }[standing.outlook]
    return sentence % values


def again(standing: Standing) -> str:
    """When a quota of each period starts anew; empty for one of the whole survey."""
    if standing.quota.per == Quota.Per.SURVEY:
        return ""
    if standing.again_on is None:
        return _("It starts anew with the next wave.")
    return _("It starts anew on %s.") % standing.again_on
