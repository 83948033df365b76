"""Input that cannot be used names the column, the row and what would be right."""

import numpy as np
import pytest

from scoring.errors import DataError, ModelError, OptionError, ScoringError
from scoring.scale import Scale, ScaleError
from scoring.structural.fit import fit


def test_an_answer_off_its_scale(small, answers, eleven_points):
    data = answers(50, 1)
    data[6, 4] = 11
    with pytest.raises(DataError, match=r"column 'b2', row 7: 11 is off the scale; answers run from 0 to 10"):
        fit(small, data, small.items, eleven_points)
    data[6, 4] = np.inf
    with pytest.raises(DataError, match="row 7: inf"):
        fit(small, data, small.items, eleven_points)


@pytest.mark.parametrize(
    "ends", [(0, 1e300), (-1e308, 1e308), (0, 1e-300), (1e15, 1e15 + 10), (1, 1 + 1e-12)]
)
def test_a_scale_that_numbers_cannot_hold(ends, small, answers, eleven_points):
    """Products of four answers would be infinite, or nothing but rounding."""
    data = answers(50, 1)
    data[:, 4] = ends[0]
    with pytest.raises(DataError, match=r"'b2': a scale from .* cannot be computed with"):
        fit(small, data, small.items, eleven_points | {"b2": Scale(*ends)})


@pytest.mark.parametrize("estimator", ["ml", "pls"])
@pytest.mark.parametrize("size", [1e308, 5e-324])
def test_the_size_of_weights_is_irrelevant_up_to_the_largest_numbers(
    size, estimator, small, answers, eleven_points
):
    weights = np.where(np.arange(120) % 2, 1.0, 0.5) * (size if size > 1 else 2 * size)
    results = [
        fit(small, answers(120, 1), small.items, eleven_points, estimator=estimator, weights=own)
        for own in (weights, np.where(np.arange(120) % 2, 2.0, 1.0))
    ]
    assert results[0].status == results[1].status == "ok"
    assert [one.index for one in results[0].indices] == pytest.approx(
        [one.index for one in results[1].indices]
    )


def test_a_missing_a_repeated_and_an_unscaled_column(small, answers, eleven_points):
    data = answers(50, 1)
    with pytest.raises(DataError, match="'c3': is not among the columns"):
        fit(small, data[:, :8], small.items[:8], eleven_points)
    with pytest.raises(DataError, match="'a1': stands twice"):
        fit(small, np.hstack([data, data[:, :1]]), [*small.items, "a1"], eleven_points)
    with pytest.raises(DataError, match="'c3': has no scale"):
        fit(small, data, small.items, {item: Scale(0, 10) for item in small.items[:8]})
    with pytest.raises(DataError, match="shape"):
        fit(small, data[:, 0], small.items, eleven_points)


def test_options_that_do_not_exist(small, answers, eleven_points):
    def run(**options):
        return fit(small, answers(50, 1), small.items, eleven_points, **options)

    for options in ({"estimator": "wls"}, {"scheme": "star"}, {"resamples": -1}, {"resamples": 100}):
        with pytest.raises(OptionError):
            run(**options)


def test_pls_needs_every_construct_in_a_path(small, answers, eleven_points):
    with pytest.raises(ModelError, match="'A' stands in no path"):
        fit(small.measurement(), answers(50, 1), small.items, eleven_points, estimator="pls")


@pytest.mark.parametrize("ends", [(1, 1), (5, 1), (0, float("nan")), (0, float("inf"))])
def test_a_scale_has_two_ends_in_order(ends):
    with pytest.raises(ScaleError, match="lower to a higher"):
        Scale(*ends)
    assert issubclass(ScaleError, ScoringError)
