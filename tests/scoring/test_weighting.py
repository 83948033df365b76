"""Raking, post-stratification, design effects and linearised errors."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.classical.design_effect import design_effect, effective_n, weighted_mean
from scoring.classical.rake import Trim, post_stratify, rake
from scoring.errors import DataError


def sample(n, seed, sizes=(3, 2)):
    """Codes in which every cell occurs, and answers that depend on them."""
    rng = np.random.default_rng(seed)
    every = np.array([(i, j) for i in range(sizes[0]) for j in range(sizes[1])])
    codes = np.vstack([every, np.column_stack([rng.integers(0, size, n - len(every)) for size in sizes])])
    return codes, 5 + codes @ [1.0, 2.0] + rng.normal(size=n)


@settings(max_examples=50, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    first=st.lists(st.floats(10, 1000), min_size=3, max_size=3),
    share=st.floats(0.1, 0.9),
)
def test_raking_reproduces_the_margins(seed, first, share):
    codes, _ = sample(60, seed)
    second = [sum(first) * share, sum(first) * (1 - share)]
    base = np.random.default_rng(seed).uniform(0.5, 2, 60)
    raked = rake(base, codes, [first, second])
    assert raked.converged
    for margin, target in zip(codes.T, (first, second), strict=True):
        assert np.bincount(margin, raked.weights) == pytest.approx(target, rel=1e-6)
    order = np.random.default_rng(seed).permutation(60)
    shuffled = rake(base[order], codes[order], [first, second])
    assert shuffled.weights == pytest.approx(raked.weights[order], rel=1e-9)


def test_raking_to_what_is_there_changes_nothing():
    codes, _ = sample(50, 1)
    targets = [np.bincount(margin) for margin in codes.T]
    raked = rake(np.ones(50), codes, targets)
    assert (raked.converged, raked.iterations) == (True, 1)
    assert raked.weights == pytest.approx(np.ones(50))


def test_one_margin_is_post_stratification():
    codes, _ = sample(50, 2)
    expected = post_stratify(np.ones(50), codes[:, 0], [100, 200, 300])
    assert rake(np.ones(50), codes[:, :1], [[100, 200, 300]]).weights == pytest.approx(expected)
    assert np.bincount(codes[:, 0], expected) == pytest.approx([100, 200, 300])


def test_trimmed_weights_keep_their_bounds_and_the_margins():
    codes, _ = sample(200, 3)
    targets = [[900, 60, 40], [500, 500]]
    free, cut = rake(np.ones(200), codes, targets), rake(np.ones(200), codes, targets, trim=Trim(0.3, 2.8))
    mean = cut.weights.mean()
    assert free.weights.max() > 2.8 * mean or free.weights.min() < 0.3 * mean
    loose = rake(np.ones(200), codes, targets, trim=Trim(0.01, 100))
    assert loose.weights == pytest.approx(free.weights)
    impossible = rake(np.ones(200), codes, targets, trim=Trim(0.9, 1.1))
    assert not impossible.converged


def test_trimming_that_can_be_met_is_met():
    """A rare cell gets a weight of its own; cut, its margin partners take over."""
    codes, _ = sample(400, 8, sizes=(4, 4))
    targets = [[400, 250, 200, 150], [150, 200, 250, 400]]
    free = rake(np.ones(400), codes, targets).weights
    bound = 0.98 * free.max() / free.mean()
    cut = rake(np.ones(400), codes, targets, trim=Trim(0.1, bound))
    assert cut.converged
    assert cut.weights.max() <= (bound + 1e-5) * cut.weights.mean()
    for margin, target in zip(codes.T, targets, strict=True):
        assert np.bincount(margin, cut.weights) == pytest.approx(target, rel=1e-6)


def test_margins_that_contradict_one_another_do_not_converge():
    codes = np.array([(0, 0), (1, 1)])
    raked = rake(np.ones(2), codes, [[10, 90], [90, 10]], cycles=50)
    assert (raked.converged, raked.iterations) == (False, 50)


def test_unusable_targets_are_refused():
    codes, _ = sample(20, 4)
    with pytest.raises(DataError, match="'sex': its targets sum to 90, those of 'age' to 100"):
        rake(np.ones(20), codes, [[50, 30, 20], [45, 45]], ["age", "sex"])
    with pytest.raises(DataError, match="'margin 2': the population counts must all be numbers above 0"):
        rake(np.ones(20), codes, [[50, 30, 20], [100, 0]])
    with pytest.raises(DataError, match="'margin 1': nobody has its value number 4"):
        rake(np.ones(20), codes, [[50, 30, 10, 10], [50, 50]])
    with pytest.raises(DataError, match="99 and 1e-300 lie too far apart"):
        rake(np.ones(20), codes[:, 1:], [[1e-300, 99]])
    with pytest.raises(DataError, match="'weights', row 1: nan"):
        rake([np.nan] * 20, codes, [[50, 30, 20], [50, 50]])


@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=40), st.floats(0.01, 100))
def test_the_design_effect_is_at_least_1_and_free_of_units(weights, factor):
    assert 1 - 1e-12 <= design_effect(weights) <= len(weights) + 1e-9
    assert design_effect(np.multiply(weights, factor)) == pytest.approx(design_effect(weights))
    assert effective_n(weights) <= len(weights) * (1 + 1e-12)
    assert design_effect([factor] * 5) == pytest.approx(1)


def test_no_weight_at_all():
    assert np.isnan([design_effect([]), effective_n([0, 0]), weighted_mean([np.nan], [1]).mean]).all()


def test_weights_of_1_reproduce_the_unweighted_mean_and_error():
    _, y = sample(40, 5)
    result = weighted_mean(y, np.ones(40))
    assert (result.n, result.mean) == (40, pytest.approx(y.mean()))
    assert result.se == pytest.approx(y.std(ddof=1) / np.sqrt(40))
    assert np.isnan(weighted_mean([3.0], [1]).se)


def test_the_error_of_a_post_stratified_mean_is_that_of_the_strata():
    """√(n/(n−1) Σ_h W_h² Σ(y − ȳ_h)²/n_h²) with W_h the share of the population (Cochran 1977, sec. 5A.9, in
    its conditional form)."""
    codes, y = sample(80, 6)
    stratum, totals = codes[:, 0], np.array([100.0, 300.0, 600.0])
    weights = post_stratify(np.ones(80), stratum, totals)
    result = weighted_mean(y, weights, codes[:, :1])
    within = [np.sum((y[stratum == h] - y[stratum == h].mean()) ** 2) for h in range(3)]
    expected = np.sum((totals / 1000 / np.bincount(stratum)) ** 2 * within) * 80 / 79
    assert result.se == pytest.approx(np.sqrt(expected))
    assert result.se < weighted_mean(y, weights).se


@pytest.mark.parametrize("weighted_base", [False, True])
def test_the_error_of_a_raked_mean_agrees_with_a_jackknife(weighted_base):
    """Leaving out one respondent at a time and raking the others anew, within 3 %."""
    codes, y = sample(250, 7)
    base = np.random.default_rng(7).uniform(0.8, 1.25, 250) if weighted_base else np.ones(250)
    targets = [[500, 300, 200], [350, 650]]
    result = weighted_mean(y, rake(base, codes, targets).weights, codes, base)
    left_out = np.array([np.delete(np.arange(250), i) for i in range(250)])
    means = np.array(
        [np.average(y[rest], weights=rake(base[rest], codes[rest], targets).weights) for rest in left_out]
    )
    jackknife = np.sqrt(249 / 250 * np.sum((means - means.mean()) ** 2))
    assert result.se == pytest.approx(jackknife, rel=0.03)
    assert result.se < 0.8 * weighted_mean(y, rake(base, codes, targets).weights).se


def test_missing_answers_make_a_domain():
    codes, y = sample(60, 9)
    weights = np.random.default_rng(9).uniform(1, 2, 60)
    holes = np.where(codes[:, 1] == 0, np.nan, y)
    there = ~np.isnan(holes)
    result = weighted_mean(holes, weights)
    assert result.mean == pytest.approx(np.average(y[there], weights=weights[there]))
    assert result.n == there.sum()
    z = np.where(there, weights * (y - result.mean), 0) / weights[there].sum()
    assert result.se == pytest.approx(np.sqrt(60 / 59 * np.sum((z - z.mean()) ** 2)))


def test_clusters_and_a_finite_population():
    _, y = sample(40, 10)
    clusters = np.repeat(np.arange(10), 4)
    totals = y.reshape(10, 4).sum(axis=1)
    result = weighted_mean(y, np.ones(40), clusters=clusters)
    assert result.se == pytest.approx(np.sqrt(10) * totals.std(ddof=1) / 40)
    assert weighted_mean(y, np.ones(40), population=40).se == 0
    with pytest.raises(DataError, match="3 rows of margins for 40"):
        weighted_mean(y, np.ones(40), np.zeros((3, 1), dtype=int))
