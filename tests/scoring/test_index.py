"""The index: its range, what it does not depend on, and what its standard error is worth."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scoring.scale import Scale
from scoring.structural.fit import fit
from scoring.structural.model import Construct, StructuralModel

QUIET = {"deadline": None, "suppress_health_check": [HealthCheck.function_scoped_fixture]}


def by_name(result):
    return {one.construct: one for one in result.indices}


@settings(max_examples=12, **QUIET)
@given(seed=st.integers(0, 10_000), estimator=st.sampled_from(["ml", "pls"]))
def test_order_of_rows_and_columns_is_irrelevant(small, answers, eleven_points, seed, estimator):
    rng = np.random.default_rng(seed)
    data = answers(80, seed)
    rows, columns = rng.permutation(80), rng.permutation(9)
    one = fit(small, data, small.items, eleven_points, estimator=estimator)
    shuffled = data[rows][:, columns]
    other = fit(small, shuffled, [small.items[i] for i in columns], eleven_points, estimator=estimator)
    assert one.status == other.status
    for name, index in by_name(one).items():
        assert by_name(other)[name].index == pytest.approx(index.index, abs=1e-6)
        assert by_name(other)[name].se == pytest.approx(index.se, abs=1e-6)


@settings(max_examples=12, **QUIET)
@given(
    seed=st.integers(0, 10_000),
    factor=st.floats(0.01, 1000),
    shift=st.floats(-50, 50),
    estimator=st.sampled_from(["ml", "pls"]),
)
def test_the_units_of_a_scale_are_irrelevant(small, answers, eleven_points, seed, factor, shift, estimator):
    data = answers(80, seed)
    scales = dict(eleven_points)
    scales["b2"] = Scale(shift - 1e-6, shift + 10 * factor + 1e-6)
    moved = data.copy()
    moved[:, 4] = shift + factor * data[:, 4]
    one = fit(small, data, small.items, eleven_points, estimator=estimator)
    other = fit(small, moved, small.items, scales, estimator=estimator)
    assert one.status == other.status
    for name, index in by_name(one).items():
        assert 0 <= index.low <= index.index <= index.high <= 100
        assert by_name(other)[name].index == pytest.approx(index.index, abs=1e-2)


@pytest.mark.parametrize("estimator", ["ml", "pls"])
def test_a_reversed_item_counts_as_its_mirror_image(small, answers, eleven_points, estimator):
    data = answers(200, 1)
    scales = eleven_points | {"b2": Scale(0, 10, reverse=True)}
    mirrored = data.copy()
    mirrored[:, 4] = 10 - data[:, 4]
    plain = fit(small, data, small.items, eleven_points, estimator=estimator)
    turned = fit(small, mirrored, small.items, scales, estimator=estimator)
    assert [one.index for one in turned.indices] == pytest.approx(
        [one.index for one in plain.indices], abs=1e-8
    )
    assert [one.std for one in turned.loadings] == pytest.approx(
        [one.std for one in plain.loadings], abs=1e-6
    )


@settings(max_examples=12, **QUIET)
@given(
    seed=st.integers(0, 10_000), turned=st.sets(st.integers(0, 8)), estimator=st.sampled_from(["ml", "pls"])
)
def test_reversing_items_twice_has_no_effect(small, answers, eleven_points, seed, turned, estimator):
    """Once where the answers are mirrored and the scale says so, and once more where both are turned back."""
    data = np.rint(answers(80, seed))
    columns = sorted(turned)
    once = data.copy()
    once[:, columns] = 10 - data[:, columns]
    reverse = eleven_points | {small.items[k]: Scale(0, 10, reverse=True) for k in columns}
    plain = fit(small, data, small.items, eleven_points, estimator=estimator)
    mirrored = fit(small, once, small.items, reverse, estimator=estimator)
    assert mirrored.status == plain.status
    for one, other in zip(plain.indices, mirrored.indices, strict=True):
        assert (other.index, other.se) == pytest.approx((one.index, one.se), abs=1e-8, nan_ok=True)
    once[:, columns] = 10 - once[:, columns]
    assert fit(small, once, small.items, eleven_points, estimator=estimator).to_json() == plain.to_json()


@settings(max_examples=12, **QUIET)
@given(seed=st.integers(0, 10_000), estimator=st.sampled_from(["ml", "pls"]))
def test_order_of_items_and_constructs_in_the_model_is_irrelevant(
    small, answers, eleven_points, seed, estimator
):
    """Another item sets the unit of its construct then; the index knows of no such unit."""
    rng = np.random.default_rng(seed)
    constructs = [Construct(one.name, tuple(rng.permutation(one.items).tolist())) for one in small.constructs]
    other = StructuralModel(tuple(constructs[k] for k in rng.permutation(3)), small.paths[::-1])
    data = answers(150, seed)
    one, two = (fit(model, data, small.items, eleven_points, estimator=estimator) for model in (small, other))
    assert one.status == two.status and one.structure == two.structure
    for name, index in by_name(one).items():
        assert by_name(two)[name].index == pytest.approx(index.index, abs=1e-5)
        assert by_name(two)[name].se == pytest.approx(index.se, abs=1e-5, nan_ok=True)


@settings(max_examples=20, **QUIET)
@given(
    seed=st.integers(0, 10_000),
    shift=st.floats(-12, 12),
    n=st.sampled_from([30, 45, 120]),
    options=st.sampled_from([("ml", 0), ("pls", 0), ("pls", 40)]),
)
def test_indices_and_their_intervals_lie_within_100(small, answers, eleven_points, seed, shift, n, options):
    """Also where all but a few answers are those at the end of the scale."""
    data = np.clip(np.rint(answers(n, seed) + shift), 0, 10)
    estimator, resamples = options
    result = fit(small, data, small.items, eleven_points, estimator=estimator, resamples=resamples, seed=1)
    assert not result.indices or result.status == "ok"
    for one in result.indices:
        assert 0 <= one.index <= 100
        assert np.isnan(one.se) or 0 <= one.low <= one.high <= 100


@settings(max_examples=12, **QUIET)
@given(
    seed=st.integers(0, 10_000),
    lowest=st.integers(-20, 20),
    step=st.sampled_from([0.5, 1, 3, 100]),
    estimator=st.sampled_from(["ml", "pls"]),
)
def test_another_scale_for_all_items_has_no_effect(
    small, answers, eleven_points, seed, lowest, step, estimator
):
    data = np.rint(answers(80, seed))
    scales = dict.fromkeys(small.items, Scale(lowest, lowest + 10 * step))
    one = fit(small, data, small.items, eleven_points, estimator=estimator)
    other = fit(small, lowest + step * data, small.items, scales, estimator=estimator)
    assert one.status == other.status
    for first, second in zip(one.indices, other.indices, strict=True):
        assert (second.index, second.se) == pytest.approx((first.index, first.se), abs=1e-6, nan_ok=True)


@pytest.mark.parametrize("estimator", ["ml", "pls"])
def test_weights_sum_to_one_and_make_the_index(small, answers, eleven_points, estimator):
    data = answers(200, 1)
    result = fit(small, data, small.items, eleven_points, estimator=estimator)
    means = dict(zip(small.items, 10 * data.mean(axis=0), strict=True))
    for name, index in by_name(result).items():
        own = [one for one in result.weights if one.construct == name]
        assert sum(one.weight for one in own) == pytest.approx(1)
        assert sum(one.weight * means[one.item] for one in own) == pytest.approx(index.index)


def test_a_single_item_is_its_own_index(table, ecsi, ten_points):
    header, data = table("sim_250")
    column = data[:, header.index("CUSCO")]
    for estimator in ("ml", "pls"):
        one = by_name(fit(ecsi, data, header, ten_points, estimator=estimator))["CUSCO"]
        assert one.index == pytest.approx((column.mean() - 1) / 9 * 100)
        assert one.se == pytest.approx(column.std() / np.sqrt(250) / 9 * 100, rel=0.01)


def test_the_analytic_error_of_ml_agrees_with_a_bootstrap(small, answers, eleven_points):
    """200 resamples give a standard error to 5 %; twice that is allowed."""
    data = answers(250, 11)
    rng = np.random.default_rng(12)
    whole = fit(small, data, small.items, eleven_points)
    drawn = [fit(small, data[rng.integers(0, 250, 250)], small.items, eleven_points) for _ in range(200)]
    for k, one in enumerate(whole.indices):
        spread = np.std([other.indices[k].index for other in drawn], ddof=1)
        assert one.se == pytest.approx(spread, rel=0.12)
    weights = np.array([[one.weight for one in other.weights] for other in drawn]).std(axis=0, ddof=1)
    assert [one.se for one in whole.weights] == pytest.approx(weights, rel=0.2)


def test_the_jackknife_of_pls_agrees_with_its_bootstrap(small, answers, eleven_points):
    data = answers(250, 13)
    plain = fit(small, data, small.items, eleven_points, estimator="pls")
    drawn = fit(small, data, small.items, eleven_points, estimator="pls", resamples=2000, seed=1)
    for one, other in zip(plain.indices, drawn.indices, strict=True):
        assert one.se == pytest.approx(other.se, rel=0.06)


def test_intervals_of_the_ml_index_cover(small, answers, eleven_points):
    """200 samples of 100 at nominal 95 %: three constructs' mean coverage lies within 92 and 98 %."""
    truth = fit(small, answers(100_000, 99), small.items, eleven_points)
    hits = []
    for seed in range(200):
        result = fit(small, answers(100, 1000 + seed), small.items, eleven_points)
        assert result.status == "ok"
        pairs = zip(result.indices, truth.indices, strict=True)
        hits += [one.low <= true.index <= one.high for one, true in pairs]
    assert 0.92 < np.mean(hits) < 0.98
