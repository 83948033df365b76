"""`manage.py verify_moments`: compute every block and sum again from the answers, and report differences."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from surveys.blocks.folding import fold, rebuild
from surveys.blocks.verifying import verify
from surveys.models import Survey

DIFFERENT = 1  # exit status


class Command(BaseCommand):
    help = "Compare the packed answers and their sums with the answers themselves."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("survey", nargs="*", help="public ids, as in the surveys' links; all if none")
        parser.add_argument("--repair", action="store_true", help="make those that differ anew")

    def handle(self, *args: Any, survey: list[str], repair: bool, **options: Any) -> None:
        differing = [one for one in _surveys(survey) if not self.is_sound(one, repair)]
        if differing:
            sys.exit(DIFFERENT)

    def is_sound(self, survey: Survey, repair: bool) -> bool:
        """Say what was found; with `repair`, whether it is sound afterwards."""
        fold(survey)
        found = verify(survey)
        for difference in found.differences:
            self.stdout.write(f"{survey.public_id}: {difference}")
        if found.differences and repair:
            rebuild(survey)
            fold(survey)
            self.stdout.write(f"{survey.public_id}: made anew")
            found = verify(survey)
        said = f"{found.blocks} blocks and {found.sums} sums, {len(found.differences)} differences"
        self.stdout.write(f"{survey.public_id}: {said}")
        return not found.differences


def _surveys(public_ids: list[str]) -> list[Survey]:
    if not public_ids:
        return list(Survey.objects.order_by("pk"))
    found = {one.public_id: one for one in Survey.objects.filter(public_id__in=public_ids)}
    for public_id in public_ids:
        if public_id not in found:
            raise CommandError(f"survey: there is none with the id {public_id!r}; its link ends with it")
    return [found[public_id] for public_id in public_ids]
