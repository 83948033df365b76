"""Invariance of composites: against a division computed from scores, and on groups made to differ."""

import json

import numpy as np
import pytest

from scoring.errors import DataError
from scoring.structural import lavaan_syntax, micom
from scoring.structural.moments import from_rows
from scoring.structural.pls import design, outer_weights

SEED = 20


@pytest.fixture
def samples(answers):
    """Two samples of the same population."""
    return answers(300, seed=1), answers(200, seed=2)


def by_scores(model, first, second):
    """c, mean difference and log variance ratio from the scores themselves."""
    plan, rows = design(model, "path"), np.vstack([first, second])

    def scores(own):
        weights = outer_weights(plan, from_rows(own).correlation[None]).weights[0]
        return ((rows - rows.mean(axis=0)) / rows.std(axis=0) * weights) @ plan.membership

    ours, theirs, whole = scores(first), scores(second), scores(rows)
    cut, m = len(first), len(model.names)
    c = np.diag(np.corrcoef(ours.T, theirs.T)[:m, m:])
    means = whole[:cut].mean(axis=0) - whole[cut:].mean(axis=0)
    return c, means, np.log(whole[:cut].var(axis=0, ddof=1) / whole[cut:].var(axis=0, ddof=1))


def test_statistics_are_those_of_the_scores(small, samples):
    found = micom.test(small, *samples, permutations=10)
    c, means, variances = by_scores(small, *samples)
    assert [one.c for one in found.composites] == pytest.approx(c, abs=1e-9)
    assert [one.mean_difference for one in found.composites] == pytest.approx(means, abs=1e-9)
    assert [one.log_variance_ratio for one in found.composites] == pytest.approx(variances, abs=1e-9)


def test_permutations_are_divisions_one_at_a_time(small, samples):
    """p from the batch is p from 40 divisions drawn and computed singly."""
    rows, rng = np.vstack(samples), np.random.default_rng(SEED)
    drawn = []
    for _ in range(40):
        order = rng.permutation(500)
        drawn.append(by_scores(small, rows[order[:300]], rows[order[300:]]))
    found = micom.test(small, *samples, permutations=40, seed=SEED)
    observed = by_scores(small, *samples)
    for j, one in enumerate(found.composites):
        below = [sum(draw[k][j] <= observed[k][j] for draw in drawn) for k in range(3)]
        assert one.c_p == pytest.approx((1 + below[0]) / 41)
        for k, p in ((1, one.mean_p), (2, one.variance_p)):
            assert p == pytest.approx(min(1.0, 2 * (1 + min(below[k], 40 - below[k])) / 41))


def test_the_same_population_twice(small, samples):
    found = micom.test(small, *samples, permutations=500, seed=SEED)
    assert (found.status, found.verdict, found.failed) == ("ok", "full", 0)
    assert all(one.c > 0.99 for one in found.composites)
    assert found == micom.test(small, *samples, permutations=500, seed=SEED)
    assert json.loads(json.dumps(found.to_json(), allow_nan=False))["verdict"] == "full"


def test_chunks_have_no_effect(small, samples, monkeypatch):
    whole = micom.test(small, *samples, permutations=50, seed=SEED)
    monkeypatch.setattr(micom, "LARGEST_CHUNK", 5000)
    for one, other in zip(
        whole.composites, micom.test(small, *samples, permutations=50, seed=SEED).composites, strict=True
    ):
        assert (one.c_p, one.mean_p, one.variance_p) == (other.c_p, other.mean_p, other.variance_p)


def test_a_higher_mean_and_a_wider_spread(small, samples):
    first, second = samples
    second[:, :3] += 0.8
    mean = second[:, 6:].mean(axis=0)
    second[:, 6:] = mean + 1.5 * (second[:, 6:] - mean)
    found = micom.test(small, first, second, permutations=500, seed=SEED)
    assert found.verdict == "partial"
    a, _, c = found.composites
    assert a.mean_difference < 0 and a.mean_p < 0.01
    assert c.log_variance_ratio == pytest.approx(-2 * np.log(1.5), abs=0.3) and c.variance_p < 0.01


def test_a_construct_composed_differently(small, samples):
    first, second = samples
    rng = np.random.default_rng(3)
    second[:, 3] = rng.normal(6, 1.2, size=200)  # b1 no longer belongs to B
    found = micom.test(small, first, second, permutations=500, seed=SEED)
    assert found.verdict == "none"
    assert found.composites[1].c_p < 0.01 < found.composites[0].c_p
    assert found.messages[0].startswith("The items do not make up B in the same way")


def test_a_single_item_is_always_composed_alike(samples):
    model = lavaan_syntax.parse("A =~ a1 + a2 + a3\nB =~ b1 + b2 + b3\nB ~ A\nc1 ~ B\n")
    found = micom.test(model, *(one[:, :7] for one in samples), permutations=100)
    assert found.composites[2].c == pytest.approx(1.0) and found.composites[2].c_p == 1.0


def test_groups_that_cannot_be_compared(small, samples):
    first, second = samples
    assert micom.test(small, first, second[:20]).status == "too_few"
    flat = second.copy()
    flat[:, 4] = 5.0
    assert "gave the same answer to b2" in micom.test(small, first, flat).messages[0]
    flat[:, 4] = flat[:, 3]
    assert micom.test(small, first, flat).status == "not_identified"
    with pytest.raises(DataError, match="other items"):
        micom.test(small, first, second[:, :8])
    flat[0, 0] = np.nan
    with pytest.raises(DataError, match="only complete rows"):
        micom.test(small, first, flat)
