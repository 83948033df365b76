"""Messages as files: whole or not at all, each taken once, rubbish passed over."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from kombu import Connection


@pytest.fixture
def connection(tmp_path: Path) -> Any:
    (tmp_path / "queue").mkdir()
    options = {
        "data_folder_in": str(tmp_path / "queue"),
        "data_folder_out": str(tmp_path / "queue"),
        "control_folder": str(tmp_path / "control"),
        "polling_interval": 0.01,
    }
    with Connection(
        "filesystem://", transport="deploy.file_queue:Transport", transport_options=options
    ) as one:
        yield one


def test_three_thousand_messages_arrive_while_they_are_written(connection: Any) -> None:
    reader, writer = connection.SimpleQueue("many"), connection.clone().SimpleQueue("many")

    def write(_: object) -> None:
        for number in range(3000):
            writer.put({"number": number})

    with ThreadPoolExecutor(1) as pool:
        written = pool.submit(write, None)
        numbers = []
        for _ in range(3000):
            message = reader.get(timeout=20)
            numbers.append(message.payload["number"])
            message.ack()
        written.result()
    assert sorted(numbers) == list(range(3000))


def test_a_file_that_is_no_message_is_passed_over(connection: Any, tmp_path: Path) -> None:
    for name, content in (("000_a.work.msg", b""), ("000_b.work.msg", b"\xff{"), ("000_c.work.msg", b"{")):
        (tmp_path / "queue" / name).write_bytes(content)
    queue = connection.SimpleQueue("work")
    queue.put({"number": 1})
    assert queue.get(timeout=20).payload == {"number": 1}
