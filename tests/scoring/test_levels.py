"""Where items and constructs stand on 0..100, and total effects carried into points of the index."""

import numpy as np
import pytest

from scoring.scale import Scale
from scoring.structural.fit import fit, fit_moments
from scoring.structural.moments import from_rows
from scoring.structural.result import Fit
from tests.scoring.test_full_information import emptied


@pytest.fixture
def uneven(small):
    """Scales of three widths, one of them reversed."""
    scales = dict.fromkeys(small.items, Scale(0, 10))
    return {**scales, "a2": Scale(-20, 30), "c3": Scale(0, 10, reverse=True)}


@pytest.fixture
def turned(answers):
    """Answers in which the reversed item is answered the other way round."""

    def draw(n: int, seed: int) -> np.ndarray:
        rows = answers(n, seed)
        rows[:, -1] = 10 - rows[:, -1]
        return rows

    return draw


def in_points(result: Fit, source: str, target: str) -> float:
    effect = next(e for e in result.total_effects if (e.source, e.target) == (source, target))
    return effect.std * result.spread[target] / result.spread[source]


def scores(model, rows, scales, result: Fit) -> np.ndarray:
    """(n, constructs) every respondent's own index."""
    weight = {one.item: one.weight for one in result.weights}
    columns = []
    for item, column in zip(model.items, rows.T, strict=True):
        one = scales[item]
        share = (column - one.minimum) / one.width
        columns.append(100 * weight[item] * (1 - share if one.reverse else share))
    own = np.array(columns)
    return np.array([own[list(block)].sum(axis=0) for block in model.blocks]).T


def test_partial_least_squares_effects_in_points_are_regressions_of_the_respondents_indices(
    small, uneven, turned
):
    rows = turned(300, 2)
    result = fit(small, rows, small.items, uneven, estimator="pls")
    a, b, c = (
        scores(small, rows, uneven, result).T - scores(small, rows, uneven, result).mean(axis=0)[:, None]
    )
    by_a = float(a @ b / (a @ a))
    to_c = np.linalg.lstsq(np.column_stack([a, b]), c, rcond=None)[0]
    assert in_points(result, "A", "B") == pytest.approx(by_a, rel=1e-6)
    assert in_points(result, "A", "C") == pytest.approx(to_c[0] + by_a * to_c[1], rel=1e-6)


def test_maximum_likelihood_effects_in_points_are_those_of_the_unstandardised_model(small, uneven, turned):
    rows = turned(300, 2)
    result = fit(small, rows, small.items, uneven)
    path = {(one.source, one.target): one.estimate for one in result.paths}
    weight = {one.item: one.weight for one in result.weights}

    def moved(construct: str) -> float:
        """By how many points of its index one unit of the construct, in its marker's units, moves it."""
        own = [one for one in result.loadings if one.construct == construct]
        return sum(weight[one.item] * one.estimate * 100 / uneven[one.item].width for one in own)

    total = path["A", "C"] + path["A", "B"] * path["B", "C"]
    assert in_points(result, "A", "C") == pytest.approx(total * moved("C") / moved("A"), rel=1e-6)


def test_an_items_mean_has_the_error_of_a_mean_by_either_estimator(small, uneven, turned):
    rows = turned(200, 3)
    both = [fit(small, rows, small.items, uneven, estimator=one) for one in ("ml", "pls")]
    assert both[0].items == both[1].items
    second, last = both[0].items[1], both[0].items[-1]
    assert second.mean == pytest.approx(100 * (rows[:, 1].mean() + 20) / 50)
    assert second.se == pytest.approx(2 * rows[:, 1].std() / np.sqrt(200))
    assert last.mean == pytest.approx(100 - 10 * rows[:, -1].mean())
    for one in both[0].items:
        assert one.low < one.mean < one.high


def test_the_items_and_their_weights_give_the_index(small, uneven, turned):
    result = fit(small, turned(200, 3), small.items, uneven)
    weight = {one.item: one.weight for one in result.weights}
    for index in result.indices:
        own = [weight[one.item] * one.mean for one in result.items if one.construct == index.construct]
        assert sum(own) == pytest.approx(index.index)


def test_missing_answers_widen_an_items_interval_and_weights_do_too(small, eleven_points, answers):
    whole = answers(240, 4)
    gaps = emptied(whole, 0.3, 1)
    full, holed = (
        fit(small, data, small.items, eleven_points, estimator="pls", missing="fiml")
        for data in (whole, gaps)
    )
    assert all(b.se > a.se for a, b in zip(full.items, holed.items, strict=True))
    weights = np.random.default_rng(3).uniform(0.2, 3, 240)
    result = fit(small, whole, small.items, eleven_points, weights=weights)
    mean = np.average(whole[:, 0], weights=weights)
    linear = np.sqrt(np.sum((weights * (whole[:, 0] - mean)) ** 2)) / weights.sum()
    assert result.items[0].se == pytest.approx(10 * linear)


def test_an_item_has_its_own_base_and_what_was_filled_in_adds_nothing_to_it(small, eleven_points, answers):
    gaps = emptied(answers(240, 4), 0.3, 1)
    given = ~np.isnan(gaps)
    weights = np.random.default_rng(3).uniform(0.2, 3, 240)
    for own in (None, weights):
        options = {"estimator": "pls", "missing": "mean", "weights": own}
        result = fit(small, gaps, small.items, eleven_points, **options)
        for one, there, column in zip(result.items, given.T, gaps.T, strict=True):
            w = (np.ones(240) if own is None else own)[there]
            mean = np.average(column[there], weights=w)
            linear = np.sqrt(np.sum((w * (column[there] - mean)) ** 2)) / w.sum()
            assert one.n == there.sum() and one.mean == pytest.approx(10 * mean)
            assert one.se == pytest.approx(10 * linear)
    full = fit(small, gaps, small.items, eleven_points, estimator="pls", missing="fiml")
    assert [one.n for one in full.items] == list(given.sum(axis=0))


def test_from_moments_alone_an_items_mean_has_no_interval(small, eleven_points, answers):
    result = fit_moments(small, from_rows(answers(200, 3)), small.items, eleven_points)
    shown = result.to_json()
    assert shown["items"][0]["mean"] is not None and shown["items"][0]["se"] is None
    assert set(shown["spread"]) == {"A", "B", "C"}


def test_a_result_that_is_none_has_neither(small, eleven_points, answers):
    result = fit(small, answers(20, 3), small.items, eleven_points)
    assert (result.items, dict(result.spread)) == ((), {})
