"""Tasks of which one at a time is enough."""

from surveys.turns import turn_of


def test_who_comes_while_another_is_at_it_is_told_so_and_may_afterwards() -> None:
    with turn_of("tests") as first, turn_of("tests") as second, turn_of("other tests") as other:
        assert first and not second and other
    with turn_of("tests") as again:
        assert again
