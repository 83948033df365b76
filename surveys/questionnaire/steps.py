"""How far along the questionnaire a page is, said honestly where answers decide what comes next."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from surveys.questionnaire.conditions import Answer
from surveys.questionnaire.pages import Page, hidden


class Steps(NamedTuple):
    """Step `number` of `last`; unless `is_certain`, answers still to come may make it fewer."""

    number: int
    last: int
    is_certain: bool


def steps_at(page: Page, all_pages: Sequence[Page], answers: Mapping[str, Answer]) -> Steps:
    """A page ahead counts as long as it may be shown: on the way on, the last step never moves away."""
    place = next(n for n, one in enumerate(all_pages) if one.code == page.code)
    behind, ahead = tuple(all_pages[:place]), all_pages[place + 1 :]
    known = {**answers, **hidden(behind, answers)}
    number = 1 + sum(bool(one.visible(known).questions) for one in behind)
    possible, certain = _ahead(page, ahead, known)
    return Steps(number, number + possible, possible == certain)


def _ahead(page: Page, ahead: Sequence[Page], known: Mapping[str, Answer]) -> tuple[int, int]:
    """How many pages may follow, and how many will, whatever is answered from here on."""
    open_yet = {question.code for question in page.questions}
    possible = certain = 0
    for one in ahead:
        rules = [(question.code, one.show_if + question.show_if) for question in one.questions]
        may = {
            code: {condition.question for condition in conditions} & open_yet
            for code, conditions in rules
            if all(c.question in open_yet or c.holds(known) for c in conditions)
        }
        possible += bool(may)
        certain += any(not waits_for for waits_for in may.values())
        open_yet |= may.keys()
    return possible, certain
