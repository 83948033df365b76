"""Weights: what equal, whole and zero weights must give, and errors that know about them."""

import numpy as np
import pytest

from scoring.errors import DataError
from scoring.scale import Scale
from scoring.structural import lavaan_syntax
from scoring.structural.blocks import pack
from scoring.structural.fit import fit, fit_block
from tests.scoring.test_full_information import emptied

OPTIONS = [{}, {"estimator": "pls"}, {"missing": "fiml"}, {"estimator": "pls", "missing": "fiml"}]


@pytest.fixture
def data(answers):
    return emptied(answers(240, 4), 0.02, 1)


@pytest.fixture
def run(small, eleven_points):
    return lambda data, **options: fit(small, data, small.items, eleven_points, **options)


def indices(result):
    return [one.index for one in result.indices]


def errors(result):
    return [one.se for one in result.indices]


@pytest.mark.parametrize("options", OPTIONS)
def test_equal_weights_change_nothing(run, data, options):
    plain = run(data, **options)
    assert run(data, weights=np.full(240, 2.5), **options).to_json() == plain.to_json()


@pytest.mark.parametrize("options", OPTIONS)
def test_a_row_of_weight_two_is_two_rows_and_one_of_weight_zero_is_none(run, data, options):
    weights = np.tile([0.0, 1.0, 2.0, 1.0], 60)
    weighted = run(data, weights=weights, **options)
    repeated = run(np.repeat(data, weights.astype(int), axis=0), **options)
    assert indices(weighted) == pytest.approx(indices(repeated), abs=1e-6)
    assert [one.std for one in weighted.loadings] == pytest.approx(
        [one.std for one in repeated.loadings], abs=1e-6
    )
    # but one person asked twice as often is still one person
    assert all(np.array(errors(weighted)) > 1.02 * np.array(errors(repeated)))
    assert {one.code for one in weighted.issues} >= {"weighted"}


@pytest.mark.parametrize("estimator", ["ml", "pls"])
def test_the_error_of_a_single_item_is_that_of_a_weighted_mean(answers, estimator):
    rng = np.random.default_rng(3)
    rows, weights = answers(200, 6)[:, :4], rng.uniform(0.2, 3, 200)
    model = lavaan_syntax.parse("A =~ a1 + a2 + a3\ny ~ A")
    result = fit(model, rows, model.items, dict.fromkeys(model.items, Scale(0, 10)), estimator=estimator,
                 weights=weights)  # fmt: skip
    y = 10 * rows[:, 3]
    mean = np.average(y, weights=weights)
    single = result.indices[-1]
    assert single.index == pytest.approx(mean)
    linear = np.sqrt(np.sum((weights * (y - mean)) ** 2)) / weights.sum()
    assert single.se == pytest.approx(linear, rel=0.01)


def test_all_ways_to_an_error_agree(run, data, monkeypatch):
    from scoring.structural import fit_pls

    weights = np.random.default_rng(3).uniform(0.2, 3, 240)
    ml = errors(run(data, weights=weights))
    jackknife = run(data, weights=weights, estimator="pls")
    bootstrap = run(data, weights=weights, estimator="pls", resamples=500, seed=2)
    assert errors(jackknife) == pytest.approx(ml, rel=0.06)
    assert errors(bootstrap) == pytest.approx(errors(jackknife), rel=0.12)
    for missing in ("listwise", "fiml"):
        monkeypatch.setattr(fit_pls, "LARGEST_DELETE_ONE", 20_000)
        single = errors(run(data, weights=weights, estimator="pls", missing=missing))
        monkeypatch.setattr(fit_pls, "LARGEST_DELETE_ONE", 100)
        groups = errors(run(data, weights=weights, estimator="pls", missing=missing))
        assert groups == pytest.approx(single, rel=0.3)


def test_rows_left_out_and_filled_in(run, data):
    weights = np.ones(240)
    weights[:20] = 0
    weights[20:40] = 3
    result = run(data, weights=weights)
    assert result.issues[0].code == "weighted_rows_left_out"
    assert result.n_used == np.sum(~np.isnan(data[20:]).any(axis=1))
    filled = run(data, weights=weights, missing="mean")
    column, own = data[20:, 0], weights[20:]
    seen = ~np.isnan(column)
    expected = np.average(column[seen], weights=own[seen])
    whole = data.copy()
    whole[np.isnan(whole[:, 0]), 0] = expected
    assert indices(filled) == pytest.approx(indices(run(whole, weights=weights, missing="mean")))


def test_a_block_takes_weights_too(small, run, eleven_points, answers):
    rows = np.rint(answers(120, 2))
    weights = np.linspace(0.5, 2, 120)
    block = pack(rows, small.items, [0] * 9)
    assert indices(fit_block(small, block, eleven_points, weights=weights)) == indices(
        run(rows, weights=weights)
    )


@pytest.mark.parametrize(("value", "words"), [(-1, "-1"), (np.nan, "missing"), (np.inf, "inf")])
def test_what_is_no_weight_is_named(run, data, value, words):
    weights = np.ones(240)
    weights[7] = value
    with pytest.raises(DataError, match=f"row 8.*{words}"):
        run(data, weights=weights)
    with pytest.raises(DataError, match="3 weights for 240 rows"):
        run(data, weights=np.ones(3))
