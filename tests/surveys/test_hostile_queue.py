"""Messages and sessions that would run code if they were believed."""

import pickle
from pathlib import Path

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.core import signing
from kombu.exceptions import ContentDisallowed
from kombu.serialization import loads, prepare_accept_content

from deploy.celery import app


class Bomb:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self.path,)


@pytest.mark.parametrize("kind", ["application/x-python-serialize", "application/x-yaml"])
def test_a_message_that_is_not_json_is_refused_unread(tmp_path: Path, kind: str) -> None:
    accepted = prepare_accept_content(app.conf.accept_content)
    with pytest.raises(ContentDisallowed):
        loads(pickle.dumps(Bomb(tmp_path / "went off")), kind, "binary", accept=accepted)
    assert not (tmp_path / "went off").exists()


def test_messages_are_sent_as_json_and_results_not_at_all() -> None:
    assert app.conf.task_serializer == "json" and app.conf.accept_content == ["json"]
    assert app.conf.task_ignore_result and app.conf.result_backend is None
    assert app.conf.result_accept_content in (None, ["json"]) and app.conf.event_serializer == "json"


def test_sessions_are_json() -> None:
    assert SessionStore().serializer is signing.JSONSerializer
