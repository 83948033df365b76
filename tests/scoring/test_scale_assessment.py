"""Reliability and validity of a scale: against R, against definitions, and when they cannot be given."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.classical.factorability import bartlett, item_kmo, kmo, partial_correlations
from scoring.classical.item_analysis import feldt_interval, standardised_alpha
from scoring.classical.one_factor import fit_one_factor, omega
from scoring.classical.scale_assessment import NoAssessment, assess
from scoring.errors import DataError
from scoring.structural.moments import from_rows


@pytest.fixture(scope="module")
def mobi(table):
    header, data = table("mobi")
    return lambda stem: data[:, [j for j, name in enumerate(header) if name.startswith(stem)]]


def scale(n, seed, loadings=(0.8, 0.7, 0.6, 0.5)):
    rng = np.random.default_rng(seed)
    own = np.sqrt(1 - np.square(loadings))
    return rng.normal(size=(n, 1)) * loadings + own * rng.normal(size=(n, len(loadings)))


def names(rows):
    return [f"q{j}" for j in range(rows.shape[1])]


def test_standardised_alpha_agrees_with_seminr(mobi, reference):
    """seminr standardises first, so that its alpha is ours of the correlations."""
    found = reference("pls_seminr_mobi_composite_path_weighting")["reliability"]
    stems = {"Image": "IMAG", "Expectation": "CUEX", "Quality": "PERQ", "Value": "PERV"}
    stems |= {"Satisfaction": "CUSA", "Loyalty": "CUSL"}
    for name, stem in stems.items():
        expected = found["values"][found["rows"].index(name)][found["cols"].index("alpha")]
        assert standardised_alpha(from_rows(mobi(stem)).correlation) == pytest.approx(expected, abs=1e-9)


def test_one_factor_recovers_an_exact_population():
    loadings = np.array([0.9, 0.7, 0.5, 0.3, -0.4])
    population = np.outer(loadings, loadings)
    np.fill_diagonal(population, 1)
    fit = fit_one_factor(population)
    assert fit.verdict == "ok"
    assert fit.loadings == pytest.approx(loadings, abs=1e-6)
    true = loadings.sum() ** 2
    assert omega(population) == pytest.approx(true / (true + (1 - loadings**2).sum()), abs=1e-6)


def test_one_factor_stands_where_the_discrepancy_is_least(mobi):
    """No small step of loadings and uniquenesses lowers ln|Σ| + tr RΣ⁻¹, written here as defined."""
    correlation = from_rows(mobi("PERQ")).correlation
    fit = fit_one_factor(correlation)

    def discrepancy(loadings, uniqueness):
        implied = np.outer(loadings, loadings) + np.diag(uniqueness)
        return np.linalg.slogdet(implied)[1] + np.trace(correlation @ np.linalg.inv(implied))

    least = discrepancy(fit.loadings, fit.uniqueness)
    rng = np.random.default_rng(1)
    steps = rng.normal(scale=1e-3, size=(200, 2, 7))
    assert all(discrepancy(fit.loadings + a, fit.uniqueness + b) > least for a, b in steps)
    assert fit.loadings**2 + fit.uniqueness == pytest.approx(np.ones(7), abs=1e-5)


def test_three_items_are_just_identified():
    """λ₁² = r₁₂ r₁₃/r₂₃ and so on."""
    r = np.array([[1, 0.5, 0.4], [0.5, 1, 0.3], [0.4, 0.3, 1]])
    assert fit_one_factor(r).loadings ** 2 == pytest.approx(
        [0.5 * 0.4 / 0.3, 0.5 * 0.3 / 0.4, 0.4 * 0.3 / 0.5], abs=1e-5
    )


def test_a_factor_that_eats_an_item_is_improper():
    r = np.array([[1, 0.7, 0.7], [0.7, 1, 0.3], [0.7, 0.3, 1]])
    assert fit_one_factor(r).verdict == "improper"
    assert np.isnan(omega(r))
    assert fit_one_factor(r[:2, :2]).verdict == "not_identified"


def test_partial_correlations_are_those_of_residuals():
    rows = scale(300, 2)
    found = partial_correlations(from_rows(rows).correlation)
    others = np.column_stack([np.ones(300), rows[:, 2:]])
    left = [rows[:, j] - others @ np.linalg.lstsq(others, rows[:, j], rcond=None)[0] for j in (0, 1)]
    assert found[0, 1] == pytest.approx(np.corrcoef(left)[0, 1])


def test_kmo_and_bartlett():
    """Two items have r² = q², hence .5; −(n − 1 − 9/6) ln(1 − r²) for p = 2."""
    r = np.array([[1, 0.6], [0.6, 1]])
    assert kmo(r) == pytest.approx(0.5)
    assert item_kmo(r) == pytest.approx([0.5, 0.5])
    test = bartlett(r, 100)
    assert (test.chi2, test.df) == (pytest.approx(-(99 - 1.5) * np.log(0.64)), 1)
    assert bartlett(np.eye(4), 100).chi2 == 0
    assert bartlett(np.eye(4), 100).p == 1
    assert np.isnan(kmo(np.eye(3)))
    assert np.isnan(kmo(np.ones((2, 2))))
    assert np.isnan(item_kmo(np.ones((2, 2)))).all()
    assert np.isnan(bartlett(np.ones((2, 2)), 100).p)


def test_feldt_covers_and_contains():
    low, high = feldt_interval(0.8, 100, 5)
    assert low < 0.8 < high
    assert feldt_interval(0.8, 100, 5, 0.99)[0] < low
    assert np.isnan(feldt_interval(0.8, 1, 5)[0])


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), factor=st.floats(0.01, 100), shift=st.floats(-50, 50))
def test_order_units_and_turning_all_items_do_not_matter(seed, factor, shift):
    rows = scale(60, seed)
    plain = assess(rows, names(rows))
    columns = np.random.default_rng(seed).permutation(4)
    for other in (rows[::-1], shift + factor * rows, 10 - rows, 10 - (10 - rows)):
        again = assess(other, names(rows))
        assert again.alpha == pytest.approx(plain.alpha)
        assert (again.omega, again.kmo) == pytest.approx((plain.omega, plain.kmo), abs=1e-5, nan_ok=True)
    moved = assess(rows[:, columns], names(rows))
    assert moved.alpha == pytest.approx(plain.alpha)
    assert moved.items[0].item_total == pytest.approx(plain.items[columns[0]].item_total)


def test_incomplete_rows_are_left_out():
    rows = scale(50, 3)
    holes = np.vstack([rows, np.full((4, 4), np.nan)])
    holes[50, :3] = 1
    assert assess(holes, names(rows)) == assess(rows, names(rows))


def test_an_item_that_runs_against_the_others_is_named():
    rows = scale(200, 4)
    rows[:, 2] *= -1
    assert assess(rows, names(rows)).messages[0].startswith("q2 runs against")


def test_what_cannot_be_given_is_said():
    rows = scale(40, 6)
    two = assess(rows[:, :2], ["a", "b"])
    assert np.isnan(two.omega)
    assert np.isnan(two.items[0].alpha_if_deleted)
    assert "three items" in two.messages[0]
    copied = assess(np.column_stack([rows, rows[:, 0]]), list("abcde"))
    assert np.isnan([copied.omega, copied.kmo, copied.bartlett.p]).all()
    assert copied.alpha > 0.5
    assert "follows from the others" in copied.messages[0]
    few = assess(rows[:2], names(rows))
    assert isinstance(few, NoAssessment)
    assert few.status == "too_few"
    flat = rows.copy()
    flat[:, 1] = 3
    assert assess(flat, names(rows)).message == "Everybody gave the same answer to q1; leave it out."
    flat = rows[:3].copy()
    flat[:, 1] = 0.1  # whose mean over three is not .1, and whose variance is not 0
    assert assess(flat, names(rows)).message == "Everybody gave the same answer to q1; leave it out."
    opposed = np.column_stack([rows[:, 0], -rows[:, 0]])
    assert "cancel out" in assess(opposed, ["a", "b"]).message
    with pytest.raises(DataError, match="two or more"):
        assess(rows[:, :1], ["a"])
    with pytest.raises(DataError, match=r"'q0', row 1: 1e\+200 is too large"):
        assess(np.full((3, 4), 1e200), names(rows))
