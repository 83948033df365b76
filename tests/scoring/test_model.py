"""A structural model refuses what contradicts itself, and knows its own order."""

import pytest

from scoring.errors import ModelError
from scoring.structural import lavaan_syntax
from scoring.structural.model import Construct, Path, StructuralModel

A, B, C = (Construct(name, (f"{name}1", f"{name}2")) for name in ("A", "B", "C"))


def test_it_knows_where_causes_begin_and_end():
    model = StructuralModel((C, B, A), (Path("A", "B"), Path("B", "C"), Path("A", "C")))
    assert model.exogenous == ("A",)
    assert model.outcomes == ("C", "B")
    assert model.order == ("A", "B", "C")
    assert model.predecessors("C") == ("B", "A")
    assert model.successors("A") == ("B", "C")
    assert model.connected() == (("B", "C"), ("A", "C"), ("A", "B"))


@pytest.mark.parametrize(
    ("constructs", "paths", "covariances", "word"),
    [
        ((), (), (), "no constructs"),
        ((A, A), (), (), "stands 2 times"),
        ((A, Construct("B", ("A1",))), (), (), "item 'A1' stands 2 times"),
        ((A, Construct("B", ())), (), (), "no items"),
        ((A, Construct("B", ("A",))), (), (), "both an item and a construct"),
        ((A, Construct("x y", ("z",))), (), (), "not a name"),
        ((A, B), (Path("A", "X"),), (), "'X'"),
        ((A, B), (Path("A", "A"),), (), "to itself"),
        ((A, B), (Path("A", "B"), Path("A", "B")), (), "stands 2 times"),
        ((A, B, C), (Path("A", "B"), Path("B", "C"), Path("C", "A")), (), "cycle"),
        ((A, B), (), (("A", "B1"),), "must join"),
        ((A, B), (), (("A1", "A1"),), "variance"),
        ((A, B), (), (("A1", "B1"), ("B1", "A1")), "stands 2 times"),
    ],
)
def test_it_refuses_a_model_that_contradicts_itself(constructs, paths, covariances, word):
    with pytest.raises(ModelError, match=word):
        StructuralModel(constructs, paths, covariances)


def test_it_refuses_more_items_or_constructs_than_it_can_bound():
    with pytest.raises(ModelError, match="201 items"):
        StructuralModel((Construct("F", tuple(f"x{i}" for i in range(201))),))
    with pytest.raises(ModelError, match="41 constructs"):
        StructuralModel(tuple(Construct(f"F{i}", (f"x{i}",)) for i in range(41)))


def test_its_lavaan_text_reads_back_to_an_equal_model(ecsi, small):
    with_all = StructuralModel(
        (A, Construct("seen", ("seen",)), B, Construct("单项", ("项目",))),
        (Path("A", "B"), Path("seen", "B"), Path("A", "单项"), Path("单项", "B")),
        (("A1", "B2"), ("A", "seen")),
    )
    for model in (ecsi, small, with_all):
        assert lavaan_syntax.parse(model.to_lavaan()) == model


def test_the_measurement_model_keeps_the_items_and_loses_the_paths(ecsi):
    alone = ecsi.measurement()
    assert alone.items == ecsi.items
    assert alone.exogenous == alone.names
