"""System checks: a service with a broken instrument does not start."""

from typing import Any

from django.core.checks import CheckMessage, Error, register

from scoring.instrument.file import InstrumentError, builtin


@register()
def instruments_are_valid(**_: Any) -> list[CheckMessage]:
    try:
        builtin()
    except InstrumentError as error:
        return [Error(str(error), id="surveys.E001")]
    return []
