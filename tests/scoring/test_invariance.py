"""What a test of invariance says: levels, the item that moved, latent means, and groups it cannot compare."""

import json
from itertools import pairwise

import numpy as np
import pytest

from scoring.errors import DataError, ModelError
from scoring.structural import invariance, lavaan_syntax
from scoring.structural.invariance_result import Criteria
from scoring.structural.moments import Moments, from_rows

COLUMN = {name: k for k, name in enumerate(["a1", "a2", "a3", "b1", "b2", "b3", "c1", "c2", "c3"])}


@pytest.fixture
def samples(answers):
    """Two samples of the same population."""
    return [answers(800, seed=1), answers(800, seed=2)]


def moments(samples):
    return [from_rows(one) for one in samples]


def test_the_same_population_twice_is_strictly_invariant(small, samples):
    found = invariance.test(small, moments(samples))
    assert (found.status, found.verdict, found.partial) == ("ok", "strict", False)
    assert [level.status for level in found.levels] == ["holds"] * 4
    assert found.moved == ()
    assert found.messages == ("The constructs' means may be compared between the groups.",)
    for before, after in pairwise(found.levels):
        assert after.change.chi2 == pytest.approx(after.fit.chi2 - before.fit.chi2)
        assert after.change.df == after.fit.df - before.fit.df


@pytest.mark.parametrize("item", ["b1", "b2"])  # b1 sets the unit of B
def test_a_loading_that_moved_is_named(item, small, samples):
    column = samples[1][:, COLUMN[item]]
    column *= 1.6
    found = invariance.test(small, moments(samples))
    assert [(one.level, one.item) for one in found.moved] == [("metric", item)]
    assert (found.verdict, found.partial) == ("strict", True)
    assert [level.status for level in found.levels] == ["holds", "partial", "holds", "holds"]
    (moved,) = found.moved
    assert moved.values[1] / moved.values[0] == pytest.approx(1.6, rel=0.1)
    assert "b" in found.latent_means[1].unit and found.latent_means[1].unit != item
    assert f"leaving {item} out" in found.messages[-1]


def test_an_intercept_that_moved_is_named_and_left_out_of_the_means(small, samples):
    samples[1][:, COLUMN["c2"]] += 0.6
    found = invariance.test(small, moments(samples))
    assert [(one.level, one.construct, one.item) for one in found.moved] == [("scalar", "C", "c2")]
    assert found.moved[0].values[1] - found.moved[0].values[0] == pytest.approx(0.6, abs=0.1)
    assert found.moved[0].shift == pytest.approx(0.6 / 1.2, abs=0.1)
    assert all(abs(one.z) < 3 for one in found.latent_means)


def test_a_residual_variance_that_moved_leaves_means_comparable(small, samples):
    rng = np.random.default_rng(5)
    samples[1][:, COLUMN["a3"]] += rng.normal(size=800)
    found = invariance.test(small, moments(samples))
    assert [(one.level, one.item) for one in found.moved] == [("strict", "a3")]
    assert found.messages[-1] == "The constructs' means may be compared between the groups."


def test_a_shift_of_a_construct_is_a_latent_mean_not_a_moved_item(small, samples):
    samples[1][:, 3:6] += 0.5
    found = invariance.test(small, moments(samples))
    assert found.moved == ()
    shift = {one.construct: one for one in found.latent_means}["B"]
    assert shift.difference == pytest.approx(0.5, abs=0.15)
    assert shift.low < 0.5 < shift.high and shift.z > 5
    assert shift.d == pytest.approx(shift.difference / (1.2 * 0.8), rel=0.1)


def test_two_items_of_three_that_moved_apart_cannot_carry_a_comparison(small, samples):
    samples[1][:, COLUMN["c1"]] += 0.8
    samples[1][:, COLUMN["c2"]] -= 0.8
    found = invariance.test(small, moments(samples))
    assert found.verdict == "metric"
    assert found.levels[-1].status == "fails"
    assert found.latent_means == ()
    assert any("too few of its items stay alike" in text for text in found.messages)
    assert found.messages[-1].startswith("Relations between the constructs may be compared")


def test_indices_alone_hide_one_item_in_many(small, samples):
    """ΔCFI and ΔRMSEA as usual, without a bound for single items: the level holds although Δχ² is clear."""
    samples[1][:, COLUMN["c2"]] += 0.3
    loose = invariance.test(small, moments(samples), Criteria(shift=np.inf))
    close = invariance.test(small, moments(samples))
    assert loose.levels[2].status == "holds" and loose.levels[2].change.p < 1e-4
    assert close.levels[2].status == "partial"


def test_periods_and_order(small, answers):
    periods = moments([answers(500, seed=seed) for seed in range(4)])
    found = invariance.test(small, periods)
    assert found.verdict == "strict"
    assert [one.group for one in found.latent_means] == [2, 2, 2, 3, 3, 3, 4, 4, 4]
    turned = invariance.test(small, periods[::-1])
    assert turned.levels[-1].fit.chi2 == pytest.approx(found.levels[-1].fit.chi2, abs=1e-6)


def test_units_have_no_effect(small, samples):
    found = invariance.test(small, moments(samples))
    changed = invariance.test(small, moments([7 + 11 * one for one in samples]))
    for one, other in zip(found.levels, changed.levels, strict=True):
        assert other.fit.chi2 == pytest.approx(one.fit.chi2, abs=1e-6)
    for one, other in zip(found.latent_means, changed.latent_means, strict=True):
        assert other.difference == pytest.approx(11 * one.difference, abs=1e-6)
        assert other.p == pytest.approx(one.p, abs=1e-6)


def test_a_single_item_differs_by_its_mean(samples):
    model = lavaan_syntax.parse("A =~ a1 + a2 + a3\nB =~ b1 + b2 + b3\nc1 ~ A + B\n")
    rows = [one[:, [*range(6), 6]] for one in samples]
    found = invariance.test(model, moments(rows))
    single = next(one for one in found.latent_means if one.construct == "c1")
    assert single.difference == pytest.approx(rows[1][:, 6].mean() - rows[0][:, 6].mean(), abs=1e-8)


def test_one_construct_of_three_items_has_nothing_to_test_at_first(samples):
    model = lavaan_syntax.parse("A =~ a1 + a2 + a3\n")
    found = invariance.test(model, moments([one[:, :3] for one in samples]))
    assert found.levels[0].fit.df == 0 and found.verdict == "strict"
    assert json.loads(json.dumps(found.to_json(), allow_nan=False))["levels"][0]["fit"]["p"] is None


def test_too_few(small, samples):
    found = invariance.test(small, moments([samples[0], samples[1][:29]]))
    assert (found.status, found.verdict, found.n) == ("too_few", None, (800, 29))
    assert found.messages[0].startswith("Group 2 has 29 usable answers")


def test_a_constant_item_and_a_copied_one(small, samples):
    samples[1][:, 4] = 5.0
    found = invariance.test(small, moments(samples))
    assert found.status == "not_identified" and "group 2 gave the same answer to b2" in found.messages[0]
    samples[1][:, 4] = samples[1][:, 3]
    assert invariance.test(small, moments(samples)).status == "not_identified"


def test_an_improper_group_is_said(table):
    model = lavaan_syntax.parse(
        "E =~ CUEX1 + CUEX2 + CUEX3\nS =~ CUSA1 + CUSA2 + CUSA3\nC =~ CUSCO\nC ~ E + S\n"
    )
    header, data = table("mobi")
    rows = data[:, [header.index(item) for item in model.items]]
    rows[125:, 3] = 3 * rows[125:, 4] - 2 * rows[125:, 3]
    found = invariance.test(model, moments(np.split(rows, 2)))
    assert (found.status, found.verdict) == ("improper", None)
    assert "no admissible result in group 2" in found.messages[0]


@pytest.mark.parametrize("seed", range(8))
def test_noise_gives_a_verdict_and_no_exception(small, seed):
    rng = np.random.default_rng(seed)
    found = invariance.test(small, moments(rng.normal(size=(2, 60, 9))))
    assert found.status in ("ok", "improper", "not_converged", "not_identified")
    assert found.issues


def test_what_cannot_be_asked(small, samples):
    first, second = moments(samples)
    with pytest.raises(DataError, match="at least two groups"):
        invariance.test(small, [first])
    with pytest.raises(DataError, match="group 2 has moments of other items"):
        invariance.test(small, [first, Moments(800, second.mean[:8], second.covariance[:8, :8])])
    with pytest.raises(DataError, match="compare fewer at a time"):
        invariance.test(small, [first] * 120)
    tied = lavaan_syntax.parse("A =~ a1 + 1*a2 + a3\n")
    with pytest.raises(ModelError, match="invariance holds loadings equal"):
        invariance.test(tied, [first, second])
