"""Bias-corrected and accelerated intervals, against scipy's and by what they are for."""

import numpy as np
import pytest
from scipy.stats import bootstrap

from scoring.structural.bca import acceleration, bca_shares
from scoring.structural.fit import fit


def test_it_agrees_with_scipy():
    """The variance of lopsided answers: scipy draws its own resamples, here shares are taken over them."""
    rows = np.random.default_rng(1).exponential(size=60)
    theirs = bootstrap((rows,), np.var, method="BCa", n_resamples=4000, rng=np.random.default_rng(2), axis=-1)
    left_out = np.array([[np.var(np.delete(rows, k))] for k in range(60)])
    drawn = theirs.bootstrap_distribution[:, None]
    low, high = bca_shares(drawn, np.array([np.var(rows)]), left_out)
    assert np.quantile(drawn, low[0]) == pytest.approx(theirs.confidence_interval.low, rel=0.01)
    assert np.quantile(drawn, high[0]) == pytest.approx(theirs.confidence_interval.high, rel=0.01)
    assert low[0] > 0.03 and high[0] > 0.985  # it reaches further up than the percentiles do


def test_it_is_the_percentile_interval_where_nothing_leans():
    drawn = np.random.default_rng(1).normal(size=(1001, 1))
    drawn = np.vstack([drawn, -drawn])
    left_out = np.array([[-1.0], [0.0], [1.0]])
    assert acceleration(left_out)[0] == 0
    low, high = bca_shares(drawn, np.zeros(1), left_out)
    assert (low[0], high[0]) == pytest.approx((0.025, 0.975))


def test_what_cannot_be_estimated_or_never_moves_does_no_harm():
    drawn = np.array([[1.0, np.nan], [1.0, 2.0], [1.0, 3.0]])
    left_out = np.array([[1.0, np.nan], [1.0, 2.5], [1.0, 2.0]])
    low, high = bca_shares(drawn, np.array([1.0, 2.4]), left_out)
    assert np.all((low > 0) & (low < high) & (high < 1))


@pytest.mark.parametrize("missing", ["listwise", "fiml"])
def test_a_fit_offers_both(small, answers, eleven_points, missing):
    data = answers(100, 1)
    data[:3, 2] = np.nan
    percentile, bca = (
        fit(small, data, small.items, eleven_points, estimator="pls", missing=missing, resamples=400, seed=3,
            intervals=intervals)
        for intervals in ("percentile", "bca")
    )  # fmt: skip
    assert [one.se for one in percentile.loadings] == [one.se for one in bca.loadings]
    pairs = list(zip(percentile.loadings, bca.loadings, strict=True))
    assert all(one.low != other.low for one, other in pairs)
    assert all(other.low < other.std < other.high for _, other in pairs)
    # what is bounded by 1 leans to it: the corrected interval of a loading lies lower
    assert np.mean([other.low - one.low for one, other in pairs]) < 0
