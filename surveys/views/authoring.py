"""The pages on which a survey's questionnaire is put together: its parts, their questions, conditions."""

import json
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from surveys.catalogue import catalogue
from surveys.drafts import drafting
from surveys.drafts.drafting import Codes, NotThere, Row
from surveys.drafts.outline import Located, Outline, PartOutline, QuestionOutline, name_of, said
from surveys.forms.condition import ConditionForm, EarlierForm
from surveys.forms.instrument_part import InstrumentForm
from surveys.forms.own_question import TYPES, PageForm, QuestionForm
from surveys.forms.texts import mark
from surveys.models import Member, Survey
from surveys.questionnaire.parts import InstrumentPart, OwnPage, PartRefused
from surveys.views.access import for_members, get_survey

Verb = Callable[[list[Row], Codes], None]


# -- the whole questionnaire


@for_members(may="edit")
def questions(request: HttpRequest, member: Member, survey: str) -> HttpResponse:
    found = get_survey(member, survey)
    outline = Outline(found)
    context = {"outline": outline, "mistakes": listed_mistakes(member, outline), "types": TYPES}
    return _render(request, member, found, "questions", context)


def listed_mistakes(member: Member, outline: Outline) -> list[tuple[str, str, str]]:
    """Each mistake with what it is about and the address where it is put right, said once for each thing."""
    found: dict[tuple[str, str], str] = {}
    for one in outline.mistakes:
        found.setdefault((outline.where(one), one.problem), _address(member, outline.survey, one))
    return [(where, problem, address) for (where, problem), address in found.items()]


def _address(member: Member, survey: Survey, mistake: Located) -> str:
    here = [member.organisation.slug, survey.public_id]
    anchor = f"#id_{mistake.field}" if mistake.field else ""
    if mistake.question:
        return reverse("question", args=[*here, mistake.part, mistake.question]) + anchor
    if mistake.part:
        return reverse("part", args=[*here, mistake.part]) + anchor
    return reverse("survey-edit" if mistake.field else "part-add", args=here) + anchor


@for_members(may="edit")
def part_add(request: HttpRequest, member: Member, survey: str) -> HttpResponse:
    """An instrument of the catalogue, or a page of the company's own questions, at the end."""
    found = get_survey(member, survey)
    known = catalogue(member.organisation)
    if request.method == "POST":
        return _add(request, member, found, known)
    used = found.instrument_ids
    offered = [
        (code, name_of(one.instrument), said(one.instrument.summary, get_language() or "en"), one.is_own)
        for code, one in known.items()
        if code not in used
    ]
    context = {"offered": offered, "page_code": drafting.codes_of(found).next(drafting.PAGE)}
    return _render(request, member, found, "add", context)


def _add(request: HttpRequest, member: Member, survey: Survey, known: Any) -> HttpResponse:
    instrument = request.POST.get("instrument", "")
    if instrument in known:
        key = f"instrument-{instrument}"
        drafting.change(survey, lambda parts, codes: drafting.add_instrument(parts, instrument))
        if not known[instrument].instrument.takes_features:
            return _to_questions(member, survey, key)
    elif "page" in request.POST:
        made: list[str] = []
        sent = request.POST["page"]
        drafting.change(survey, lambda parts, codes: made.append(drafting.add_page(parts, codes, sent)))
        key = f"page-{made[0]}"
    else:
        messages.error(request, _("Choose an instrument, or a page of your own."))
        return redirect("part-add", member.organisation.slug, survey.public_id)
    return redirect("part", member.organisation.slug, survey.public_id, key)


@require_POST
@for_members(may="edit")
def arrange(request: HttpRequest, member: Member, survey: str) -> HttpResponse:
    """Move a part or question to a place, or remove it."""
    found = get_survey(member, survey)
    key, code = request.POST.get("part", ""), request.POST.get("question", "")
    to = request.POST.get("to", "")

    def verb(parts: list[Row], codes: Codes) -> None:
        if "remove" in request.POST:
            drafting.remove_question(parts, key, code) if code else drafting.remove(parts, key)
        elif to.isascii() and to.isdigit() and len(to) < 5:
            drafting.move_question(parts, key, code, int(to)) if code else drafting.move(parts, key, int(to))

    _change(found, verb)
    if code:
        return _to_page(member, found, key, code)
    return _to_questions(member, found, key)


# -- one part


@for_members(may="edit")
def part(request: HttpRequest, member: Member, survey: str, part: str) -> HttpResponse:
    found = get_survey(member, survey)
    outline = Outline(found)
    one = _part(outline, part)
    if isinstance(one.part, OwnPage):
        return _own_page(request, member, outline, one, one.part)
    return _instrument(request, member, outline, one, one.part)


def _own_page(
    request: HttpRequest, member: Member, outline: Outline, one: PartOutline, page: OwnPage
) -> HttpResponse:
    survey = outline.survey
    form = PageForm(request.POST if request.method == "POST" else None, page=page, languages=survey.languages)
    if request.method == "POST" and form.is_valid():
        _change(survey, lambda parts, codes: drafting.set_title(parts, one.key, form.text("title")))
        if request.POST.get("then") == "question":
            return redirect("question-add", member.organisation.slug, survey.public_id, one.key)
        return _to_questions(member, survey, one.key)
    mark(form, outline.problems(one.key))
    context = {"one": one, "form": form, "types": TYPES, "holder": _conditions_of(member, outline, one)}
    return _render(request, member, survey, "page", context)


def _instrument(
    request: HttpRequest, member: Member, outline: Outline, one: PartOutline, part: InstrumentPart
) -> HttpResponse:
    survey = outline.survey
    if one.instrument is None:
        return _render(request, member, survey, "instrument", {"one": one, "form": None})
    data = request.POST if request.method == "POST" else None
    form = InstrumentForm(data, survey=survey, instrument=one.instrument, part=part)
    if request.method == "POST" and form.is_valid():
        _change(
            survey,
            lambda parts, codes: drafting.adapt(
                parts, codes, one.key, form.dropped(), form.per(), form.features()
            ),
        )
        if "more" in request.POST:
            return _back_to(member, survey, "part", one.key, "features")
        return _to_questions(member, survey, one.key)
    mark(form, outline.problems(one.key))
    return _render(request, member, survey, "instrument", {"one": one, "form": form})


# -- one question


@for_members(may="edit")
def question_add(request: HttpRequest, member: Member, survey: str, part: str) -> HttpResponse:
    found = get_survey(member, survey)
    one = _part(Outline(found), part)
    if not one.is_page:
        raise Http404
    kind = request.GET.get("type", "")
    if kind not in TYPES:
        return _render(request, member, found, "question_type", {"one": one, "types": TYPES})
    form = QuestionForm(
        request.POST if request.method == "POST" else None, type=kind, languages=found.languages
    )
    code = request.POST.get("code") or drafting.codes_of(found).next(drafting.QUESTION)
    if request.method == "POST" and form.is_valid():
        return _store_question(request, member, found, one, form, code, is_new=True)
    mark(form, {})
    context = {"one": one, "form": form, "code": code, "type": TYPES[kind][0]}
    return _render(request, member, found, "question", context)


@for_members(may="edit")
def question(request: HttpRequest, member: Member, survey: str, part: str, question: str) -> HttpResponse:
    found = get_survey(member, survey)
    outline = Outline(found)
    one = _part(outline, part)
    mine = _question(one, question)
    is_fixed = question in drafting.published_questions(found)
    kind = request.GET.get("type", "")
    kind = mine.question.type if is_fixed or kind not in TYPES else kind
    form = QuestionForm(
        request.POST if request.method == "POST" else None,
        type=kind,
        languages=found.languages,
        question=mine.question,
    )
    if request.method == "POST" and form.is_valid():
        return _store_question(request, member, found, one, form, question, is_new=False)
    mark(form, outline.problems(one.key, question))
    context = {
        "one": one,
        "mine": mine,
        "form": form,
        "code": question,
        "type": TYPES[kind][0],
        "types": {} if is_fixed else TYPES,
        "holder": _conditions_of(member, outline, one, mine),
    }
    return _render(request, member, found, "question", context)


def _store_question(
    request: HttpRequest,
    member: Member,
    survey: Survey,
    one: PartOutline,
    form: QuestionForm,
    code: str,
    *,
    is_new: bool,
) -> HttpResponse:
    made: list[str] = []

    def verb(parts: list[Row], codes: Codes) -> None:
        if not is_new:
            drafting.find_question(drafting.find(parts, one.key), code)
        made.append(drafting.put_question(parts, codes, one.key, form.row(), code))

    try:
        _change(survey, verb)
    except PartRefused as refused:
        messages.error(request, str(refused))
        return redirect("part", member.organisation.slug, survey.public_id, one.key)
    if "more" in request.POST:
        return _back_to(member, survey, "question", one.key, "options", made[0])
    return _to_page(member, survey, one.key, made[0])


# -- when a page or question is shown


@for_members(may="edit")
def part_condition(request: HttpRequest, member: Member, survey: str, part: str) -> HttpResponse:
    return _condition(request, member, get_survey(member, survey), part, "")


@for_members(may="edit")
def question_condition(
    request: HttpRequest, member: Member, survey: str, part: str, question: str
) -> HttpResponse:
    return _condition(request, member, get_survey(member, survey), part, question)


def _condition(request: HttpRequest, member: Member, survey: Survey, key: str, code: str) -> HttpResponse:
    """Add a condition in two steps, which earlier question and which answer; or remove one."""
    outline = Outline(survey)
    one = _part(outline, key)
    if not one.is_page:
        raise Http404
    mine = _question(one, code) if code else None
    if "remove" in request.POST:
        return _remove_condition(request, member, survey, key, code)
    earlier = outline.earlier(key, code)
    asked = {question.code: question for _name, group in earlier for question in group}
    chosen = asked.get(request.GET.get("question", ""))
    context = {"one": one, "mine": mine, "earlier": EarlierForm(earlier=earlier), "chosen": chosen}
    if chosen is None:
        return _render(request, member, survey, "condition", context)
    form = ConditionForm(request.POST if request.method == "POST" else None, question=chosen)
    if request.method == "POST" and form.is_valid():
        condition = form.condition()
        try:
            _change(survey, lambda parts, codes: drafting.add_condition(parts, key, code, condition))
        except PartRefused as refused:
            form.add_error(None, str(refused))
        else:
            return _to_conditions(member, survey, key, code)
    return _render(request, member, survey, "condition", context | {"form": form})


def _remove_condition(
    request: HttpRequest, member: Member, survey: Survey, key: str, code: str
) -> HttpResponse:
    try:
        condition = json.loads(request.POST["remove"])
    except (ValueError, RecursionError):
        raise Http404 from None
    _change(survey, lambda parts, codes: drafting.remove_condition(parts, key, code, condition))
    return _to_conditions(member, survey, key, code)


def _conditions_of(
    member: Member, outline: Outline, one: PartOutline, mine: QuestionOutline | None = None
) -> dict[str, Any]:
    """The conditions of a page or question: in words, with what removes each, and what is wrong with them."""
    here = [member.organisation.slug, outline.survey.public_id, one.key]
    code = mine.code if mine else ""
    if mine is not None:
        conditions, words = mine.question.show_if, mine.conditions
    else:
        assert isinstance(one.part, OwnPage)  # noqa: S101  an instrument has no conditions
        conditions, words = one.part.show_if, one.conditions
    return {
        "conditions": [
            (said, json.dumps(condition.as_json())) for said, condition in zip(words, conditions, strict=True)
        ],
        "address": reverse("question-condition", args=[*here, code])
        if code
        else reverse("part-condition", args=here),
        "problems": outline.problems(one.key, code).get("show_if", []),
        "is_first": not outline.earlier(one.key, code),
    }


# -- finding, changing, and where to go then


def _part(outline: Outline, key: str) -> PartOutline:
    one = outline.part(key)
    if one is None:
        raise Http404
    return one


def _question(one: PartOutline, code: str) -> QuestionOutline:
    mine = next((asked for asked in one.questions if asked.code == code), None)
    if mine is None:
        raise Http404
    return mine


def _change(survey: Survey, verb: Verb) -> None:
    try:
        drafting.change(survey, verb)
    except NotThere:
        raise Http404 from None


def _to_questions(member: Member, survey: Survey, key: str) -> HttpResponse:
    return redirect(reverse("questions", args=[member.organisation.slug, survey.public_id]) + f"#{key}")


def _to_page(member: Member, survey: Survey, key: str, code: str) -> HttpResponse:
    return redirect(reverse("part", args=[member.organisation.slug, survey.public_id, key]) + f"#{code}")


def _to_conditions(member: Member, survey: Survey, key: str, code: str) -> HttpResponse:
    return _back_to(member, survey, "question" if code else "part", key, "show_if", *([code] if code else []))


def _back_to(member: Member, survey: Survey, name: str, key: str, field: str, *more: str) -> HttpResponse:
    address = reverse(name, args=[member.organisation.slug, survey.public_id, key, *more])
    return redirect(f"{address}#id_{field}")


def _render(
    request: HttpRequest, member: Member, survey: Survey, name: str, context: dict[str, Any]
) -> HttpResponse:
    shared = {"member": member, "survey": survey}
    return render(request, f"surveys/authoring/{name}.html", shared | context)
