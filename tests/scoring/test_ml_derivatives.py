"""Gradient, informations and Jacobians against finite differences."""

import numpy as np
import pytest

from scoring.structural import ml_standardized
from scoring.structural.ml_derivatives import (
    case_scores,
    derivatives,
    discrepancy,
    expected_information,
    gradient,
    observed_information,
)
from scoring.structural.ml_index import bartlett_weights
from scoring.structural.model import Construct, Path, StructuralModel
from scoring.structural.ram import implied, specify

MODEL = StructuralModel(
    (
        Construct("A", ("a1", "a2", "a3")),
        Construct("B", ("b1", "b2", "b3")),
        Construct("c", ("c",)),
        Construct("D", ("d1", "d2")),
    ),
    (Path("A", "B"), Path("B", "c"), Path("A", "c"), Path("c", "D"), Path("B", "D")),
    (("a1", "b1"),),
)
STRUCTURE = specify(MODEL)


@pytest.fixture
def point():
    rng = np.random.default_rng(1)
    theta = np.where(STRUCTURE.is_variance, 1.0, 0.3) + 0.1 * rng.normal(size=STRUCTURE.parameters)
    rows = rng.normal(size=(60, 9)) @ (np.eye(9) + 0.3)
    rows -= rows.mean(axis=0)
    return theta, rows, rows.T @ rows / 60


def slopes(function, theta, step=1e-5):
    return np.array(
        [(function(theta + h) - function(theta - h)) / (2 * step) for h in np.eye(len(theta)) * step]
    )


def test_gradient(point):
    theta, _, s = point
    numeric = slopes(lambda x: discrepancy(STRUCTURE, x, s), theta)
    assert gradient(derivatives(STRUCTURE, theta, s)) == pytest.approx(numeric, abs=1e-7)


def test_observed_information_is_half_the_hessian(point):
    theta, _, s = point
    numeric = slopes(lambda x: gradient(derivatives(STRUCTURE, x, s)), theta) / 2
    assert observed_information(derivatives(STRUCTURE, theta, s)) == pytest.approx(numeric, abs=1e-7)


def test_the_informations_agree_where_the_model_holds_exactly(point):
    theta, _, _ = point
    at = derivatives(STRUCTURE, theta, implied(STRUCTURE, theta).sigma)
    assert observed_information(at) == pytest.approx(expected_information(at), abs=1e-10)


def test_case_scores_add_up_to_the_gradient(point):
    theta, rows, s = point
    at = derivatives(STRUCTURE, theta, s)
    assert case_scores(at, rows).mean(axis=0) == pytest.approx(-gradient(at) / 2, abs=1e-10)


def test_jacobian_of_the_standardised_solution(point):
    theta, _, _ = point
    pairs = np.array([[12, 9], [11, 9], [12, 10]])
    for function in (
        lambda x: ml_standardized.effects(STRUCTURE, implied(STRUCTURE, x)),
        lambda x: ml_standardized.total_effects(STRUCTURE, implied(STRUCTURE, x), pairs),
    ):
        numeric = slopes(lambda x, f=function: f(x).values, theta).T
        assert function(theta).jacobian == pytest.approx(numeric, abs=1e-7)


def test_jacobian_of_the_index_weights(point):
    theta, _, _ = point
    widths = np.array([9.0, 4.0, 6.0])
    found = bartlett_weights(STRUCTURE, theta, (0, 1, 2), widths)
    numeric = slopes(lambda x: bartlett_weights(STRUCTURE, x, (0, 1, 2), widths).values, theta).T
    assert found.values.sum() == pytest.approx(1.0)
    assert found.jacobian == pytest.approx(numeric, abs=1e-7)
