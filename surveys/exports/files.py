"""Where the files lie, what they are called, and which of them may go."""

import shutil
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.text import slugify

from surveys.models import Export

CSV = ("csv", "text/csv; charset=utf-8")
TYPES = {
    Export.Kind.CSV: CSV,
    Export.Kind.XLSX: ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    Export.Kind.SAV: ("sav", "application/x-spss-sav"),
    Export.Kind.CODEBOOK: CSV,
}
LONGEST = 40  # characters of the survey's name


def path_of(name: str) -> Path:
    return Path(settings.EXPORT_DIR) / name


def own_name(export: Export) -> str:
    """Of this claim: two workers that both believe to have an export never write the same file."""
    return f"{export.public_id}.{export.claim}.{TYPES[Export.Kind(export.kind)][0]}"


def workshop(export: Export) -> Path:
    """A folder for all that is needed while the file is written, and for nothing after."""
    return path_of(f"{export.public_id}.{export.claim}.parts")


def download_name(export: Export) -> str:
    """Survey, kind and day in small ASCII letters, digits and hyphens."""
    survey = slugify(export.survey.name)[:LONGEST].strip("-_") or "survey"
    what = "codebook" if export.kind == Export.Kind.CODEBOOK else "answers"
    at = export.ended_at or export.queued_at
    day = at.astimezone(ZoneInfo(export.survey.organisation.time_zone)).date()
    return f"{survey}-{what}-{day}.{TYPES[Export.Kind(export.kind)][0]}"


def content_type(export: Export) -> str:
    return TYPES[Export.Kind(export.kind)][1]


def remove_unneeded() -> int:
    """Remove every file and workshop that no export has any more; returns how many.

    The folder is read before the database, so that what appears in between is not taken for nobody's.
    """
    folder = Path(settings.EXPORT_DIR)
    lying = list(folder.iterdir()) if folder.is_dir() else []
    if not lying:
        return 0
    live = Export.objects.filter(status__in=[Export.Status.RUNNING, Export.Status.DONE])
    kept = {f"{public_id}.{claim}" for public_id, claim in live.values_list("public_id", "claim")}
    gone = [one for one in lying if ".".join(one.name.split(".")[:2]) not in kept]
    for path in gone:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return len(gone)
