"""Missing answers by full information: lavaan's figures, derivatives by finite differences, refusals.

Agreement with lavaan 0.6-14 (`missing = "fiml"`): estimates 1e-3, standard errors (observed information) 2 %,
fit measures 1e-4, χ² 0.01.
"""

import csv

import numpy as np
import pytest

from scoring.scale import Scale
from scoring.structural import lavaan_syntax, patterns
from scoring.structural.answers import prepare
from scoring.structural.em import em_moments
from scoring.structural.fit import fit
from scoring.structural.fit_pls import fit_pls
from scoring.structural.full_information import PatternLikelihood
from scoring.structural.patterns import group
from scoring.structural.ram import specify
from scoring.structural.saturated import Saturated, case_pulls
from tests.scoring.conftest import REFERENCE

MEASURES = {"chi2": "chisq", "df": "df", "p": "pvalue", "cfi": "cfi", "tli": "tli", "rmsea": "rmsea"} | {
    "srmr": "srmr",
    "aic": "aic",
    "bic": "bic",
}


def with_gaps(name):
    with (REFERENCE / f"{name}.csv").open(newline="") as file:
        header, *rows = csv.reader(file)
    return header, np.array(
        [[float(cell) if cell not in ("", "NA") else np.nan for cell in row] for row in rows]
    )


def emptied(data, share, seed):
    data = data.copy()
    data[np.random.default_rng(seed).random(data.shape) < share] = np.nan
    return data


def codes(result):
    return [one.code for one in result.issues]


def test_estimates_errors_and_measures_are_those_of_lavaan(reference, ecsi, ten_points):
    header, data = with_gaps("sim_250_missing5")
    result = fit(ecsi, data, header, ten_points, missing="fiml")
    found = {(one.construct, "=~", one.item): one for one in result.loadings}
    found |= {(one.target, "~", one.source): one for one in result.paths}
    expected = reference("cb_lavaan_sim250_FIML_missing5")
    seen = 0
    for row in expected["parameters"]:
        one = found.get((row["lhs"], row["op"], row["rhs"]))
        if one is not None and row["se"]:
            seen += 1
            assert one.estimate == pytest.approx(row["est"], abs=1e-3)
            assert one.se == pytest.approx(row["se"], rel=0.02)
    assert seen == len(ecsi.items) - len(ecsi.names) + len(ecsi.paths)
    for row in expected["standardized"]:
        if (one := found.get((row["lhs"], row["op"], row["rhs"]))) is not None:
            assert one.std == pytest.approx(row["est.std"], abs=1e-3)
    for name, theirs in MEASURES.items():
        assert result.fit[name] == pytest.approx(
            expected["fit"][theirs], abs=1e-2 if name == "chi2" else 1e-4
        )
    assert (result.n, result.n_used, result.messages) == (250, 250, ())


def test_what_is_improper_for_lavaan_is_improper_here(ecsi, ten_points):
    header, data = with_gaps("mobi_missing5")
    result = fit(ecsi, data, header, ten_points, missing="fiml")
    assert result.status == "improper" and not result.indices
    assert "Loyalty" in result.issues[0].params["names"]
    assert fit(ecsi, data, header, ten_points, estimator="pls", missing="fiml").status == "ok"


@pytest.mark.parametrize(
    "options", [{}, {"estimator": "pls"}, {"estimator": "pls", "resamples": 50, "seed": 1}]
)
def test_complete_answers_need_no_full_information(small, answers, eleven_points, options):
    data = answers(120, 1)
    whole, fiml, mean = (
        fit(small, data, small.items, eleven_points, missing=missing, **options).to_json()
        for missing in ("listwise", "fiml", "mean")
    )
    assert whole == fiml == mean


def test_it_is_not_misled_where_low_answers_lead_to_silence(small, answers, eleven_points):
    """Who is unhappy with A says nothing on B and C: complete rows show too bright a picture."""
    data = answers(1500, 5)
    unhappy = data[:, :3].mean(axis=1) < 5.5
    gaps = data.copy()
    gaps[unhappy, 3:] = np.nan
    true = {one.construct: one.index for one in fit(small, data, small.items, eleven_points).indices}
    for estimator in ("ml", "pls"):
        full, listwise = (
            {one.construct: one for one in fit(
                small, gaps, small.items, eleven_points, estimator=estimator, missing=missing
            ).indices}
            for missing in ("fiml", "listwise")
        )  # fmt: skip
        assert full["B"].index == pytest.approx(true["B"], abs=0.6)
        assert listwise["B"].index > true["B"] + 2
        assert full["B"].se > full["A"].se


def test_rows_without_any_answer_are_not_used(small, answers, eleven_points):
    data = emptied(answers(100, 1), 0.05, 2)
    data[[4, 9]] = np.nan
    for estimator in ("ml", "pls"):
        for missing in ("fiml", "mean"):
            result = fit(small, data, small.items, eleven_points, estimator=estimator, missing=missing)
            assert (result.status, result.n, result.n_used) == ("ok", 100, 98)
            assert result.issues[0].code == "empty_rows_left_out"


def test_means_in_the_place_of_missing_answers_are_counted(small, answers, eleven_points):
    data = answers(100, 1)
    data[:3, 0] = np.nan
    result = fit(small, data, small.items, eleven_points, missing="mean")
    filled = data.copy()
    filled[:3, 0] = np.nanmean(data[:, 0])
    expected = fit(small, filled, small.items, eleven_points)
    assert [one.se for one in result.indices] == pytest.approx([one.se for one in expected.indices])
    assert result.issues[0].params == {"count": 3}


@pytest.mark.parametrize("estimator", ["ml", "pls"])
def test_items_never_answered_together_are_named(small, answers, eleven_points, estimator):
    data = answers(200, 1)
    data[:100, 0] = data[100:, 8] = np.nan
    result = fit(small, data, small.items, eleven_points, estimator=estimator, missing="fiml")
    assert (result.status, codes(result)) == ("not_identified", ["never_together"])
    assert result.issues[0].params == {"names": ["a1", "c3"]}


def test_more_patterns_than_memory_allows_are_refused(small, answers, eleven_points, monkeypatch):
    monkeypatch.setattr(patterns, "LARGEST_SIZE", 20 * 81)
    data = emptied(answers(100, 1), 0.3, 2)
    result = fit(small, data, small.items, eleven_points, missing="fiml")
    assert (result.status, codes(result)[-1]) == ("not_converged", "gaps_too_many")


def test_gaps_that_cannot_be_bridged_are_refused():
    """Three of four answer x or y only; the two agree exactly where both are given."""
    rng = np.random.default_rng(1)
    data = rng.normal(5, 1, size=(120, 3)).clip(0, 10)
    data[:2, 1] = 10 - data[:2, 0]
    data[2:60, 0] = data[60:, 1] = np.nan
    model = lavaan_syntax.parse("F =~ x + y + z")
    result = fit(model, data, model.items, dict.fromkeys(model.items, Scale(0, 10)), missing="fiml")
    assert result.status in ("not_converged", "not_identified") and not result.indices


def test_an_improper_full_model_leaves_the_measurement_model_also_with_gaps(eleven_points):
    """C depends on A directly: a chain through B, which is measured poorly, leaves B no residual variance."""
    rng = np.random.default_rng(2)
    a, b, c = rng.normal(size=(3, 400))
    true = np.repeat(np.column_stack([a, 0.6 * a + 0.8 * b, 0.95 * a + 0.3 * c]), 3, axis=1)
    loadings = np.repeat([0.8, 0.4, 0.8], 3)
    data = np.clip(5 + 1.2 * (loadings * true + np.sqrt(1 - loadings**2) * rng.normal(size=(400, 9))), 0, 10)
    chain = lavaan_syntax.parse("A =~ a1 + a2 + a3\nB =~ b1 + b2 + b3\nC =~ c1 + c2 + c3\nB ~ A\nC ~ B")
    result = fit(chain, emptied(data, 0.03, 1), chain.items, eleven_points, missing="fiml")
    assert (result.status, result.structure, result.paths) == ("ok", "measurement", ())
    assert codes(result)[:2] == ["improper_variance", "measurement_only"]
    assert len(result.indices) == 3 and all(one.se > 0 for one in result.indices)


@pytest.mark.parametrize("estimator", ["ml", "pls"])
def test_order_and_units_do_not_matter(small, answers, eleven_points, estimator):
    data = emptied(answers(150, 1), 0.08, 3)
    first = fit(small, data, small.items, eleven_points, estimator=estimator, missing="fiml")
    shuffled = data[np.random.default_rng(1).permutation(150)][:, ::-1] * 3 - 7
    scales = dict.fromkeys(small.items, Scale(-7, 23))
    other = fit(small, shuffled, small.items[::-1], scales, estimator=estimator, missing="fiml")
    for one, two in zip(first.indices, other.indices, strict=True):
        assert (two.index, two.se) == pytest.approx((one.index, one.se), abs=1e-5)
    for one, two in zip(first.paths, other.paths, strict=True):
        assert two.std == pytest.approx(one.std, abs=1e-6)
    if estimator == "ml":
        assert other.fit["chi2"] == pytest.approx(first.fit["chi2"], abs=1e-5)


@pytest.fixture
def sample(small, answers, eleven_points):
    return prepare(small, emptied(answers(150, 1), 0.15, 3), small.items, eleven_points, "fiml")


@pytest.fixture
def likelihood(small, sample):
    return PatternLikelihood(specify(small), sample.em.state.patterns)


def slopes(function, theta, step=1e-5):
    return np.array(
        [(function(theta + h) - function(theta - h)) / (2 * step) for h in np.eye(len(theta)) * step]
    )


def test_slope_information_and_scores(likelihood, sample):
    structure = likelihood.structure
    theta = np.where(structure.is_variance, 0.6, 0.5) + 0.02 * np.arange(structure.parameters) % 0.1
    point = likelihood.point(theta)
    assert point.slope == pytest.approx(slopes(likelihood.value, theta), abs=1e-6)
    numeric = slopes(lambda x: likelihood.point(x).slope, theta) / 2
    assert point.observed == pytest.approx(numeric, abs=1e-6)
    rows = (sample.rows - sample.moments.mean) / sample.moments.sd
    member = sample.patterns.member
    total = sum(
        point.case_scores(y, member[part]).sum(axis=0) for part, y in case_pulls(point.state, rows, member)
    )
    assert total / len(rows) == pytest.approx(-point.slope / 2, abs=1e-10)


def test_influence_on_the_moments_is_what_more_weight_does(sample):
    saturated, member = Saturated(sample.em), sample.patterns.member
    ((_, means, covariances),) = saturated.of_cases(sample.rows, member)
    upper, lower = np.triu_indices(9)
    for case in (0, 17, 80):
        more, less = np.ones((2, 150))
        more[case], less[case] = 1.01, 0.99
        a, b = (em_moments(group(sample.rows, weight)) for weight in (more, less))
        # with weight 1 ± e the share of the case is (1 ± e)/(150 ± e): its influence over 150, doubled
        scale = 150 / 0.02
        assert (a.mean - b.mean) * scale == pytest.approx(means[case], abs=1e-3)
        assert (a.covariance - b.covariance)[upper, lower] * scale == pytest.approx(
            covariances[case], abs=5e-3
        )
    total = saturated.of_all(sample.rows, member, np.arange(150.0))
    assert total[0] == pytest.approx(np.arange(150) @ means)
    assert total[1] == pytest.approx(np.arange(150) @ covariances)


def test_resampled_and_left_out_rows_give_nearly_the_same_errors(small, sample):
    jackknife = fit_pls(small, sample)
    bootstrap = fit_pls(small, sample, resamples=500, seed=3)
    for one, other in zip(jackknife.indices, bootstrap.indices, strict=True):
        assert other.se == pytest.approx(one.se, rel=0.12)
    ml = fit(small, sample.rows, small.items, dict.fromkeys(small.items, Scale(0, 10)), missing="fiml")
    for one, other in zip(jackknife.indices, ml.indices, strict=True):
        assert other.se == pytest.approx(one.se, rel=0.05)
