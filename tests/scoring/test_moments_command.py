"""`fit` from moments instead of answers, and with items that are asked the other way round."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scoring.__main__ import main
from scoring.structural.blocks import pack
from scoring.structural.group_sums import group_of, group_sums
from scoring.structural.moments import from_rows

REFERENCE = Path(__file__).parent.parent / "reference"
MODEL, DATA = str(REFERENCE / "model_mobi.lav"), str(REFERENCE / "mobi.csv")


@pytest.fixture
def rows() -> tuple[list[str], np.ndarray]:
    header, *lines = csv.reader((REFERENCE / "mobi.csv").read_text(encoding="utf-8").splitlines())
    return header, np.array(lines, dtype=float)


@pytest.fixture
def document(rows: tuple[list[str], np.ndarray]) -> dict[str, Any]:
    moments = from_rows(rows[1])
    return {
        "n": moments.n,
        "items": rows[0],
        "means": moments.mean.tolist(),
        "covariance": moments.covariance.tolist(),
    }


def fitted(capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, Any]:
    main(["fit", MODEL, *options, "--scale", "1:10", "--json"])
    result: dict[str, Any] = json.loads(capsys.readouterr().out)
    return result


def written(folder: Path, document: Any) -> str:
    path = folder / "moments.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    return str(path)


def column(result: dict[str, Any], part: str, figure: str) -> list[float]:
    return [row[figure] for row in result[part]]


@pytest.mark.parametrize("estimator", ["ml", "pls"])
def test_moments_give_the_estimates_that_their_answers_give(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, document: dict[str, Any], estimator: str
) -> None:
    whole = fitted(capsys, DATA, "--estimator", estimator)
    alone = fitted(capsys, "--moments", written(tmp_path, document), "--estimator", estimator)
    figures = [("loadings", "estimate"), ("paths", "std"), ("weights", "weight"), ("indices", "index")]
    figures += [("loadings", "se"), ("paths", "se")] if estimator == "ml" else []
    for part, figure in figures:
        assert column(alone, part, figure) == pytest.approx(column(whole, part, figure), abs=1e-7), part
    assert alone["fit"] == pytest.approx(whole["fit"], abs=1e-6)
    assert {row["low"] for row in alone["indices"]} == {None}
    assert alone["issues"][0]["code"] == "moments_only"


def test_an_item_asked_the_other_way_round_counts_like_the_item_itself(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, rows: tuple[list[str], np.ndarray]
) -> None:
    header, values = rows[0], rows[1].copy()
    values[:, header.index("CUSA2")] = 11 - values[:, header.index("CUSA2")]
    turned = tmp_path / "turned.csv"
    np.savetxt(turned, values, fmt="%d", delimiter=",", header=",".join(header), comments="")
    assert fitted(capsys, str(turned), "--reverse", "CUSA2") == fitted(capsys, DATA)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ("not json", "holds no moments"),
        ({"n": 0}, '"n" must be a whole number'),
        ({"n": True}, '"n" must be a whole number'),
        ({"items": []}, '"items" must be a list of names'),
        ({"means": [1, 2]}, '"means" must be 24 finite numbers'),
        ({"means": ["7"] * 24}, '"means" must be 24 finite numbers'),
        ({"means": [float("nan")] * 24}, '"means" must be 24 finite numbers'),
        ({"covariance": [[1.0] * 24] * 23}, '"covariance" must be 24 rows of 24'),
        ({"covariance": [[1.0], [1.0, 2.0]]}, '"covariance" must be 24 rows of 24'),
        ({"covariance": np.triu(np.ones((24, 24))).tolist()}, "must be symmetric"),
        ({"covariance": (np.eye(24) * 2 - 1).tolist()}, "negative eigenvalues"),
        ({"items": ["x"] * 24}, "is not among the columns"),
    ],
)
def test_moments_that_cannot_be_are_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, document: dict[str, Any], change: Any, complaint: str
) -> None:
    path = written(tmp_path, change if isinstance(change, str) else document | change)
    assert main(["fit", MODEL, "--moments", path, "--scale", "1:10"]) == 2
    error = capsys.readouterr().err
    assert complaint in error and error.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ([], "DATA.csv is missing"),
        (["--moments", "no-such.json"], "No such file"),
        ([DATA, "--reverse", "nothing"], "--reverse names 'nothing', which is not an item"),
        ([DATA, "--moments", "moments.json"], "DATA.csv has no place beside --moments"),
        (["--moments", "moments.json", "--missing", "fiml"], "--missing has no place beside --moments"),
    ],
)
def test_options_that_do_not_go_together_are_refused(
    capsys: pytest.CaptureFixture[str], options: list[str], complaint: str
) -> None:
    assert main(["fit", MODEL, *options, "--scale", "1:10"]) == 2
    assert complaint in capsys.readouterr().err


def test_a_bootstrap_needs_answers_or_their_sums(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, document: dict[str, Any]
) -> None:
    options = ["--moments", written(tmp_path, document), "--bootstrap", "9"]
    assert main(["fit", MODEL, *options, "--scale", "1:10"]) == 2
    assert "--bootstrap has no place beside --moments" in capsys.readouterr().err


def grouped(rows: tuple[list[str], np.ndarray]) -> dict[str, Any]:
    """The rows' sums over random groups, as a run's folder holds them."""
    items, values = rows
    sums = group_sums(pack(values, items, [1] * len(items)), group_of(np.arange(len(values))))
    upper = np.triu_indices(len(items))
    return {
        "items": items,
        "lowest": [1] * len(items),
        "n": sums.n.tolist(),
        "first": sums.first.tolist(),
        "second": sums.second[:, upper[0], upper[1]].tolist(),
    }


@pytest.mark.parametrize("estimator", ["ml", "pls"])
def test_sums_over_groups_give_errors_too(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    rows: tuple[list[str], np.ndarray],
    document: dict[str, Any],
    estimator: str,
) -> None:
    path = written(tmp_path, document | {"groups": grouped(rows)})
    found = fitted(capsys, "--moments", path, "--estimator", estimator, "--bootstrap", "1000")
    alone = fitted(capsys, DATA, "--estimator", estimator)
    assert column(found, "indices", "index") == pytest.approx(column(alone, "indices", "index"))
    assert column(found, "indices", "se") == pytest.approx(column(alone, "indices", "se"), rel=0.4)
    assert all(low is not None for low in column(found, "paths", "low"))


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"n": [1]}, '"first" must be 1 rows of 24'),
        ({"n": []}, '"first" must be 0 rows of 24'),
        ({"lowest": [0.5] * 24}, '"lowest" must be whole numbers'),
        ({"second": 3}, '"second" must be 100 rows of 300'),
        ({"items": "abc"}, '"groups" must have first, items'),
    ],
)
def test_sums_over_groups_that_cannot_be_are_refused(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    rows: tuple[list[str], np.ndarray],
    document: dict[str, Any],
    change: dict[str, Any],
    complaint: str,
) -> None:
    path = written(tmp_path, document | {"groups": grouped(rows) | change})
    assert main(["fit", MODEL, "--moments", path, "--scale", "1:10"]) == 2
    assert complaint in capsys.readouterr().err
