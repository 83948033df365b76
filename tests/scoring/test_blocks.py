"""Packed blocks and exact sums: they add, subtract and give what the rows give."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.errors import DataError
from scoring.scale import Scale
from scoring.structural.answers import prepare
from scoring.structural.blocks import MISSING, Block, pack, sums
from scoring.structural.fit import fit, fit_block, fit_moments
from scoring.structural.moments import from_rows
from tests.scoring.test_full_information import emptied


def figures(result):
    """Every number of a result, in order."""

    def walk(value):
        if isinstance(value, dict):
            return [number for entry in value.values() for number in walk(entry)]
        if isinstance(value, list):
            return [number for entry in value for number in walk(entry)]
        return [value] if isinstance(value, float) else []

    return walk(result.to_json())


@pytest.fixture
def rounded(answers):
    return np.rint(answers(300, 4))


@given(st.integers(0, 2**32 - 1), st.integers(1, 254), st.integers(0, 60), st.integers(1, 60))
@settings(max_examples=40, deadline=None)
def test_sums_are_exact_and_add_and_subtract(seed, highest, some, others):
    rng = np.random.default_rng(seed)
    rows = rng.integers(-5, highest - 5, size=(some + others, 4), endpoint=True).astype(float)
    rows[rng.random(rows.shape) < 0.2] = np.nan
    block = pack(rows, "abcd", [-5] * 4)
    first, second = (Block(block.items, block.lowest, part) for part in np.split(block.codes, [some], axis=1))
    whole, parts = sums(block), sums(first) + sums(second)
    codes = np.nan_to_num(rows + 5).astype(np.int64)
    seen = (~np.isnan(rows)).astype(np.int64)
    for found in (whole, parts):
        assert found.n == some + others
        assert (found.seen == seen.T @ seen).all()
        assert (found.first == codes.T @ seen).all()
        assert (found.second == codes.T @ codes).all()
    rest = whole - sums(first)
    assert (rest.second == sums(second).second).all() and rest.n == others


def test_many_rows_of_large_codes_stay_exact():
    codes = np.full((2, 200_000), 254, dtype=np.uint8)
    codes[1, ::2] = 253
    found = sums(Block(("a", "b"), (0, 0), codes)).second
    assert found.tolist() == [
        [254**2 * 200_000, 254 * 100_000 * 507],
        [254 * 100_000 * 507, 100_000 * (254**2 + 253**2)],
    ]


def test_packing_and_unpacking_keep_the_answers(rounded):
    rows = emptied(rounded, 0.1, 1)
    block = pack(rows, [f"x{i}" for i in range(9)], [0] * 9)
    assert block.codes.dtype == np.uint8 and (block.codes == MISSING).sum() == np.isnan(rows).sum()
    assert np.array_equal(block.rows(), rows, equal_nan=True)
    with pytest.raises(DataError, match=r"column 'x2', row 4: 1\.5 cannot be packed"):
        pack(
            np.where(np.indices(rows.shape).sum(axis=0) == 5, 1.5, rounded)[:, :3],
            ["x0", "x1", "x2"],
            [0] * 3,
        )


@pytest.mark.parametrize("options", [
    {}, {"estimator": "pls"}, {"estimator": "pls", "resamples": 60, "seed": 2}, {"missing": "fiml"},
    {"estimator": "pls", "missing": "fiml"}, {"missing": "mean"},
])  # fmt: skip
@pytest.mark.parametrize("share", [0.0, 0.03])
def test_a_block_gives_what_its_rows_give(small, eleven_points, rounded, options, share):
    rows = emptied(rounded, share, 5)
    scales = eleven_points | {"b2": Scale(0, 10, reverse=True)}
    from_data = fit(small, rows, small.items, scales, **options)
    order = [8, 3, 0, 1, 2, 4, 5, 6, 7]
    block = pack(rows[:, order], [small.items[k] for k in order], [0] * 9)
    from_block = fit_block(small, block, scales, **options)
    assert from_block.messages == from_data.messages
    assert figures(from_block) == pytest.approx(figures(from_data), abs=1e-9, rel=1e-9)


@pytest.mark.parametrize("estimator", ["ml", "pls"])
def test_moments_alone_give_the_estimates(small, eleven_points, rounded, estimator):
    scales = eleven_points | {"b2": Scale(0, 10, reverse=True)}
    whole = fit(small, rounded, small.items, scales, estimator=estimator)
    moments = sums(pack(rounded, small.items, [0] * 9)).moments([0] * 9)
    result = fit_moments(small, moments, small.items, scales, estimator=estimator)
    assert (result.status, result.n_used) == ("ok", 300)
    assert result.issues[0].code == "moments_only"
    assert [one.index for one in result.indices] == pytest.approx([one.index for one in whole.indices])
    assert [one.std for one in result.paths] == pytest.approx([one.std for one in whole.paths], abs=1e-9)
    if estimator == "ml":
        assert [one.se for one in result.paths] == pytest.approx([one.se for one in whole.paths], abs=1e-9)
        assert result.fit == pytest.approx(whole.fit, abs=1e-8)
    assert result.to_json()["indices"][0]["low"] is result.to_json()["paths"][0]["robust_se"] is None


def test_moments_that_cannot_carry_the_model(small, eleven_points, rounded):
    rounded[:, 4] = 3
    result = fit_moments(small, from_rows(rounded), small.items, eleven_points)
    assert (result.status, result.issues[-1].params) == ("not_identified", {"names": ["b2"]})
    with pytest.raises(DataError, match="missing answers"):
        sums(pack(emptied(rounded, 0.1, 1), small.items, [0] * 9)).moments([0] * 9)


def test_very_many_rows_take_bounded_time(small, eleven_points, answers):
    """300,000 rows: intervals of pls by groups of rows, robust errors of ml a slice at a time."""
    rows = np.rint(answers(300_000, 4))
    began = time.perf_counter()
    ml = fit(small, rows, small.items, eleven_points)
    pls = fit(small, rows, small.items, eleven_points, estimator="pls", resamples=1000, seed=1)
    assert time.perf_counter() - began < 10
    assert "groups_left_out" in [one.code for one in pls.issues] and pls.bootstrap is None
    for one, other in zip(ml.indices, pls.indices, strict=True):
        assert other.se == pytest.approx(one.se, rel=0.3)
    for one, other in zip(ml.total_effects, pls.total_effects, strict=True):
        assert other.low < other.std < other.high and other.se == pytest.approx(one.se, rel=0.6)


def test_groups_left_out_agree_with_and_without_gaps(small, eleven_points, answers, monkeypatch):
    from scoring.structural import fit_pls

    monkeypatch.setattr(fit_pls, "LARGEST_DELETE_ONE", 500)
    data = emptied(answers(1500, 2), 0.03, 1)
    full, listwise = (
        fit(small, data, small.items, eleven_points, estimator="pls", missing=missing)
        for missing in ("fiml", "listwise")
    )
    for one, other in zip(full.indices, listwise.indices, strict=True):
        assert one.se < other.se < 1.5 * one.se
    assert prepare(small, data, small.items, eleven_points).n_used == listwise.n_used
