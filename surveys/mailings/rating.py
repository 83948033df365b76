"""A rating in the mail itself: each point of its scale is a link, and the page behind it asks to confirm."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from surveys.models import Survey
from surveys.questionnaire.pages import pages
from surveys.questionnaire.questions import Question
from surveys.responses import one_click


@dataclass(frozen=True)
class Scale:
    """A question's scale in one language, and the link to the questionnaire in which it is asked."""

    question: Question
    link: str

    @property
    def points(self) -> Iterator[tuple[str, str]]:
        """Each point's label and address."""
        for choice in self.question.choices:
            yield choice.label, one_click.address(self.link, self.question.code, choice.value)

    @property
    def plain(self) -> str:
        """For who reads mails as text: the question, and one link to answer it."""
        choices = self.question.choices
        ends = f"{choices[0].label} = {self.question.low} · {choices[-1].label} = {self.question.high}"
        return f"{self.question.text}\n({ends})\n{self.link}"

    @property
    def marked_up(self) -> SafeString:
        html = render_to_string("surveys/mailings/scale.html", {"scale": self})
        return SafeString(html.strip())


def ratings_of(survey: Survey, language: str = "") -> dict[str, Question]:
    """The questions that a mail may show, by code: those on the first page, so that whoever confirms one goes
    on with what follows it and misses nothing before it."""
    version = survey.versions.defer("snapshot").order_by("-number").first()  # which is read and parsed once
    if version is None:
        return {}
    shown_in = language if language in version.languages else version.languages[0]
    first = pages(version.content, shown_in)[0]
    return {one.code: one for one in first.questions if one_click.is_offered(one) and not one.show_if}


def scale(survey: Survey, code: str, language: str, link: str) -> Scale | None:
    """None without a code, and where the survey, as it is published now, does not ask the question first."""
    question = ratings_of(survey, language).get(code) if code else None
    return Scale(question, link) if question else None
