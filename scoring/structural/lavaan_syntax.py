"""Model text in lavaan syntax (Rosseel 2012, J. Stat. Softw. 48:2), read by a grammar of our own.

    text      = { statement }              statements end at a line's end or at ";"
    statement = names operator terms       operator is "=~" (measured by), "~" (driven by) or "~~" (covaries)
    names     = name { "+" name }
    terms     = term { "+" term }
    term      = [ ( number | label ) "*" ] name

A number fixes a parameter; parameters with the same label are equal.
"#" starts a comment. A statement goes on over the end of a line after an operator or a "+", or before a "+".
Anything else, functions and constraints above all, is refused with line and column; nothing is ever
evaluated.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NoReturn

from scoring.errors import ModelSyntaxError
from scoring.structural.model import Construct, Path, StructuralModel
from scoring.structural.restriction import Operator, Restriction

LARGEST_TEXT = 200_000  # characters
LARGEST_PAIRS = 50_000  # joined by operators: "a + b ~ c + d" joins four, a short text could join millions

TOKEN = re.compile(
    r"(?P<blank>[^\S\n]+|\#[^\n]*)|(?P<end>[\n;])|(?P<name>[^\W\d][\w.]*|\.[^\W\d][\w.]*)"
    r"|(?P<operator>=~|~~|~)|(?P<plus>\+)|(?P<star>\*)"
    r"|(?P<number>-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
)


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of model text and where it stands (from 1)."""

    kind: str
    text: str
    line: int
    column: int

    def refuse(self, reason: str) -> NoReturn:
        """Raise the error that points here."""
        raise ModelSyntaxError(reason, self.line, self.column)


@dataclass(frozen=True, slots=True)
class Term:
    """A name and what stands before its "*", if anything."""

    name: Token
    modifier: Token | None = None

    @property
    def text(self) -> str:
        """The name."""
        return self.name.text

    def restriction(self, left: str, operator: Operator) -> list[Restriction]:
        """What the modifier says of the parameter `left operator name`."""
        if self.modifier is None:
            return []
        is_number, said = self.modifier.kind == "number", self.modifier.text
        return [
            Restriction(
                left,
                operator,
                self.text,
                value=float(said) if is_number else None,
                label=None if is_number else said,
                line=self.modifier.line,
                column=self.modifier.column,
            )
        ]


@dataclass
class _Draft:
    """What has been read so far; dictionaries keep the order of first mention.

    `mentioned` are names that may be constructs, True for those that must be.
    """

    measured: dict[str, dict[str, None]] = field(default_factory=dict)
    mentioned: dict[str, bool] = field(default_factory=dict)
    paths: list[Path] = field(default_factory=list)
    covariances: list[tuple[Token, Token]] = field(default_factory=list)
    restrictions: list[Restriction] = field(default_factory=list)


def parse(text: str) -> StructuralModel:
    """Read a model. Raises `ModelSyntaxError` with line and column, or `ModelError` if it contradicts itself.

    A name that stands in paths or covariances and belongs to no construct is an observed variable: a
    construct of one item. The variance of a construct or item (`x ~~ x`) is estimated anyway.
    """
    if len(text) > LARGEST_TEXT:
        raise ModelSyntaxError(f"the text is longer than {LARGEST_TEXT} characters", 1, 1)
    draft = _Draft()
    pairs = 0
    for left, operator, right in _statements(text):
        pairs += len(left) * len(right)
        if pairs > LARGEST_PAIRS:
            operator.refuse(f"the model joins more than {LARGEST_PAIRS} pairs of names")
        for subject in left:
            _ADD[operator.text](draft, subject, right)
    return _model(draft)


def _tokens(text: str) -> Iterator[Token]:
    line, start, place = 1, 0, 0
    while place < len(text):
        match = TOKEN.match(text, place)
        if match is None or match.lastgroup is None:
            Token("", text[place], line, place - start + 1).refuse(_unexpected(text[place]))
        if match.lastgroup != "blank":
            yield Token(match.lastgroup, match.group(), line, place - start + 1)
        place = match.end()
        if match.group() == "\n":
            line, start = line + 1, place
    yield Token("end", "", line, place - start + 1)


def _unexpected(character: str) -> str:
    return (
        f"{character!r} has no meaning here; a model is made of names, numbers, '=~', '~', '~~', '+' and '*'"
    )


def _statements(text: str) -> Iterator[tuple[list[Token], Token, list[Term]]]:
    for line in _joined_lines(text):
        at = [k for k, token in enumerate(line) if token.kind == "operator"]
        if not at:
            line[0].refuse(
                "an operator is missing: '=~' (measured by), '~' (driven by) or '~~' (covaries with)"
            )
        if len(at) > 1:
            line[at[1]].refuse(f"a second {line[at[1]].text!r} in one statement; begin a new line")
        operator = line[at[0]]
        yield _names(line[: at[0]], operator), operator, _terms(line[at[0] + 1 :], operator)


def _joined_lines(text: str) -> Iterator[list[Token]]:
    """Tokens statement by statement, without the line ends inside one."""
    current: list[Token] = []
    ended = False
    for token in _tokens(text):
        if token.kind == "end":
            goes_on = bool(current) and current[-1].kind in ("operator", "plus") and token.text == "\n"
            ended = ended or (bool(current) and not goes_on)
            if ended and token.text == ";":
                yield current
                current, ended = [], False
            continue
        if ended and token.kind != "plus":
            yield current
            current = []
        ended = False
        current.append(token)
    if current:
        yield current


def _names(tokens: list[Token], operator: Token) -> list[Token]:
    """Names joined by '+'."""
    if not tokens:
        operator.refuse(f"a name is missing beside {operator.text!r}")
    for k, token in enumerate(tokens):
        wanted, called = ("name", "a name") if k % 2 == 0 else ("plus", "'+'")
        if token.kind != wanted:
            token.refuse(f"{token.text!r} stands where {called} belongs")
    if tokens[-1].kind != "name":
        tokens[-1].refuse("a name is missing after '+'")
    return tokens[::2]


def _terms(tokens: list[Token], operator: Token) -> list[Term]:
    """Names joined by '+', each with a number or a label and '*' before it or without."""
    plain: list[Token] = []
    modifiers: dict[int, Token] = {}
    for k, token in enumerate(tokens):
        follows = tokens[k + 1].kind if k + 1 < len(tokens) else ""
        if token.kind in ("number", "name") and follows == "star":
            if len(plain) in modifiers:
                token.refuse("one number or one label belongs before a name")
            modifiers[len(plain)] = _modifier(token)
        elif token.kind == "star" and k > 0 and tokens[k - 1] is modifiers.get(len(plain)):
            if follows != "name":
                token.refuse("a name is missing after '*'")
        else:
            plain.append(token)
    return [Term(token, modifiers.get(2 * k)) for k, token in enumerate(_names(plain, operator))]


def _modifier(token: Token) -> Token:
    if token.text == "NA":
        token.refuse("'NA*' frees a parameter; here the first loading of a construct is always 1")
    return token


def _add_measurement(draft: _Draft, subject: Token, right: list[Term]) -> None:
    items = draft.measured.setdefault(subject.text, {})
    draft.mentioned[subject.text] = True
    for term in right:
        if term.text in items:
            term.name.refuse(f"item {term.text!r} stands twice in {subject.text!r}")
        said = term.restriction(subject.text, "=~")
        if items or any(one.value != 1.0 for one in said):
            draft.restrictions += said  # a first loading of 1 is what it is anyway
        items[term.text] = None


def _add_paths(draft: _Draft, subject: Token, right: list[Term]) -> None:
    for term in right:
        draft.mentioned[subject.text] = draft.mentioned[term.text] = True
        draft.paths.append(Path(term.text, subject.text))
        draft.restrictions += term.restriction(subject.text, "~")


def _add_covariances(draft: _Draft, subject: Token, right: list[Term]) -> None:
    for term in right:
        draft.mentioned.setdefault(subject.text, False)
        draft.mentioned.setdefault(term.text, False)
        draft.covariances.append((subject, term.name))
        draft.restrictions += term.restriction(subject.text, "~~")


_ADD = {"=~": _add_measurement, "~": _add_paths, "~~": _add_covariances}


def _model(draft: _Draft) -> StructuralModel:
    owners = {item: name for name, items in draft.measured.items() for item in items}
    alone = {item: name for name, items in draft.measured.items() for item in items if len(items) == 1}
    nothing = {one.left for one in draft.restrictions if one.left == one.right and one.value == 0.0}
    pairs = []
    for a, b in draft.covariances:
        if a.text != b.text:
            pairs.append((a.text, b.text))
        elif a.text in alone and a.text not in nothing:
            a.refuse(
                f"{a.text!r} is the only item of {alone[a.text]!r}; its residual variance is 0 by definition"
            )
    names = [name for name, certain in draft.mentioned.items() if certain or name not in owners]
    constructs = [Construct(name, tuple(draft.measured.get(name, [name]))) for name in names]
    told = [one for one in draft.restrictions if not (one.left == one.right and one.left in alone)]
    said = tuple(sorted(told, key=lambda one: one.place))
    return StructuralModel(tuple(constructs), tuple(draft.paths), tuple(pairs), said)
