"""The pages that take in earlier answers: upload a file, look at it, store it or give it up."""

from itertools import islice
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from surveys.forms.imports import PlanForm, UploadForm
from surveys.imports.checking import Checked, check
from surveys.imports.plan import Plan, fitted, plan_from_json, suggest_plan
from surveys.imports.reading import Table
from surveys.imports.refusals import ImportRefused, PlanRefused, RowsRefused, shown
from surveys.imports.storing import confirm, draft_table, give_up, keep_plan, published, start_draft
from surveys.models import ImportBatch, Member, Survey
from surveys.views.access import for_members, get_survey

PREVIEW_ROWS = 8
PREVIEW_COLUMNS = 60


@for_members(may="edit")
def import_new(request: HttpRequest, member: Member, survey: str) -> HttpResponse:
    found = get_survey(member, survey)
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file, encoding = form.cleaned_data["file"], form.cleaned_data["encoding"]
        try:
            batch = start_draft(found, file.read(), file.name, encoding, member.user)
        except ImportRefused as refused:
            form.add_error("file", str(refused))
        else:
            return redirect("import-review", member.organisation.slug, found.public_id, batch.public_id)
    context = {"member": member, "survey": found, "form": form, "version": found.current_version}
    return render(request, "surveys/imports/new.html", context)


@for_members(may="edit")
def import_review(request: HttpRequest, member: Member, survey: str, batch: str) -> HttpResponse:
    found = get_survey(member, survey)
    draft = get_object_or_404(found.imports, public_id=batch)
    draft.survey = found
    here = redirect("import-review", member.organisation.slug, found.public_id, draft.public_id)
    if draft.state == ImportBatch.State.STORED:
        return here if request.method == "POST" else _stored_page(request, member, draft)
    if request.method != "POST":
        return _review_page(request, member, draft)
    if request.POST.get("do") == "give-up":
        give_up(draft)
        messages.success(request, _("The file was given up; nothing of it was stored."))
        return redirect("import-new", member.organisation.slug, found.public_id)
    return _act(request, member, draft) or here


def _act(request: HttpRequest, member: Member, draft: ImportBatch) -> HttpResponse | None:
    """Keep the plan that was sent and, if asked to, store by it. Gives the page again if that is refused."""
    table, form = _form(draft, request.POST)
    if not form.is_valid():
        return _page(request, member, draft, table, form, None)
    checked: Checked | None = None
    try:
        plan = fitted(form.plan(), table, draft.survey, form.version)
        keep_plan(draft, plan)
        if request.POST.get("do") == "store":
            confirm(draft, plan)
    except RowsRefused as refused:
        checked = refused.checked
        messages.error(request, str(refused))
    except PlanRefused as refused:
        form.refuse(refused.field, str(refused))
    except ImportRefused as refused:
        form.refuse("", str(refused))
    else:
        return None
    return _page(request, member, draft, table, form, checked)


def _review_page(request: HttpRequest, member: Member, draft: ImportBatch) -> HttpResponse:
    table, form = _form(draft, None)
    checked: Checked | None = None
    if "plan" in draft.settings:
        plan = plan_from_json(draft.settings["plan"])
        try:
            checked = check(table, plan, draft.survey, form.version)
        except PlanRefused as refused:  # the survey was published anew since
            messages.error(request, str(refused))
    return _page(request, member, draft, table, form, checked)


def _form(draft: ImportBatch, data: Any) -> tuple[Table, PlanForm]:
    table, version = draft_table(draft), published(draft.survey)
    stored = draft.settings.get("plan")
    plan = plan_from_json(stored) if stored else suggest_plan(table, draft.survey, version)
    return table, PlanForm(data, table=table, plan=plan, survey=draft.survey, version=version)


def _page(
    request: HttpRequest,
    member: Member,
    draft: ImportBatch,
    table: Table,
    form: PlanForm,
    checked: Checked | None,
) -> HttpResponse:
    context = {
        "member": member,
        "survey": draft.survey,
        "batch": draft,
        "form": form,
        "table": table,
        "delimiter": {",": _("comma"), ";": _("semicolon"), "\t": _("tab")}[table.delimiter],
        "checked": checked,
        "preview": _preview(table),
    }
    return render(request, "surveys/imports/review.html", context)


def _preview(table: Table) -> dict[str, Any]:
    rows = [(row.line, _cells(row.cells)) for row in islice(table.rows(), PREVIEW_ROWS)]
    hidden = max(0, len(table.header) - PREVIEW_COLUMNS)
    return {"header": _cells(list(table.header)), "rows": rows, "hidden_columns": hidden}


def _cells(cells: list[str]) -> list[str]:
    return [shown(cell) for cell in cells[:PREVIEW_COLUMNS]]


def _stored_page(request: HttpRequest, member: Member, batch: ImportBatch) -> HttpResponse:
    survey: Survey = batch.survey
    periods = survey.periods.filter(responses__batch=batch).distinct().order_by("first_day", "pk")
    plan: Plan = plan_from_json(batch.settings["plan"])
    context = {"member": member, "survey": survey, "batch": batch, "plan": plan, "periods": periods}
    return render(request, "surveys/imports/stored.html", context)
