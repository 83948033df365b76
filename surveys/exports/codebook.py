"""The codebook: a row for every variable with its question, scale, labels, kinds of missing and versions."""

from collections.abc import Iterator, Sequence

from surveys.exports.columns import Column, Layout, in_language
from surveys.exports.missing import KINDS, in_words
from surveys.exports.sav_file import Variable, variables
from surveys.series import versions_text


def rows(layout: Layout, language: str) -> Iterator[Sequence[str]]:
    """Header and rows, as texts. `language` is that of what is not asked."""
    named = variables(layout.columns, language)
    yield [
        "variable", "variable_sav", "kind", "scale",
        *(f"text [{one}]" for one in layout.languages),
        *(f"values [{one}]" for one in layout.languages),
        "missing", "missing_sav", "versions",
    ]  # fmt: skip
    for name, variable in named.items():
        column = variable.column
        yield [
            column.heading or column.name,
            name,
            column.kind or column.family,
            _scale(column),
            *(in_language(column.texts, one) for one in layout.languages),
            *(_values(variable, one) for one in layout.languages),
            *_missing(variable),
            versions_text(column.versions) if column.versions else "",
        ]


def _scale(column: Column) -> str:
    """From what to what; where versions differ, by version."""
    scales = dict.fromkeys(column.scales.values())
    if len(scales) <= 1:
        return next(iter(scales), "")
    by_version = {one: [n for n, scale in column.scales.items() if scale == one] for one in scales}
    return "; ".join(f"{scale or '–'} ({versions_text(numbers)})" for scale, numbers in by_version.items())


def _values(variable: Variable, language: str) -> str:
    """Each value with its label; options also with the number that they have in the file for SPSS."""
    column = variable.column
    is_single = column.family == "single"
    told = [
        (f"{value} ({variable.codes[value]})" if is_single else value, column.label(value, language))
        for value in column.labels
    ]
    return "; ".join(f"{value} = {label}" for value, label in told)


def _missing(variable: Variable) -> tuple[str, str]:
    if not variable.can_miss:
        return "", ""
    words = in_words()
    marks = "; ".join(f"{mark} = {words[kind]}" for kind, mark in KINDS.items())
    return marks, "; ".join(f"{words[kind]} = {number}" for kind, number in variable.missing.items())
