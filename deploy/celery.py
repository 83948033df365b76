"""The queue: worker and beat processes.

A message is only a wake-up; what is to be done, and by whom, stands in the database.
"""

import os
from pathlib import Path
from typing import Any

from celery import Celery
from celery.signals import worker_init
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deploy.settings")

app = Celery("barometer")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["indices", "surveys", "deploy.demo"])
for folder in ("data_folder_in", "control_folder"):
    if path := settings.CELERY_BROKER_TRANSPORT_OPTIONS.get(folder):
        Path(path).mkdir(parents=True, exist_ok=True)


@worker_init.connect
def import_estimators(**_: Any) -> None:
    """Import semopy once in the parent: it takes seconds, and every forked child then has it for nothing."""
    import random

    state = random.getstate()
    import semopy  # noqa: F401

    random.setstate(state)  # semopy seeds the generator when imported
