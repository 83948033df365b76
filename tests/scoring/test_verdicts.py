"""Every verdict, on answers made to cause it; no index ever comes with a status other than ok."""

from itertools import product

import numpy as np
import pytest

from scoring.scale import Scale
from scoring.structural import lavaan_syntax
from scoring.structural.collinearity import variance_inflation
from scoring.structural.fit import fit


def codes(result):
    return [one.code for one in result.issues]


def refused(result, status, code):
    assert result.status == status
    assert code in codes(result)
    assert result.indices == result.paths == result.loadings == ()
    assert all(message.endswith(".") and len(message) < 200 for message in result.messages)


@pytest.fixture
def run(small, eleven_points):
    def call(data, **options):
        return fit(small, data, small.items, eleven_points, **options)

    return call


@pytest.mark.parametrize("estimator", ["ml", "pls"])
def test_too_few_answers(run, answers, estimator):
    refused(run(answers(29, 1), estimator=estimator), "too_few", "too_few")
    assert run(answers(60, 1), estimator=estimator).status == "ok"


def test_too_few_counts_only_complete_answers(run, answers):
    data = answers(60, 1)
    data[:31, 4] = np.nan
    result = run(data)
    refused(result, "too_few", "too_few")
    assert (result.n, result.n_used) == (60, 29)


def test_fewer_answers_than_items():
    model = lavaan_syntax.parse("F =~ " + " + ".join(f"x{i}" for i in range(40)))
    data = np.random.default_rng(1).uniform(1, 5, size=(40, 40))
    result = fit(model, data, model.items, dict.fromkeys(model.items, Scale(1, 5)))
    refused(result, "too_few", "too_few")
    assert result.issues[0].params == {"n_used": 40, "items": 40, "needed": 41}


@pytest.mark.parametrize("estimator", ["ml", "pls"])
def test_an_item_everybody_answers_alike(run, answers, estimator):
    data = answers(100, 1)
    data[:, 4] = 0.1 + 0.2
    result = run(data, estimator=estimator)
    refused(result, "not_identified", "constant_item")
    assert result.issues[0].params == {"names": ["b2"]}


@pytest.mark.parametrize("estimator", ["ml", "pls"])
@pytest.mark.parametrize("missing", ["listwise", "fiml", "mean"])
@pytest.mark.parametrize("difference", [1e-200, 1e-9])
def test_an_item_that_hardly_varies(run, answers, estimator, missing, difference):
    """The square of the difference is 0, or nothing beside the other items'."""
    data = answers(100, 1)
    data[::2, 4], data[1::2, 4] = 0, difference
    data[5, 0] = np.nan
    result = run(data, estimator=estimator, missing=missing)
    refused(result, "not_identified", "constant_item")
    assert next(one for one in result.issues if one.code == "constant_item").params == {"names": ["b2"]}


@pytest.mark.parametrize("estimator", ["ml", "pls"])
def test_one_answer_that_outweighs_all_others(run, answers, estimator):
    weights = np.full(100, 1e-300)
    weights[0] = 1e300
    refused(run(answers(100, 1), estimator=estimator, weights=weights), "not_identified", "constant_item")


def test_a_construct_that_nothing_is_left_of(small, eleven_points, answers):
    """Its items' residual variances held far above what the items vary, A keeps none of its own: it is named
    by itself, not as what cannot be told from something else."""
    held = "\n".join(f"{item} ~~ 100*{item}" for item in small.items[:3])
    result = fit(lavaan_syntax.parse(small.to_lavaan() + held), answers(200, 1), small.items, eleven_points)
    refused(result, "improper", "improper_variance")
    assert "improper_correlation" not in codes(result)
    assert result.issues[-2].params == {"names": ["A"]}


def test_two_items_said_to_be_without_any_noise(small, eleven_points, answers):
    """Two items cannot both be their construct itself and differ: the further the search goes, the less
    determined is what it stands on."""
    held = "\n".join(f"{item} ~~ 1e-6*{item}" for item in small.items[:2])
    model = lavaan_syntax.parse(small.to_lavaan() + held)
    refused(fit(model, answers(80, 1), small.items, eleven_points), "not_converged", "not_converged")


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_constructs_that_have_nothing_to_do_with_one_another():
    """PLS weights items by their covariance with the neighbours, which is 0 to the last bit here: a result
    that cannot be given, and nothing divided by 0 on the way."""
    data = np.array(list(product((1.0, 3.0), repeat=5)))
    model = lavaan_syntax.parse("F =~ x + y\nG =~ u + v\nG ~ F")
    scales = dict.fromkeys(model.items, Scale(1, 3))
    refused(fit(model, data[:, :4], model.items, scales, estimator="pls"), "not_converged", "not_converged")


def test_a_search_through_a_singular_covariance_goes_on(answers):
    """One item's residual fixed: the search from the usual start meets a matrix that can be factored and not
    solved."""
    rng = np.random.default_rng(1)
    for seed in range(40):
        share = rng.choice([0.9, 0.97, 0.99])
        factor = rng.normal(size=(80, 2))
        factor[:, 1] = 0.6 * factor[:, 0] + 0.8 * factor[:, 1]
        scores = share * np.repeat(factor, 3, axis=1) + np.sqrt(1 - share**2) * rng.normal(size=(80, 6))
        data = np.clip(np.rint(5 + 2.5 * scores), 0, 10)
        model = lavaan_syntax.parse("F =~ x1 + x2 + x3 + y1 + y2 + y3\nx3 ~~ .5*x3")
        result = fit(model, data, model.items, dict.fromkeys(model.items, Scale(0, 10)))
        assert result.status in ("ok", "improper", "not_converged"), seed


@pytest.mark.parametrize("estimator", ["ml", "pls"])
def test_a_copy_of_an_item(run, answers, estimator):
    data = answers(100, 1)
    data[:, 4] = 10 - data[:, 0]
    result = run(data, estimator=estimator)
    refused(result, "not_identified", "repeated_items")
    assert result.issues[0].params == {"names": ["a1", "b2"]}


def test_a_model_that_asks_more_than_the_items_can_tell(answers):
    model = lavaan_syntax.parse("F =~ x + y")
    result = fit(model, answers(100, 1)[:, :2], model.items, dict.fromkeys(model.items, Scale(0, 10)))
    refused(result, "not_identified", "not_identified")


def test_paths_that_cannot_be_settled(answers):
    """Ten item variances and covariances cannot settle eleven parameters."""
    model = lavaan_syntax.parse("F =~ x + y\nG =~ u + v\nG ~ F\nF ~~ G")
    result = fit(
        model, answers(100, 1)[:, [0, 1, 3, 4]], model.items, dict.fromkeys(model.items, Scale(0, 10))
    )
    refused(result, "not_identified", "not_identified")


def test_a_search_that_does_not_end(run, answers, monkeypatch):
    """Where both searches are cut short, what they reached is not called a result."""
    from scoring.structural import ml

    monkeypatch.setattr(ml, "optimise", lambda structure, start, correlation: start)
    monkeypatch.setattr(ml, "polish", lambda likelihood, theta: theta)
    refused(run(answers(100, 1)), "not_converged", "not_converged")


def test_semopy_stopping_early_is_caught_up(run, answers, monkeypatch):
    from scoring.structural import ml

    data = answers(200, 1)
    whole = run(data)
    monkeypatch.setattr(ml, "optimise", lambda structure, start, correlation: start)
    alone = run(data)
    assert alone.fit["chi2"] == pytest.approx(whole.fit["chi2"], abs=1e-8)


def heywood(n, seed):
    """One item of B is nearly all noise twice over, so that its partner's residual variance falls below
    zero."""
    rng = np.random.default_rng(seed)
    a = rng.normal(size=(n, 1))
    noise = rng.normal(size=(n, 6))
    data = np.hstack([0.8 * a + 0.6 * noise[:, :3], 0.15 * a + noise[:, 3:]])
    data[:, 4] = 0.2 * data[:, 4] + 0.9 * data[:, 3] + 0.3 * data[:, 5]
    return np.clip(5 + data, 0, 10)


def test_an_improper_model_without_a_way_out(small):
    model = lavaan_syntax.parse("A =~ a1 + a2 + a3\nB =~ b1 + b2 + b3\nB ~ A")
    result = fit(model, heywood(200, 3), model.items, dict.fromkeys(model.items, Scale(0, 10)))
    refused(result, "improper", "improper_variance")
    assert "measurement_failed" in codes(result)
    assert "b2" in result.messages[0]


def test_an_improper_full_model_leaves_the_measurement_model(eleven_points):
    """C depends on A directly: a chain through B, which is measured poorly, leaves B no residual variance."""
    rng = np.random.default_rng(2)
    a, b, c = rng.normal(size=(3, 400))
    b = 0.6 * a + 0.8 * b
    c = 0.95 * a + 0.3 * c
    loadings = np.repeat([0.8, 0.4, 0.8], 3)
    true = np.repeat(np.column_stack([a, b, c]), 3, axis=1)
    noise = np.sqrt(1 - loadings**2) * rng.normal(size=(400, 9))
    data = np.clip(5 + 1.2 * (loadings * true + noise), 0, 10)
    chain = lavaan_syntax.parse("A =~ a1 + a2 + a3\nB =~ b1 + b2 + b3\nC =~ c1 + c2 + c3\nB ~ A\nC ~ B")
    result = fit(chain, data, chain.items, eleven_points)
    assert (result.status, result.structure) == ("ok", "measurement")
    assert result.paths == result.total_effects == ()
    assert result.r2 == {}
    assert codes(result)[:2] == ["improper_variance", "measurement_only"]
    assert len(result.indices) == 3
    assert result.separable == {"B": False, "C": False}
    alone = fit(chain.measurement(), data, chain.items, eleven_points)
    assert [one.index for one in alone.indices] == [one.index for one in result.indices]


def test_drivers_that_cannot_be_told_apart(table, ecsi, ten_points):
    header, data = table("mobi")
    result = fit(ecsi, data, header, ten_points)
    assert result.separable["Satisfaction"] is False
    assert result.collinearity["Satisfaction"] > 10
    assert "not_separable" in codes(result)
    header, data = table("sim_10000")
    assert all(fit(ecsi, data, header, ten_points).separable.values())


@pytest.mark.parametrize("estimator", ["ml", "pls"])
def test_an_item_that_runs_against_its_construct(run, answers, estimator):
    data = answers(300, 1)
    data[:, 4] = 10 - data[:, 4]
    result = run(data, estimator=estimator)
    assert result.status == "ok"
    against = next(one for one in result.issues if one.code == "item_against")
    assert against.params == {"item": "b2", "construct": "B"}
    assert "improper_weight" in codes(result)
    assert [one.construct for one in result.indices] == ["A", "C"]


@pytest.mark.parametrize("estimator", ["ml", "pls"])
def test_turning_the_first_item_is_told_apart_from_turning_the_others(run, answers, estimator):
    data = answers(300, 1)
    data[:, 3] = 10 - data[:, 3]
    against = next(one for one in run(data, estimator=estimator).issues if one.code == "item_against")
    assert against.params["item"] == "b1"


def test_drivers_that_follow_from_one_another_inflate_without_end():
    assert variance_inflation(np.ones((2, 2))).tolist() == [np.inf, np.inf]
    assert variance_inflation(np.array([[1, 0.6], [0.6, 1]])) == pytest.approx([1 / 0.64] * 2)


def test_rows_left_out_are_counted(run, answers):
    data = answers(100, 1)
    data[3, 0] = data[7, 8] = np.nan
    for estimator in ("ml", "pls"):
        result = run(data, estimator=estimator)
        assert (result.n, result.n_used) == (100, 98)
        assert result.messages[0].startswith("98 of 100 answers are used")
