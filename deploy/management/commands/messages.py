"""`manage.py messages`: collect the texts of every part into its catalogue, and compile the catalogues.

Needs GNU gettext (for those who change texts; a running service uses the compiled catalogues).
"""

import contextlib
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils.translation import to_locale

PARTS = ("surveys", "indices", "deploy")


class Command(BaseCommand):
    help = "Collect and compile the translations of surveys, indices and deploy."

    def handle(self, **_: Any) -> None:
        locales = [to_locale(code) for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
        for part in PARTS:
            (settings.BASE_DIR / part / "locale").mkdir(exist_ok=True)
            with contextlib.chdir(settings.BASE_DIR / part):
                call_command(
                    "makemessages", locale=locales, no_obsolete=True, add_location="file", verbosity=0
                )
                call_command("compilemessages", locale=locales, verbosity=0)
