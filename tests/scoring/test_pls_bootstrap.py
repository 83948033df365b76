"""The batched bootstrap and jackknife of PLS."""

import numpy as np
import pytest

from scoring.structural import fit_pls, pls_resampling
from scoring.structural.fit import fit
from scoring.structural.pls_cases import Cases
from scoring.structural.pls_resampling import bootstrap_moments, jackknife_moments


@pytest.fixture
def run(small, answers, eleven_points):
    def call(**options):
        return fit(small, answers(120, 1), small.items, eleven_points, estimator="pls", **options)

    return call


def test_the_same_seed_draws_the_same_intervals(run):
    assert run(resamples=200, seed=5) == run(resamples=200, seed=5)
    assert run(resamples=200, seed=5) != run(resamples=200, seed=6)


def test_a_seed_of_its_own_is_reported(run):
    first = run(resamples=50)
    assert first.bootstrap.n == 50
    assert run(resamples=50, seed=first.bootstrap.seed) == first


def test_chunks_do_not_change_the_draws(run, monkeypatch):
    heard = []
    whole = run(resamples=100, seed=5)
    monkeypatch.setattr(pls_resampling, "LARGEST_CHUNK", 4 * 9 * 9 * 30)
    parts = run(resamples=100, seed=5, progress=heard.append)
    assert heard == [0.3, 0.6, 0.9, 1.0]
    assert [one.low for one in parts.paths] == pytest.approx([one.low for one in whole.paths], abs=1e-9)
    assert [one.se for one in parts.indices] == pytest.approx([one.se for one in whole.indices], abs=1e-9)


def test_moments_are_those_of_the_rows_drawn():
    rows = np.random.default_rng(1).normal(size=(40, 3))
    rows -= rows.mean(axis=0)
    drawn = np.random.default_rng(2).integers(0, 40, size=(5, 40))
    ((mean, covariance),) = bootstrap_moments(Cases(rows), 5, np.random.default_rng(2))
    for k, picked in enumerate(drawn):
        assert mean[k] == pytest.approx(rows[picked].mean(axis=0))
        assert covariance[k] == pytest.approx(np.cov(rows[picked].T, bias=True))


def test_moments_without_a_row_are_those_of_the_others():
    rows = np.random.default_rng(1).normal(size=(40, 3))
    rows -= rows.mean(axis=0)
    ((mean, covariance),) = jackknife_moments(Cases(rows))
    for k in range(40):
        others = np.delete(rows, k, axis=0)
        assert mean[k] == pytest.approx(others.mean(axis=0))
        assert covariance[k] == pytest.approx(np.cov(others.T, bias=True))


def test_many_rows_are_left_out_by_groups(small, answers, eleven_points, monkeypatch):
    data = answers(3000, 3)
    single = fit(small, data, small.items, eleven_points, estimator="pls")
    monkeypatch.setattr(fit_pls, "LARGEST_DELETE_ONE", 1000)
    groups = fit(small, data, small.items, eleven_points, estimator="pls")
    for one, other in zip(single.indices, groups.indices, strict=True):
        assert other.se == pytest.approx(one.se, rel=0.3)  # 100 groups give it to 7 %


def test_resamples_that_fail_are_counted(small, answers, eleven_points):
    """One answer alone varies on b2, so that about a third of the resamples (1/e) have none that does."""
    data = answers(60, 1)
    data[:, 4] = 5.0
    data[9, 4] = data[9, 3] + 0.5
    result = fit(small, data, small.items, eleven_points, estimator="pls", resamples=300, seed=4)
    assert result.status == "ok"
    assert 70 < result.bootstrap.failed < 150
    assert "resamples_failed" in [one.code for one in result.issues]


def test_mobi_resamples_without_an_index_are_counted(table, ecsi, ten_points):
    header, data = table("mobi")
    result = fit(ecsi, data, header, ten_points, estimator="pls", resamples=1000, seed=123)
    improper = [one for one in result.issues if one.code == "resamples_improper"]
    assert sum(one.params["count"] for one in improper) == pytest.approx(33, abs=20)
    assert "Loyalty" in [one.construct for one in result.indices]


def test_without_a_bootstrap_paths_and_loadings_have_no_interval(run):
    result = run().to_json()
    assert result["paths"][0]["se"] is result["paths"][0]["low"] is result["loadings"][0]["high"] is None
    assert result["indices"][0]["se"] > 0
    assert "no_intervals" in [one["code"] for one in result["issues"]]
