"""Which words come up: counted by the people who used them, in Chinese and in languages with spaces."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from surveys.models import TextAnswer
from surveys.words.stop_words import CHINESE, ENGLISH, TELLING

MOST_TEXTS = 5_000  # the first in the page's order: a page must not take longer the more there are
MOST_WORDS = 30
LEAST_PEOPLE = 2  # a word of one person is no pattern
HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
RUN = re.compile(rf"(?P<han>[{HAN}]+)|(?P<word>[^\W\d_{HAN}]+(?:['’-][^\W\d_{HAN}]+)*)")


@dataclass(frozen=True)
class Keyword:
    """`people`: how many used the word."""

    word: str
    people: int


@dataclass(frozen=True)
class Keywords:
    """`base`: how many people wrote the `texts` that were read; `is_cut`: there are more. Where the base is
    too small to be told it is None, and no words are told."""

    words: list[Keyword]
    base: int | None
    texts: int
    is_cut: bool


def keywords(keys: Sequence[int], least: int = 0, least_base: int = 0) -> Keywords:
    """The words that at least `least` people used, the most used first. `keys` are those of texts in the
    page's order. Of fewer than `least_base` people nothing is told: counts of people would tell which of few
    texts the same person wrote."""
    is_cut = len(keys) > MOST_TEXTS
    read = list(TextAnswer.objects.filter(pk__in=keys[:MOST_TEXTS]).values_list("response", "text"))
    base = len({response for response, _text in read})
    if base < least_base:
        return Keywords([], None, len(read), is_cut)
    counted = _people(read)
    found = [Keyword(word, n) for word, n in counted.items() if n >= max(least, LEAST_PEOPLE)]
    found.sort(key=lambda one: (-one.people, one.word))
    return Keywords(found[:MOST_WORDS], base, len(read), is_cut)


def _people(read: Iterable[tuple[int, str]]) -> Counter[str]:
    used: dict[int, set[str]] = {}
    for response, text in read:
        used.setdefault(response, set()).update(words_in(text))
    return Counter(word for own in used.values() for word in own)


def words_in(text: str) -> Iterator[str]:
    """The words that tell something, in small letters.

    The segmenter's dictionary is that of simplified Chinese; with its hidden Markov model it also finds the
    words of traditional Chinese that the dictionary lacks.
    """
    import rjieba  # its dictionary is read when it is first used: not in every process

    for run in RUN.finditer(text):
        if run["han"]:
            yield from (word for word in rjieba.cut(run["han"], True) if _tells(word))
        elif len(run["word"]) > 1 and (word := run["word"].lower().replace("’", "'")) not in ENGLISH:
            yield word


def _tells(word: str) -> bool:
    return word not in CHINESE if len(word) > 1 else word in TELLING
