"""The one door to the structural models: answers in, a result with its verdict out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from scoring.answers import Answers, prepare
from scoring.errors import OptionError
from scoring.fit_ml import fit_ml
from scoring.fit_pls import fit_pls
from scoring.gates import check
from scoring.issues import issue
from scoring.model import StructuralModel
from scoring.result import Estimator, Fit, Scheme
from scoring.scale import Scale

LARGEST_RESAMPLES = 100_000


def fit(
    model: StructuralModel,
    data: NDArray[np.float64],
    items: Sequence[str],
    scales: Mapping[str, Scale],
    *,
    estimator: Estimator = "ml",
    scheme: Scheme = "path",
    resamples: int = 0,
    seed: int | None = None,
    progress: Callable[[float], None] | None = None,
) -> Fit:
    """Estimate a structural model and the indices of its constructs.

    `data` (n, columns) holds answers on the items' own scales, NaN where missing; `items` names its
    columns, of which those the model does not name are ignored; `scales` gives every item's ends. Rows
    with a missing item are left out. `resamples` and `seed` draw a bootstrap (`pls`); `progress` hears the
    share that is done.

    A result that cannot be given is a `Fit` with a status other than ok and an issue that says why. Raises
    `DataError` or `OptionError` (both `ScoringError`) for unusable input only.
    """
    _check_options(estimator, scheme, resamples)
    answers = prepare(model, data, items, scales)
    verdict = check(model, answers)
    if verdict is not None:
        result = Fit(verdict[0], estimator, answers.n, answers.n_used, (verdict[1],))
    elif estimator == "ml":
        result = fit_ml(model, answers)
    else:
        result = fit_pls(model, answers, scheme, resamples, seed, progress)
    return _say_what_was_left_out(result, answers)


def _say_what_was_left_out(result: Fit, answers: Answers) -> Fit:
    if answers.n == answers.n_used:
        return result
    first = issue("rows_left_out", n=answers.n, n_used=answers.n_used)
    return replace(result, issues=(first, *result.issues))


def _check_options(estimator: str, scheme: str, resamples: int) -> None:
    if estimator not in ("ml", "pls"):
        raise OptionError(f"estimator {estimator!r} does not exist; there are ml and pls")
    if scheme not in ("path", "centroid", "factorial"):
        raise OptionError(f"scheme {scheme!r} does not exist; there are path, centroid and factorial")
    if not 0 <= resamples <= LARGEST_RESAMPLES:
        raise OptionError(f"{resamples} resamples cannot be drawn; from 0 to {LARGEST_RESAMPLES} can")
    if resamples and estimator == "ml":
        raise OptionError("a bootstrap is for pls; ml gives robust intervals without one")
