"""Sums over random groups of rows: exact, additive, and as good for errors as the rows themselves."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.errors import DataError
from scoring.scale import Scale
from scoring.structural.blocks import MISSING, Block, pack
from scoring.structural.fit import fit, fit_groups
from scoring.structural.group_sums import GROUPS, group_of, group_sums, no_sums


@given(st.integers(0, 2**32 - 1), st.integers(0, 80), st.integers(0, 80))
@settings(max_examples=30, deadline=None)
def test_group_sums_add_up_subtract_and_leave_out_rows_with_a_gap(seed, some, others):
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 11, (4, some + others)).astype(np.uint8)
    codes[rng.random(codes.shape) < 0.1] = MISSING
    block = Block(tuple("abcd"), (1,) * 4, codes)
    groups = group_of(np.arange(some + others))
    first, second = (
        group_sums(Block(block.items, block.lowest, part), own)
        for part, own in zip(np.split(codes, [some], axis=1), np.split(groups, [some]), strict=True)
    )
    whole = group_sums(block, groups)
    for found in (first + second, whole):
        rows = codes[:, block.complete()].astype(np.int64)
        assert found.n.sum() == rows.shape[1]
        assert (found.first.sum(axis=0) == rows.sum(axis=1)).all()
        assert (found.second.sum(axis=0) == rows @ rows.T).all()
    assert ((whole - second).second == first.second).all()
    assert ((first - first).second == no_sums(4).second).all()


def test_keys_fall_into_all_groups_evenly_however_they_follow_each_other():
    for keys in (np.arange(50_000), np.arange(0, 500_000, 10), np.arange(7, 6_400_007, 128)):
        sizes = np.bincount(group_of(keys), minlength=GROUPS)
        assert len(sizes) == GROUPS and sizes.min() > 350 and sizes.max() < 650


def test_answers_that_come_sorted_show_no_smaller_error():
    """Groups that took turns would each hold one of every hundred neighbours, and hardly differ."""
    codes = np.sort(np.random.default_rng(8).integers(0, 10, 50_000)).astype(np.uint8)
    sums = group_sums(Block(("a",), (1,), codes[None]), group_of(np.arange(1, 50_001)))
    means = sums.first[:, 0] / sums.n
    error = np.sqrt(np.mean((means - means.mean()) ** 2) / (GROUPS - 1))
    assert error == pytest.approx(codes.std() / np.sqrt(50_000), rel=0.25)


@pytest.fixture(scope="module")
def sampled(request):
    """30,000 answers to seven constructs, some turned round, on two scales."""
    model, scales, rows = simulated(30_000)
    lowest = [int(scales[item].minimum) for item in model.items]
    sums = group_sums(pack(rows, model.items, lowest), group_of(np.arange(len(rows))))
    return model, scales, rows, lowest, sums


def simulated(n):
    from scoring.instrument.file import builtin

    instrument = builtin()["ecsi"]
    model, rng = instrument.model(), np.random.default_rng(4)
    common = rng.standard_normal(n)
    columns, scales = [], {}
    for construct in model.constructs:
        score = 0.6 * common + 0.8 * rng.standard_normal(n)
        for place, item in enumerate(construct.items):
            turned = place == 2
            value = np.clip(np.rint(6 + 1.4 * (0.85 * score + 0.53 * rng.standard_normal(n))), 1, 10)
            scales[item] = Scale(1, 10, turned)
            columns.append(11 - value if turned else value)
    return model, scales, np.column_stack(columns)


@pytest.mark.parametrize("estimator", ["ml", "pls"])
def test_estimates_are_those_of_the_rows_and_errors_close_to_theirs(sampled, estimator):
    model, scales, rows, lowest, sums = sampled
    by_rows = fit(model, rows, model.items, scales, estimator=estimator, resamples=0, seed=1)
    by_groups = fit_groups(model, sums, model.items, lowest, scales, estimator=estimator, resamples=1000)
    assert by_rows.status == by_groups.status == "ok"
    assert (by_groups.n, by_groups.n_used) == (30_000, 30_000)
    for one, other in zip(by_rows.indices, by_groups.indices, strict=True):
        assert other.index == pytest.approx(one.index, abs=1e-9)
        assert other.se == pytest.approx(one.se, rel=0.3)  # from 100 groups an error is known to about 7 %
        assert other.low < one.index < other.high
    for one, other in zip(by_rows.paths, by_groups.paths, strict=True):
        assert other.std == pytest.approx(one.std, abs=1e-9)
        assert np.isfinite(other.low) and other.low < other.std < other.high
    for one, other in zip(by_rows.loadings, by_groups.loadings, strict=True):
        assert other.estimate == pytest.approx(one.estimate, abs=1e-9)


def test_the_error_by_groups_is_on_average_that_of_the_rows(sampled):
    """Over many groupings the variance by groups has the sandwich's as its mean."""
    model, scales, rows, lowest, _sums = sampled
    own = rows[:4000]
    by_rows = fit(model, own, model.items, scales)
    ratios = []
    for start in range(12):
        groups = np.random.default_rng(start).integers(0, GROUPS, len(own))
        sums = group_sums(pack(own, model.items, lowest), groups)
        by_groups = fit_groups(model, sums, model.items, lowest, scales)
        ratios.append(
            [(other.se / one.se) ** 2 for one, other in zip(by_rows.indices, by_groups.indices, strict=True)]
        )
    assert np.mean(ratios) == pytest.approx(1.0, abs=0.1)


def test_sums_of_nothing_and_of_too_little_give_a_verdict(sampled):
    model, scales, rows, lowest, _sums = sampled
    few = group_sums(pack(rows[:20], model.items, lowest), group_of(np.arange(20)))
    assert fit_groups(model, few, model.items, lowest, scales).status == "too_few"
    same = group_sums(pack(np.full((200, 24), 5.0), model.items, lowest), group_of(np.arange(200)))
    assert fit_groups(model, same, model.items, lowest, scales).status == "not_identified"
    with pytest.raises(DataError, match="is not among the columns"):
        fit_groups(model, few, model.items[:-1], lowest, scales)
