"""`manage.py prepare`: everything a start needs, in one process, because starting Django is what costs."""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from deploy.demo.loading import EMAIL, load_demo
from surveys.membership import first_link
from surveys.models import Organisation


class Command(BaseCommand):
    help = "Migrate, collect static files and, with --demo, load the demo organisation once."

    def add_arguments(self, parser: CommandParser) -> None:
        kind = parser.add_mutually_exclusive_group()
        kind.add_argument("--demo", action="store_true")
        kind.add_argument("--no-demo", action="store_true")

    def handle(self, **options: Any) -> None:
        call_command("migrate", verbosity=0, interactive=False)
        call_command("collectstatic", verbosity=0, interactive=False)
        if options["demo"] and not settings.DATABASE_URL:
            self.stdout.write(f"login: {EMAIL} {load_demo()}")
        elif not Organisation.objects.exists():
            self.stdout.write(f"start: {first_link()}")
