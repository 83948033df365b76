"""The segments of what a measurement key measures: of every version whose answers are pooled under it.

A question or option that a later version left out is still what earlier respondents answered.
"""

from collections.abc import Mapping

from surveys.models import Survey, Version

Texts = Mapping[str, str]


def segments_of(survey: Survey, measurement_key: str) -> list[str]:
    """Everybody (empty), then each option of each segment question as `question:option`."""
    return ["", *_options(survey, measurement_key)]


def segment_labels(survey: Survey, measurement_key: str, language: str) -> dict[str, str]:
    """What the segments but everybody's are called in a language."""
    options = _options(survey, measurement_key)
    return {segment: text.get(language) or next(iter(text.values())) for segment, text in options.items()}


def question_of(segment: str) -> str:
    return segment.partition(":")[0]


def question_labels(survey: Survey, measurement_key: str, language: str) -> dict[str, str]:
    """The segment questions in a language, by code."""
    texts = {code: text for code, (text, _options) in _questions(survey, measurement_key).items()}
    return {code: text.get(language) or next(iter(text.values())) for code, text in texts.items()}


def _options(survey: Survey, measurement_key: str) -> dict[str, Texts]:
    return {
        f"{code}:{option}": text
        for code, (_text, options) in _questions(survey, measurement_key).items()
        for option, text in options.items()
    }


def _questions(survey: Survey, measurement_key: str) -> dict[str, tuple[Texts, dict[str, Texts]]]:
    """Each question's text and its options with theirs, in the words and the order of the newest version that
    has them."""
    found: dict[str, tuple[Texts, dict[str, Texts]]] = {}
    for version in _versions(survey, measurement_key):
        for question in version.content.segments:
            _text, options = found.setdefault(question.code, (question.text, {}))
            for option in question.options:
                options.setdefault(option.code, option.text)
    return found


def _versions(survey: Survey, measurement_key: str) -> list[Version]:
    """Newest first; without their snapshots, which a process reads once."""
    versions = Version.objects.filter(survey=survey, uses__measurement_key=measurement_key)
    return list(versions.defer("snapshot").order_by("-number"))
