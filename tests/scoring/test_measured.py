"""What answers come to, kind by kind: bases, what is missing, and points that do not sum to 100."""

import math

import numpy as np
import pytest

from scoring.classical.headline import headline
from scoring.classical.measured import Answers, measure
from scoring.classical.servqual import usable_points
from scoring.errors import DataError
from scoring.instrument.file import builtin
from scoring.instrument.parts import Feature

NAN = math.nan
KANO = builtin()["kano"].adapted(features=[Feature("chat", {"en": "A chat"})])


def measured(name, columns):
    instrument = KANO if name == "kano" else builtin()[name]
    codes = [item.code for item in instrument.items]
    n = max((len(one) for one in columns.values()), default=0)
    values = np.full((n, len(codes)), NAN)
    for code, given in columns.items():
        values[:, codes.index(code)] = given
    return measure(instrument, Answers(tuple(codes), values))


def by_code(found):
    return {one.code: one for one in found.scores}


@pytest.mark.parametrize("name", ["nps", "csat", "ces", "servqual", "servqual_zone", "servperf", "kano"])
@pytest.mark.parametrize("n", [0, 3])
def test_without_answers_there_is_no_figure_and_no_number_that_is_none(name, n):
    code = (KANO if name == "kano" else builtin()[name]).items[0].code
    found = measured(name, {code: [NAN] * n})
    assert (found.status, found.n_used, found.scores) == ("too_few", 0, [])
    assert "nan" not in str(found.values).lower() and "inf" not in str(found.values).lower()


def test_zero_is_an_answer():
    found = measured("nps", {"score": [0, 0, NAN]})
    assert by_code(found)["nps"].value == -100 and found.n_used == 2
    assert found.values["answers"]["0"] == 2


def test_an_answer_off_the_scale_is_refused():
    with pytest.raises(DataError, match="off the scale"):
        measured("nps", {"score": [11]})


def test_a_share_counts_its_box_and_the_mean_is_another_figure():
    found = measured("ces", {"score": [7, 6, 5, 4, 1, NAN]})
    assert found.values["box"] == [5, 7]
    assert by_code(found)["ces"].value == pytest.approx(60) and by_code(found)["ces"].n == 5
    assert by_code(found)["answer.mean"].value == pytest.approx(23 / 5)


def test_a_box_need_not_reach_the_top_of_the_scale():
    from dataclasses import replace

    answers = Answers(("score",), np.array([[1.0], [2.0], [3.0], [5.0]]))
    found = measure(replace(builtin()["csat"], box=(2, 3)), answers)
    assert by_code(found)["csat"].value == 50


def test_a_half_answered_pair_of_statements_is_in_no_gap():
    columns = {f"e{i}": [6, 6, NAN] for i in range(1, 23)} | {f"p{i}": [5, NAN, 4] for i in range(1, 23)}
    found = measured("servqual", columns)
    assert found.values["n"] == 1 and by_code(found)["unweighted"].value == -1
    assert math.isnan(by_code(found)["unweighted"].low)
    assert found.values["dimensions"]["tangibles"]["low"] is None
    assert "weighted" not in by_code(found) and found.values["weighted"] is None


def test_points_that_do_not_sum_to_100_weigh_nothing_and_are_counted():
    points, left_out = usable_points(
        [[20] * 5, [30, 30, 30, 30, 30], [50, 50, NAN, NAN, NAN], [NAN] * 5, [120, -20, 0, 0, 0]]
    )
    assert left_out == 3 and np.isfinite(points).all(axis=1).tolist() == [True, False, False, False, False]
    names = ("tangibles", "reliability", "responsiveness", "assurance", "empathy")
    columns = {f"e{i}": [6, 6] for i in range(1, 23)} | {f"p{i}": [5, 3] for i in range(1, 23)}
    found = measured("servqual", columns | {f"w_{name}": [20, 19] for name in names})
    assert (by_code(found)["unweighted"].value, by_code(found)["weighted"].value) == (-2, -1)
    assert found.issues == [{"code": "points_left_out", "params": {"count": 1}}]


def test_a_feature_needs_whole_pairs_and_its_coefficients_those_that_tell():
    pairs = [(1, 5), (1, 3), (3, 5), (3, 3), (5, 1), (1, 1), (1, NAN), (NAN, 5)]
    there, absent = zip(*pairs, strict=True)
    found = measured("kano", {"chat_functional": there, "chat_dysfunctional": absent})
    (feature,) = found.values["features"]
    assert feature["counts"] == {"M": 1, "O": 1, "A": 1, "I": 1, "R": 1, "Q": 1}
    assert (feature["n"], feature["telling"], found.n_used) == (6, 4, 6)
    scores = by_code(found)
    assert (scores["better.chat"].value, scores["worse.chat"].value) == (0.5, -0.5)
    assert {one.n for one in found.scores} == {4}


def test_the_overall_zone_is_the_mean_of_the_dimensions():
    columns = {f"{letter}{i}": [value] for letter, value in (("a", 5), ("d", 8)) for i in range(1, 23)}
    found = measured("servqual_zone", columns | {f"p{i}": [9 if i <= 4 else 6] for i in range(1, 23)})
    scores = by_code(found)
    assert (scores["msa"].value, scores["mss"].value) == pytest.approx(((4 + 4 * 1) / 5, (1 + 4 * -2) / 5))
    assert found.values["unweighted"]["in_zone"] == pytest.approx(0.8)


def test_what_each_kind_is_first_about():
    assert {name: headline(one) for name, one in builtin().items() if one.kind != "structural"} == {
        "nps": ("nps",),
        "csat": ("csat",),
        "ces": ("ces",),
        "servqual": ("unweighted", "weighted"),
        "servperf": ("unweighted", "weighted"),
        "servqual_zone": ("msa", "mss"),
        "kano": (),
    }
