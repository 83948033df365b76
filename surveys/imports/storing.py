"""Drafts of imports, and storing one exactly once, in one transaction."""

import hashlib
import zlib
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from surveys.imports.checking import Checked, CheckedRow, check
from surveys.imports.plan import Plan
from surveys.imports.reading import Table, read_table
from surveys.imports.refusals import AlreadyImported, ImportRefused, PlanRefused, RowsRefused, shown
from surveys.models import ImportBatch, Period, Response, Survey, User, Version
from surveys.periods import add_wave, key_of_day, local_day, period_of_day

ROWS_AT_ONCE = 2_000
LONGEST_FILENAME = 255
DRAFT_DAYS = 7  # an unfinished draft, with the answers in it, is dropped after so long


def published(survey: Survey) -> Version:
    """The version imported answers belong to. Raises ImportRefused for a survey that has none."""
    version = survey.current_version
    if version is None:
        raise ImportRefused(_("Publish the survey first: answers belong to a published version."))
    return version


def start_draft(survey: Survey, content: bytes, filename: str, encoding: str, by: User | None) -> ImportBatch:
    """Keep a readable file until it is confirmed, given up or too old. Raises ImportRefused."""
    published(survey)
    read_table(content, encoding)
    _refuse_known(survey, _digest(content))
    too_old = timezone.now() - timedelta(days=DRAFT_DAYS)
    survey.imports.filter(state=ImportBatch.State.DRAFT, created_at__lt=too_old).delete()
    return ImportBatch.objects.create(
        survey=survey,
        filename=_tidy(filename),
        file_digest=_digest(content),
        content=zlib.compress(content, level=1),
        settings={"encoding": encoding},
        created_by=by,
    )


def draft_table(batch: ImportBatch) -> Table:
    if batch.content is None:
        _refuse_known(batch.survey, batch.file_digest)
        raise ImportRefused(_("This import was given up. Upload the file again."))
    return read_table(zlib.decompress(batch.content), batch.settings["encoding"])


def keep_plan(batch: ImportBatch, plan: Plan) -> None:
    """Remember a draft's plan; a stored import keeps the one it was stored by."""
    batch.settings = {**batch.settings, "plan": plan.as_json()}
    ImportBatch.objects.filter(pk=batch.pk, state=ImportBatch.State.DRAFT).update(settings=batch.settings)


def give_up(batch: ImportBatch) -> None:
    ImportBatch.objects.filter(pk=batch.pk, state=ImportBatch.State.DRAFT).delete()


def confirm(batch: ImportBatch, plan: Plan) -> ImportBatch:
    """Check a draft again and store it. Raises ImportRefused; then nothing is stored."""
    table = draft_table(batch)
    checked = check(table, plan, batch.survey, published(batch.survey))
    if not checked.may_store:
        raise RowsRefused(checked)
    return store(batch, checked)


def import_file(
    survey: Survey, content: bytes, filename: str, plan: Plan, by: User | None, encoding: str = "utf-8"
) -> ImportBatch:
    """Read, check and store a file in one go. Raises ImportRefused; then nothing is stored."""
    table = read_table(content, encoding)
    _refuse_known(survey, _digest(content))
    checked = check(table, plan, survey, published(survey))
    return import_checked(survey, table, filename, checked, by)


def import_checked(
    survey: Survey, table: Table, filename: str, checked: Checked, by: User | None
) -> ImportBatch:
    """Store rows that were just checked, without a draft. Raises ImportRefused."""
    if not checked.may_store:
        raise RowsRefused(checked)
    batch = ImportBatch.objects.create(
        survey=survey,
        filename=_tidy(filename),
        file_digest=_digest(table.content),
        settings={"encoding": table.encoding},
        created_by=by,
    )
    try:
        return store(batch, checked)
    except BaseException:
        give_up(batch)
        raise


def store(batch: ImportBatch, checked: Checked) -> ImportBatch:
    """Store checked rows, once for a draft and once for a file: later calls raise AlreadyImported.

    Periods are made before the transaction: made within it, they would hold up every submission that
    belongs to one of them until the last row is in.
    """
    _refuse_known(batch.survey, batch.file_digest)
    periods = _Periods(batch.survey, checked)
    try:
        with transaction.atomic():
            _claim(batch, checked)
            for chunk in _chunks(_responses(batch, checked, periods)):
                Response.objects.bulk_create(chunk)
    except IntegrityError:
        _refuse_known(batch.survey, batch.file_digest)
        raise
    batch.refresh_from_db()
    return batch


def _claim(batch: ImportBatch, checked: Checked) -> None:
    """Exactly one caller changes the draft; the database lets one batch of a file be stored."""
    changed = ImportBatch.objects.filter(pk=batch.pk, state=ImportBatch.State.DRAFT).update(
        state=ImportBatch.State.STORED,
        stored_at=timezone.now(),
        content=None,
        settings={**batch.settings, "plan": checked.plan.as_json()},
        rows_stored=len(checked.rows),
        rows_left_out=checked.bad_rows,
    )
    if changed != 1:
        _refuse_known(batch.survey, batch.file_digest)
        raise ImportRefused(_("This import was given up. Upload the file again."))


def _chunks(responses: Iterator[Response]) -> Iterator[list[Response]]:
    while chunk := list(islice(responses, ROWS_AT_ONCE)):
        yield chunk


def _responses(batch: ImportBatch, checked: Checked, periods: "_Periods") -> Iterator[Response]:
    codes, questions = tuple(checked.plan.columns), tuple(checked.plan.segments)
    for row in checked.rows:
        options = zip(questions, row.segments, strict=True)
        # Ids, not objects: setting and checking four relations would take a good part of the time.
        yield Response(
            survey_id=batch.survey_id,
            version_id=checked.version.pk,
            period_id=periods.of(row).pk,
            batch_id=batch.pk,
            state=Response.State.FINISHED,
            origin=Response.Origin.IMPORT,
            language=row.language,
            answers=dict(zip(codes, row.answers, strict=True)),
            segments={question: option for question, option in options if option is not None},
            finished_at=row.finished_at,
        )


class _Periods:
    """The period of each row, asked for once; where waves decide, once a day."""

    def __init__(self, survey: Survey, checked: Checked) -> None:
        self.survey = survey
        self.wave = named_wave(survey, checked.plan.wave) if checked.plan.wave else None
        self.known: dict[date, Period] = {}
        for row in checked.rows:
            self.of(row)

    def of(self, row: CheckedRow) -> Period:
        if row.finished_at is None:
            assert self.wave is not None  # noqa: S101  without dates the plan names a wave
            return self.wave
        day = local_day(self.survey, row.finished_at)
        key = key_of_day(self.survey, day)
        if key not in self.known:
            self.known[key] = self.made(day)
        return self.known[key]

    def made(self, day: date) -> Period:
        period = period_of_day(self.survey, day)
        if period is None:
            raise ImportRefused(_("The survey's waves were changed meanwhile. Check the file again."))
        return period


def named_wave(survey: Survey, name: str) -> Period:
    """The survey's wave of this name: a new one, without days, if there is none yet. Raises PlanRefused."""
    try:
        return survey.periods.filter(name=name).first() or add_wave(survey, name, None, None)
    except ValidationError as error:
        made_meanwhile = survey.periods.filter(name=name).first()
        if made_meanwhile is None:
            raise PlanRefused("wave", "; ".join(error.messages)) from None
        return made_meanwhile


def _refuse_known(survey: Survey, digest: str) -> None:
    earlier = survey.imports.filter(state=ImportBatch.State.STORED, file_digest=digest).first()
    if earlier and earlier.stored_at:
        raise AlreadyImported(earlier.stored_at)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _tidy(filename: str) -> str:
    name = shown(filename.replace("\\", "/").rpartition("/")[2])
    return name[:LONGEST_FILENAME] or "answers.csv"
