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
