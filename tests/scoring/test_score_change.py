"""Differences of scores: published figures, tests that say what intervals say, and few false alarms."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.classical.means import mean_of, welch
from scoring.classical.nps import Counts
from scoring.classical.nps_comparison import compare
from scoring.classical.proportions import newcombe_difference, newcombe_z
from scoring.classical.score import Score, mean_score, nps_score
from scoring.classical.score_change import against_the_others, difference
from scoring.errors import DataError

NAN = math.nan
shares = st.integers(1, 80).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def share(count, n, kind="percent"):
    unit = {"percent": 100.0, "better": 1.0, "worse": -1.0}[kind]
    return Score("x", kind, unit * count / n, NAN, NAN, NAN, n, (count,))


def nps(promoters, passives, detractors):
    return nps_score("nps", Counts(promoters, passives, detractors))


def test_shares_differ_as_newcombe_printed():
    """56 of 70 less 48 of 80 (Newcombe 1998, Table II, method 10)."""
    found = difference(share(56, 70), share(48, 80))
    assert (found.difference, found.low, found.high) == pytest.approx((20, 5.24, 33.39), abs=0.01)
    assert found.test == "newcombe" and 0 < found.p < 0.05


def test_net_scores_differ_as_by_the_adjusted_wald_test():
    found = difference(nps(7, 12, 12), nps(13, 15, 8))
    assert -found.z == pytest.approx(1.552, abs=0.001) and found.p == pytest.approx(0.1207, abs=0.0005)
    assert found.difference == pytest.approx(-100 * (5 / 31 + 5 / 36))


@given(shares, shares)
def test_the_test_of_two_shares_says_what_their_interval_says(first, second):
    found = difference(share(*first), share(*second))
    assert (found.low > 0 or found.high < 0) == (found.p < 0.05)
    assert found.low <= found.difference <= found.high


@given(shares, shares)
def test_an_exchange_turns_the_sign(first, second):
    there, back = difference(share(*first), share(*second)), difference(share(*second), share(*first))
    assert (back.difference, back.low, back.high) == pytest.approx(
        (-there.difference, -there.high, -there.low)
    )
    assert back.p == pytest.approx(there.p)


def test_a_share_below_zero_has_the_same_interval_turned_round():
    up = difference(share(56, 70, "better"), share(48, 80, "better"))
    down = difference(share(56, 70, "worse"), share(48, 80, "worse"))
    assert (down.low, down.high, down.z) == pytest.approx((-up.high, -up.low, -up.z))


def test_means_differ_as_by_welch_on_the_answers():
    rng = np.random.default_rng(1)
    first, second = rng.normal(5, 1, 30), rng.normal(5.4, 2, 45)
    found = difference(mean_score("x", mean_of(first)), mean_score("x", mean_of(second)))
    plain = welch(first, second)
    assert (found.difference, found.se, found.low, found.high, found.z, found.p) == pytest.approx(
        (plain.difference, plain.se, plain.low, plain.high, plain.t, plain.p)
    )


def test_what_does_not_vary_has_no_interval():
    constant = mean_score("x", mean_of([4.0, 4.0, 4.0]))
    found = difference(constant, mean_score("x", mean_of([5.0, 5.0])))
    assert found.difference == -1 and math.isnan(found.low) and math.isnan(found.p)


def test_the_same_answers_twice_differ_by_nothing():
    one = nps(50, 30, 20)
    found = difference(one, one, shared=100)
    assert (found.difference, found.low, found.high) == (0, 0, 0) and math.isnan(found.p)
    assert newcombe_z(30, 60, 30, 60, shared=60) == 0


@pytest.mark.parametrize("shared", [-1, 101])
def test_no_more_answers_are_shared_than_there_are(shared):
    with pytest.raises(DataError, match="cannot count in both"):
        difference(nps(50, 30, 20), nps(90, 30, 20), shared=shared)


def test_scores_of_two_kinds_are_not_compared():
    with pytest.raises(DataError, match="kind nps"):
        difference(nps(50, 30, 20), share(50, 100))


def test_each_group_is_compared_with_the_pooled_answers_of_the_others():
    groups = [nps(30, 10, 10), nps(10, 10, 30), nps(20, 20, 5)]
    found = against_the_others(groups)[0]
    plain = compare(Counts(30, 10, 10), Counts(30, 30, 35))
    assert (found.difference, found.low, found.p) == (plain.difference, plain.low, plain.p)
    found = against_the_others([share(30, 50), share(10, 50), share(20, 45)])[1]
    assert (found.low, found.high) == pytest.approx(
        [100 * one for one in newcombe_difference(10, 50, 50, 95)[1:]]
    )
    for wrong in ([nps(1, 1, 1)], [nps(1, 1, 1), share(1, 2)]):
        with pytest.raises(DataError):
            against_the_others(wrong)


def samples(kind, rng, sizes):
    """Scores of samples of one population, of which the middle part of the answers counts in both."""
    if kind == "mean":
        parts = [np.clip(np.rint(rng.normal(5, 1.3, n)), 1, 7) for n in sizes]
    else:
        parts = [rng.choice(3, n, p=[0.2, 0.3, 0.5]) for n in sizes]

    def score(answers):
        if kind == "mean":
            return mean_score("x", mean_of(answers))
        counts = [int((answers == one).sum()) for one in range(3)]
        return nps(counts[2], counts[1], counts[0]) if kind == "nps" else share(counts[2], len(answers))

    return score(np.concatenate(parts[:2])), score(np.concatenate(parts[1:]))


@pytest.mark.parametrize("sizes", [(120, 0, 90), (60, 90, 60), (40, 120, 90)], ids=str)
@pytest.mark.parametrize("kind", ["nps", "percent", "mean"])
def test_chance_is_called_a_change_about_one_time_in_twenty(kind, sizes):
    """Independent periods, and windows that share three fifths or three quarters of their answers."""
    rng = np.random.default_rng(20260101)
    clear, rounds = 0, 1000
    for _round in range(rounds):
        found = difference(*samples(kind, rng, sizes), shared=sizes[1])
        clear += found.low > 0 or found.high < 0
    assert 0.03 <= clear / rounds <= 0.07
