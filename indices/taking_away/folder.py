"""The folder itself: its name, its files, and the ZIP that holds it."""

import csv
import io
import json
import zipfile
from collections.abc import Iterable
from typing import Any

from django.utils.text import slugify

from indices.api import RunSerializer, Told
from indices.disclosing.disclosure import Disclosure
from indices.models import Estimate, Run
from indices.taking_away.answers import RunWeights, answers_of, moments_to_take
from indices.taking_away.readme import compare_program, readme
from indices.taking_away.score_commands import command_of
from surveys.models import Member
from surveys.selectors import latest_use

LONGEST = 40  # characters of each part of a name


class NotThere(Exception):
    """The run has no results: it is not done."""


class TooSmall(Exception):
    """The run rests on fewer answers than any figure is shown of, or tells of such a group."""


def check(run: Run, disclosure: Disclosure) -> None:
    """Whether a run may be taken away. Raises NotThere or TooSmall."""
    if run.status != Run.Status.DONE:
        raise NotThere
    if disclosure.why(run):
        raise TooSmall
    if max((one.n_used for one in run.estimates.all()), default=0) < run.survey.least_told:
        raise TooSmall


def may_take_away(member: Member, run: Run, disclosure: Disclosure) -> bool:
    """Who reads only takes nothing away."""
    try:
        check(run, disclosure)
    except (NotThere, TooSmall):
        return False
    return member.may_edit


def folder_name(run: Run) -> str:
    """Survey, period, segment and revision in small ASCII letters, digits and hyphens."""
    window = f"last-{run.window}" if run.window > 1 else ""
    segment = run.segment.replace(":", "-")
    parts = [
        slugify(run.survey.name)[:LONGEST].strip("-_") or "survey",
        slugify(run.period.name)[:LONGEST].strip("-_") or "period",
        window,
        slugify(segment)[: 2 * LONGEST].strip("-_") or "everybody",
        f"r{run.revision}",
    ]
    return "-".join(part for part in parts if part)


def zipped(run: Run) -> bytes:
    """The folder as a ZIP; the same run always gives the same files. Raises NotThere or TooSmall."""
    check(run, Disclosure(run.survey, reads_answers=True))
    name, out = folder_name(run), io.BytesIO()
    assert run.ended_at is not None  # noqa: S101  it is done
    made = run.ended_at.timetuple()[:6]
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for file, content in _files(run).items():
            entry = zipfile.ZipInfo(f"{name}/{file}", made)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, content)
    return out.getvalue()


def _files(run: Run) -> dict[str, str]:
    answers = answers_of(run)
    moments = {} if answers else moments_to_take(run)
    instrument = latest_use(run.survey, run.measurement_key).instrument
    scales, command = instrument.scales(), command_of(instrument)
    estimates = {one.estimator: one.result for one in sorted(run.estimates.all(), key=_by_name)}
    files = {
        "README.md": readme(run, scales, estimates, answers, moments, command),
        **({"model.lav": run.model} if run.model else {}),
        "run.json": _json(_described(run)),
        "requirements.txt": _requirements(run),
        "compare.py": compare_program(),
    }
    files |= {f"{estimator}.json": _json(result) for estimator, result in estimates.items()}
    if answers:
        files["answers.csv"] = _csv(answers.table())
        files |= _weighting(answers.weights) if answers.weights else {}
    elif moments:
        files["moments.json"] = _json(moments)
    return files


def _by_name(one: Estimate) -> str:
    return one.estimator


def _described(run: Run) -> dict[str, Any]:
    """The run as the API shows it, without what lies in files of its own."""
    shown = dict(RunSerializer(run, context={"told": Told(run.survey, reads_answers=True)}).data)
    for name in ("estimates", "model", "seconds_left", "waiting_before", "progress", "stage", "error"):
        shown.pop(name, None)
    survey = {"id": run.survey.public_id, "name": run.survey.name}
    return {"organisation": run.survey.organisation.slug, "survey": survey} | shown


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def _weighting(weights: RunWeights) -> dict[str, str]:
    sample = {} if weights.sample is None else {"sample.csv": _csv(weights.sample_table())}
    return {"margins.json": _json(weights.margins), **sample}


def _csv(table: Iterable[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(table)
    return out.getvalue()


def _requirements(run: Run) -> str:
    """The libraries of the run, to install; `scoring` itself comes from Barometer's source."""
    own = run.versions.get("barometer", "")
    lines = [f"{name}=={version}" for name, version in run.versions.items() if name != "barometer"]
    return "\n".join([f"# python -m scoring is part of Barometer {own}", *lines]) + "\n"


def stored_run(run: Run) -> Run:
    """The run with all that a folder holds of it."""
    rows = Run.objects.select_related("survey__organisation", "period")
    return rows.prefetch_related("estimates", "comparisons__against__period").get(pk=run.pk)
