"""What is asked together, what only some are asked, and what is computed from it: read and checked."""

from collections.abc import Mapping

from scoring.instrument.parts import AnswerScale, Condition, Construct, Derived, Item, MeasuredItem, Section
from scoring.instrument.values import Table, Values


def read_condition(values: Values, table: Table, key: str) -> Condition | None:
    """When an item is shown; checked against the other items by `check_routing`."""
    if "show_if" not in table:
        return None
    key = f"{key}.show_if"
    condition = table["show_if"]
    if not isinstance(condition, dict):
        raise values.fail(key, "must be a table with item and at_least, at_most or both")
    values.only(condition, key, "item at_least at_most")
    least, most = (
        values.whole(condition, end, f"{key}.{end}") if end in condition else None
        for end in ("at_least", "at_most")
    )
    if least is None and most is None:
        raise values.fail(key, "must say at_least, at_most or both")
    return Condition(values.string(condition, "item", f"{key}.item"), least, most)


def read_derived(
    values: Values, doc: Table, items: Mapping[str, Item], scales: Mapping[str, AnswerScale]
) -> tuple[Derived, ...]:
    """The items computed from others; every question is used for one of them at most."""
    found: dict[str, Derived] = {}
    used: set[str] = set()
    for table, key in values.tables(doc, "derived", required=False):
        values.only(table, key, "id text scale plus minus")
        code = values.code(table, "id", f"{key}.id")
        key = f"derived.{code}"
        if code in items or code in found:
            raise values.fail(key, "stands twice; item ids must be unique")
        scale = values.string(table, "scale", f"{key}.scale")
        if scale not in scales:
            raise values.fail(f"{key}.scale", f'"{scale}" is not one of the scales: {", ".join(scales)}')
        plus, minus = (
            tuple(values.strings(table, sign, f"{key}.{sign}") if sign in table else ())
            for sign in ("plus", "minus")
        )
        one = Derived(code, values.text(table, "text", f"{key}.text"), scales[scale], plus, minus)
        _check_inputs(values, one, items, used)
        used.update(one.inputs)
        found[code] = one
    return tuple(found.values())


def _check_inputs(values: Values, one: Derived, items: Mapping[str, Item], used: set[str]) -> None:
    if not one.inputs:
        raise values.fail(f"derived.{one.code}", "must name the items it comes from in plus or minus")
    for sign, codes in (("plus", one.plus), ("minus", one.minus)):
        key = f"derived.{one.code}.{sign}"
        for code in codes:
            item = items.get(code)
            if item is None:
                raise values.fail(key, f'unknown item "{code}"; every item needs an [[items]] entry')
            if item.kind != "scale" or not item.scale:
                raise values.fail(key, f'item "{code}" is of kind "{item.kind}"; one with a scale is needed')
            if code in used or (sign == "minus" and code in one.plus):
                raise values.fail(key, f'item "{code}" is already used for a derived item')
            signed = [point if sign == "plus" else -point for point in item.scale.points]
            if not set(signed) <= set(one.scale.points):
                raise values.fail(key, f'the answers to "{code}" do not all lie on the scale of {one.code}')
    conditions = [items[code].show_if for code in one.inputs]
    for place, condition in enumerate(conditions):
        if any(not _exclude(condition, other) for other in conditions[place + 1 :]):
            raise values.fail(
                f"derived.{one.code}",
                "comes from items that may both be asked; their show_if must exclude each other",
            )


def _exclude(one: Condition | None, other: Condition | None) -> bool:
    """Whether no answer meets both conditions."""
    if one is None or other is None or one.item != other.item:
        return False
    return _ends(one)[1] < _ends(other)[0] or _ends(other)[1] < _ends(one)[0]


def _ends(condition: Condition) -> tuple[float, float]:
    least, most = condition.at_least, condition.at_most
    return (float("-inf") if least is None else least, float("inf") if most is None else most)


def read_sections(
    values: Values,
    doc: Table,
    constructs: tuple[Construct, ...],
    items: Mapping[str, Item],
    derived: tuple[Derived, ...],
) -> tuple[Section, ...]:
    """The pages as written, or without `[[sections]]` one for each construct."""
    if "sections" in doc:
        sections = _written(values, doc, items)
    else:
        inputs = {one.code: one.inputs for one in derived}
        sections = tuple(
            Section(
                one.code,
                one.intro,
                tuple(items[code] for item in one.items for code in inputs.get(item.code, (item.code,))),
            )
            for one in constructs
        )
    asked = {item.code for section in sections for item in section.items}
    for code in items:
        if code not in asked:
            raise values.fail(f"items.{code}", "is on no page; name it in one of the sections")
    return sections


def _written(values: Values, doc: Table, items: Mapping[str, Item]) -> tuple[Section, ...]:
    sections = []
    unused = dict(items)
    for table, key in values.tables(doc, "sections"):
        values.only(table, key, "id title items")
        code = values.code(table, "id", f"{key}.id")
        key = f"sections.{code}"
        own = []
        for name in values.strings(table, "items", f"{key}.items"):
            if name not in items:
                raise values.fail(
                    f"{key}.items", f'unknown item "{name}"; every item needs an [[items]] entry'
                )
            if name not in unused:
                raise values.fail(f"{key}.items", f'item "{name}" is already asked in another section')
            own.append(unused.pop(name))
        if not own:
            raise values.fail(f"{key}.items", "must name at least one item")
        _check_points(values, own, key)
        sections.append(Section(code, values.text(table, "title", f"{key}.title"), tuple(own)))
    return tuple(sections)


def _check_points(values: Values, items: list[Item], key: str) -> None:
    shared = [item for item in items if item.kind == "points"]
    if shared and (len(shared) < 2 or len(shared) != len(items)):
        raise values.fail(
            f"{key}.items", "share 100 points: a section of points has at least two items and no others"
        )
    if any(item.show_if for item in shared):
        raise values.fail(f"{key}.items", "share 100 points: all of them are asked, without show_if")
    if len({item.optional for item in shared}) > 1:
        raise values.fail(f"{key}.items", "share 100 points: all of them are optional or none")


def check_routing(values: Values, sections: tuple[Section, ...], derived: tuple[Derived, ...]) -> None:
    """Conditions ask about what was asked before, and nothing that others need can be dropped."""
    before: dict[str, Item] = {}
    needed = {code: f"derived.{one.code}" for one in derived for code in one.inputs}
    asked = [item for section in sections for item in section.items]
    for item in asked:
        if item.show_if:
            needed[item.show_if.item] = f"items.{item.code}.show_if"
            _check_condition(values, item.code, item.show_if, before)
        before[item.code] = item
    for item in asked:
        if item.optional and item.code in needed:
            raise values.fail(
                f"items.{item.code}.optional", f"cannot be dropped, because {needed[item.code]} needs it"
            )


def _check_condition(values: Values, code: str, condition: Condition, before: Mapping[str, Item]) -> None:
    key = f"items.{code}.show_if"
    item = before.get(condition.item)
    if item is None:
        raise values.fail(f"{key}.item", f'"{condition.item}" is no item that is asked before this one')
    if item.kind != "scale" or not isinstance(item, MeasuredItem):
        raise values.fail(
            f"{key}.item", f'"{item.code}" is of kind "{item.kind}"; one with a scale is needed'
        )
    met = [point for point in item.scale.points if condition.meets(point)]
    if not met or len(met) == len(item.scale.points):
        raise values.fail(key, f'is met by {"every" if met else "no"} answer to "{item.code}"')
