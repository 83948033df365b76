"""Samples raked to their population: the weights, what is refused, and errors that know about the margins."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.classical.design_effect import weighted_mean
from scoring.classical.margins import NotWeighted, weigh
from scoring.classical.rake import Trim
from scoring.errors import OptionError
from scoring.scale import Scale
from scoring.structural import lavaan_syntax
from scoring.structural.fit import fit

MARGINS = {"region": {"north": 30, "south": 30, "west": 40}, "age": {"old": 5, "young": 7}}


def sample(n, seed, silent=0.0):
    rng = np.random.default_rng(seed)
    region = rng.choice(["north", "south", "west"], n, p=[0.6, 0.3, 0.1])
    age = rng.choice(["old", "young"], n, p=[0.3, 0.7])
    score = rng.normal(size=n) + 0.8 * (region == "north") - 0.5 * (age == "old")
    rows = [6 + 1.5 * (0.8 * score + 0.6 * rng.normal(size=n)) for _ in range(4)]
    region = np.where(rng.random(n) < silent, "", region)
    return {"region": region, "age": age}, np.clip(np.column_stack(rows), 0, 10)


MODEL = lavaan_syntax.parse("A =~ a1 + a2 + a3\ny ~ A")
SCALES = dict.fromkeys(MODEL.items, Scale(0, 10))


def fitted(rows, calibration, estimator="ml", **options):
    if estimator == "pls":
        options = {"resamples": 1000, "seed": 1} | options
    return fit(MODEL, rows, MODEL.items, SCALES, estimator=estimator, calibration=calibration, **options)


def single(result):
    return result.indices[-1]


@settings(max_examples=30, deadline=None)
@given(
    counts=st.lists(st.floats(1, 50), min_size=3, max_size=3),
    scale=st.floats(1e-6, 1e6),
    seed=st.integers(0, 99),
)
def test_weights_agree_with_the_population_however_it_is_counted(counts, scale, seed):
    given, _rows = sample(200, seed, silent=0.1)
    own = dict(zip(("north", "south", "west"), counts, strict=True))
    one = weigh(given, 200, {**MARGINS, "region": own})
    other = weigh(given, 200, {**MARGINS, "region": {name: scale * count for name, count in own.items()}})
    assert other.row_weights == pytest.approx(one.row_weights, rel=1e-9)
    assert one.row_weights.mean() == pytest.approx(1)
    said = given["region"] != ""
    for name, count in own.items():
        share = one.row_weights[given["region"] == name].sum() / one.row_weights[said].sum()
        assert share == pytest.approx(count / sum(counts), rel=1e-6)
    # who is silent keeps the share that the sample has of the silent
    assert one.row_weights[~said].sum() == pytest.approx(np.sum(~said), rel=1e-6)
    assert one.lacking == {"region": np.sum(~said), "age": 0}


def test_a_sample_that_is_like_its_population_gets_no_weights():
    given, _rows = sample(200, 1)
    margins = {
        name: {v: int(np.sum(column == v)) for v in np.unique(column)} for name, column in given.items()
    }
    found = weigh(given, 200, margins, Trim())
    assert np.all(found.row_weights == 1) and found.deff == pytest.approx(1)


@pytest.mark.parametrize("missing", ["listwise", "fiml"])
def test_the_error_of_a_single_item_is_the_linearised_one_of_a_calibrated_mean(missing):
    given, rows = sample(400, 3)
    raked = weigh(given, 400, MARGINS).calibration
    weights, codes = raked.row_weights, raked.cells[raked.place]
    for chosen in (np.ones(400, dtype=bool), given["region"] == "north", given["age"] == "young"):
        y = np.where(chosen, 10 * rows[:, 3], np.nan)
        expected = weighted_mean(y, weights, margins=codes, base_weights=weights)
        ml = single(fitted(rows[chosen], raked.of(chosen), missing=missing))
        assert (ml.index, ml.se) == pytest.approx((expected.mean, expected.se), rel=1e-6)
        drawn = single(fitted(rows[chosen], raked.of(chosen), "pls", missing=missing))
        assert drawn.index == pytest.approx(expected.mean)
        assert drawn.se == pytest.approx(expected.se, rel=0.1)


def test_leaving_out_groups_gives_the_same_errors(monkeypatch):
    from scoring.structural import fit_pls

    given, rows = sample(4000, 5, silent=0.1)
    raked = weigh(given, 4000, MARGINS).calibration
    for chosen in (np.ones(4000, dtype=bool), given["age"] == "young"):
        ml = fitted(rows[chosen], raked.of(chosen))
        monkeypatch.setattr(fit_pls, "LARGEST_DELETE_ONE", 100)
        groups = fitted(rows[chosen], raked.of(chosen), "pls")
        assert [one.code for one in groups.issues][-1] == "groups_left_out"
        assert [one.se for one in groups.indices] == pytest.approx([one.se for one in ml.indices], rel=0.25)


def test_the_share_that_is_silent_is_not_taken_for_known():
    """Where the silent differ much, their share alone moves the mean: raking cannot take that away."""
    rng = np.random.default_rng(1)
    silent = rng.random(1000) < 0.3
    given = {"region": np.where(silent, "", rng.choice(["north", "south"], 1000))}
    raked = weigh(given, 1000, {"region": {"north": 1, "south": 1}}).calibration
    rows = np.clip(np.where(silent, 2, 8)[:, None] + rng.normal(size=(1000, 4)) * 0.5, 0, 10)
    binomial = 100 * 0.6 * np.sqrt(0.3 * 0.7 / 1000)
    assert single(fitted(rows, raked)).se > 0.95 * binomial
    assert single(fitted(rows, raked, "pls")).se > 0.9 * binomial


def test_what_cannot_be_weighted_says_why():
    given, _rows = sample(60, 1)
    with pytest.raises(NotWeighted) as nobody:
        weigh(given, 60, {"region": {"north": 1, "east": 1}})
    assert (nobody.value.code, nobody.value.params) == (
        "nobody_has_option",
        {"margin": "region", "value": "east"},
    )
    both = {"a": np.array(["x", "y"] * 30), "b": np.array(["x", "y"] * 30)}
    with pytest.raises(NotWeighted) as apart:
        weigh(both, 60, {"a": {"x": 1, "y": 3}, "b": {"x": 3, "y": 1}})
    assert apart.value.code == "margins_contradict"
    with pytest.raises(NotWeighted) as narrow:
        weigh(given, 60, MARGINS, Trim(0.99, 1.01))
    assert narrow.value.code == "bounds_too_narrow"


def test_raked_weights_are_given_in_one_way_only():
    given, rows = sample(60, 1)
    raked = weigh(given, 60, MARGINS).calibration
    with pytest.raises(OptionError):
        fitted(rows, raked, weights=np.ones(60))
    with pytest.raises(OptionError):
        fitted(rows, raked, "pls", resamples=0)
