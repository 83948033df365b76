"""`python -m scoring kano|nps|servqual|reliability|rake`: keys, exit status, one line for unusable input."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scoring.__main__ import main

REFERENCE = Path(__file__).parent.parent / "reference"
NPS = ["n", "promoters", "passives", "detractors", "nps", "se", "low", "high"]
FEATURE = [
    "feature",
    "n",
    "counts",
    "category",
    "significant",
    "better",
    "worse",
    "category_strength",
    "total_strength",
    "importance",
]
GAP = ["expectation", "perception", "gap", "se", "t", "p", "weight", "n"]
ZONE = ["adequate", "desired", "perceived", "msa", "mss", "in_zone"]
SCALE = ["n", "alpha", "alpha_low", "alpha_high", "std_alpha", "omega", "kmo", "bartlett", "items"]
RAKED = ["converged", "iterations", "deff", "n_effective", "min", "max", "mean", "se"]
DIMENSIONS = ["tangibles", "reliability", "responsiveness", "assurance", "empathy"]
FORTY_FOUR = [f"{letter}{i}" for letter in "EP" for i in range(1, 23)]
SIXTY_SIX = [f"{letter}{i}" for letter in "ADP" for i in range(1, 23)]
TARGETS = {"sex": {"f": 520, "m": 480}, "age": {"1": 300, "2": 700}}


@pytest.fixture
def file(tmp_path):
    def write(header, rows):
        path = tmp_path / "data.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([header, *rows])
        return path

    return write


@pytest.fixture
def run(capsys):
    def call(*arguments):
        status = main([str(one) for one in arguments])
        out, err = capsys.readouterr()
        return status, out, err

    return call


@pytest.fixture
def told(run):
    """The JSON of a run that ends with this status."""

    def call(*arguments, status=0):
        found, out, err = run(*arguments, "--json")
        assert (found, err) == (status, "")
        return json.loads(out, parse_constant=pytest.fail)

    return call


@pytest.fixture
def unusable(run):
    def call(*arguments):
        status, out, err = run(*arguments, "--json")
        assert (status, out, err.count("\n")) == (2, "", 1)
        return err

    return call


@pytest.fixture
def targets(tmp_path):
    def write(document=TARGETS):
        path = tmp_path / "targets.json"
        path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
        return path

    return write


def test_kano(told, run, file):
    header = ["id", "快递.functional", "快递.dysfunctional", "a.b.functional", "a.b.dysfunctional"]
    rows = [["x", 1, 5, 1, 2], ["y", 1, 5, 1, 5], ["z", 2, 5, "", 1]]
    path = file([*header, "快递.importance"], [[*row, value] for row, value in zip(rows, "798", strict=True)])
    result = told("kano", path)
    assert list(result) == ["features"]
    first, second = result["features"]
    assert list(first) == FEATURE
    assert (first["feature"], first["n"], first["category"], first["importance"]) == ("快递", 3, "O", 8)
    assert first["counts"] == {"M": 1, "O": 2, "A": 0, "I": 0, "R": 0, "Q": 0}
    assert (first["better"], first["worse"]) == (pytest.approx(2 / 3), -1)
    assert (first["category_strength"], first["total_strength"]) == (pytest.approx(1 / 3), 1)
    assert (second["n"], second["category"], second["importance"]) == (2, "O", None)
    assert told("kano", path, "--near-tie", "34")["features"][0]["category"] == "M"
    status, out, _ = run("kano", path)
    assert status == 0
    assert "快递" in out


def test_kano_tables_and_rules(told, file):
    pairs = [(2, 2)] * 4 + [(1, 5)] * 3 + [(1, 2)] * 3
    path = file(["f.functional", "f.dysfunctional"], pairs)
    assert told("kano", path)["features"][0]["category"] == "I"
    assert told("kano", path, "--table", "pouliot")["features"][0]["category"] == "Q"
    assert told("kano", path, "--rule", "blauth")["features"][0]["category"] == "O"


def test_kano_without_a_whole_pair(told, file):
    result = told("kano", file(["f.functional", "f.dysfunctional"], [[1, ""], ["", 2]]), status=3)
    assert (result["status"], result["features"][0]["category"]) == ("too_few", None)
    assert result["features"][0]["better"] is None


def test_kano_input_that_cannot_be_used(unusable, file):
    pair = ["f.functional", "f.dysfunctional"]
    assert "'f.dysfunctional', row 2: 0 is off the scale; answers run whole numbers from 1 to 5" in unusable(
        "kano", file(pair, [[1, 2], [1, 0]])
    )
    assert "'f.importance', row 1: 10" in unusable("kano", file([*pair, "f.importance"], [[1, 2, 10]]))
    assert "'f.dysfunctional': is not in the header" in unusable("kano", file(pair[:1], [[1]]))
    assert "2 times" in unusable("kano", file([*pair, pair[0]], [[1, 2, 3]]))
    assert "NAME.functional" in unusable("kano", file(["q1"], [[1]]))
    for points in ("-1", "nan", "inf", "x"):
        assert "near-tie" in unusable("kano", file(pair, [[1, 2]]), "--near-tie", points)


def test_nps(told, run, file):
    path = file(["score", "other"], [[0, 10], [7, ""], [7, ""], [9, ""], [9, 9], [9, 0]])
    result = told("nps", path, "--column", "score")
    assert list(result) == NPS
    assert [result[key] for key in NPS[:4]] == [6, 3, 2, 1]
    assert result["nps"] == pytest.approx(100 / 3)
    assert result["low"] < result["nps"] < result["high"]
    both = told("nps", path, "--column", "score", "--compare", "other")
    assert list(both) == ["a", "b", "difference", "se", "z", "p", "low", "high"]
    assert both["a"] == result
    assert (both["b"]["n"], both["difference"]) == (3, pytest.approx(0))
    assert "difference" in run("nps", path, "--column", "score", "--compare", "other")[1]


def test_nps_of_nobody(told, run, file):
    path = file(["score", "other"], [["", 9]])
    result = told("nps", path, "--column", "score", status=3)
    assert (result["status"], result["n"], result["nps"]) == ("too_few", 0, None)
    both = told("nps", path, "--column", "other", "--compare", "score", status=3)
    assert both["messages"] == ["Nobody answered score."]
    assert (both["a"]["nps"], both["difference"]) == (100, None)
    assert run("nps", path, "--column", "score")[0] == 3


@pytest.mark.parametrize("value", ["11", "-1", "9.5", "1e308", "true", "nan", "9_0"])
def test_nps_refuses_what_is_no_answer(unusable, file, value):
    line = unusable("nps", file(["a", "score"], [[1, 0], [2, value]]), "--column", "score")
    assert "column 'score', row 2: " in line
    assert "0 to 10" in line or "is not a number" in line


def test_nps_columns_must_be_there(unusable, file):
    path = file(["score", "score", "a"], [[1, 2, 3]])
    assert "2 times" in unusable("nps", path, "--column", "score")
    assert "'b': is not in the header; add it, or mind its spelling" in unusable(
        "nps", path, "--column", "a", "--compare", "b"
    )
    assert "--column" in unusable("nps", path)
    assert "No such file" in unusable("nps", path.with_name("none.csv"), "--column", "a")


def test_servqual(told, run, file):
    rows = [[6] * 22 + [5] * 22, [5] * 22 + [6] * 22, [7] * 22 + [4] * 22]
    result = told("servqual", file(FORTY_FOUR, rows))
    assert list(result) == ["n", "dimensions", "unweighted", "weighted"]
    assert list(result["dimensions"]) == DIMENSIONS
    assert list(result["dimensions"]["empathy"]) == GAP
    assert (result["n"], result["unweighted"], result["weighted"]) == (3, pytest.approx(-1), None)
    assert result["dimensions"]["tangibles"]["weight"] is None
    points = [f"W_{name}" for name in DIMENSIONS]
    points_given = [[20] * 5, [96, 1, 1, 1, 1], [""] * 5]
    path = file(FORTY_FOUR + points, [[*row, *w] for row, w in zip(rows, points_given, strict=True)])
    weighted = told("servqual", path)
    assert weighted["weighted"] == pytest.approx(0)
    assert weighted["dimensions"]["tangibles"]["weight"] == 58
    assert "tangibles" in run("servqual", path)[1]


def test_servqual_with_three_columns(told, run, file):
    rows = [[5] * 22 + [8] * 22 + [6] * 22, [5] * 22 + [8] * 22 + [9] * 22]
    result = told("servqual", file(SIXTY_SIX, rows))
    assert list(result) == ["n", "dimensions", "items"]
    assert list(result["dimensions"]) == DIMENSIONS
    assert list(result["dimensions"]["assurance"]) == list(result["items"]["22"]) == ZONE
    assert [result["items"]["1"][key] for key in ZONE] == [5, 8, 7.5, 2.5, -0.5, 0.5]
    short = told("servqual", file(["A1", "D1", "P1"], [[8, 5, 6], [5, 8, 6]]))
    assert short["dimensions"] == {}
    assert short["messages"][0].startswith("1 answers of 1 respondents")
    assert "item 1" in run("servqual", file(SIXTY_SIX, rows))[1]


def test_servqual_of_nobody(told, file):
    assert told("servqual", file(FORTY_FOUR, [[""] * 22 + [5] * 22]), status=3)["unweighted"] is None
    assert told("servqual", file(["A1", "D1", "P1"], [[1, 2, ""]]), status=3)["n"] == 0
    half = told("servqual", file(FORTY_FOUR, [[""] * 4 + [5] * 40]))
    assert (half["n"], half["unweighted"], half["dimensions"]["empathy"]["gap"]) == (0, None, 0)
    assert half["dimensions"]["empathy"]["se"] is None


def test_servqual_input_that_cannot_be_used(unusable, file):
    row = [5] * 44
    assert "'P22': is not in the header" in unusable("servqual", file(FORTY_FOUR[:-1], [row[:-1]]))
    assert "'P1', row 1: 8 is off the scale; answers run from 1 to 7" in unusable(
        "servqual", file(FORTY_FOUR, [[5] * 22 + [8] + [5] * 21])
    )
    points = [f"W_{name}" for name in DIMENSIONS]
    assert "row 2: the points sum to 99; they must sum to 100" in unusable(
        "servqual", file(FORTY_FOUR + points, [row + [20] * 5, [*row, 19, 20, 20, 20, 20]])
    )
    assert "'W_empathy': is not in the header" in unusable(
        "servqual", file(FORTY_FOUR + points[:4], [row + [25] * 4])
    )
    assert "'A2': is not in the header" in unusable(
        "servqual", file(["A1", "D1", "P1", "P2"], [[1, 2, 2, 3]])
    )
    assert "E1..E22" in unusable("servqual", file(["q"], [[1]]))


def test_reliability(told, run):
    items = "PERQ1,PERQ2,PERQ3,PERQ4,PERQ5,PERQ6,PERQ7"
    result = told("reliability", REFERENCE / "mobi.csv", "--items", items)
    assert list(result) == SCALE
    assert list(result["bartlett"]) == ["chi2", "df", "p"]
    assert list(result["items"][0]) == ["item", "item_total", "alpha_if_deleted"]
    assert result["n"] == 250
    assert result["std_alpha"] == pytest.approx(0.877010245240235)
    assert result["alpha_low"] < result["alpha"] < result["alpha_high"]
    assert result["alpha"] == pytest.approx(result["omega"], abs=0.02)
    out = run("reliability", REFERENCE / "mobi.csv", "--items", items)[1]
    assert "PERQ7" in out


def test_reliability_that_cannot_be_given(told, run, file):
    few = told("reliability", file(["a", "b"], [[1, 2], [2, ""]]), "--items", "a,b", status=3)
    assert (few["status"], few["n"], few["alpha"], few["items"]) == ("too_few", 1, None, [])
    flat = told("reliability", file(["a", "b"], [[1, 2], [2, 2], [3, 2]]), "--items", "a,b", status=3)
    assert "same answer to b" in flat["messages"][0]
    copy = told("reliability", file(["a", "b"], [[1, 1], [2, 2], [3, 3]]), "--items", "a,b")
    assert (copy["alpha"], copy["omega"], copy["kmo"]) == (pytest.approx(1), None, None)
    assert run("reliability", file(["a", "b"], [[1, 2]]), "--items", "a,b")[0] == 3


def test_reliability_input_that_cannot_be_used(unusable, file):
    path = file(["a", "b"], [[1, "x"], [1e300, 2]])
    assert "'b', row 1: 'x' is not a number" in unusable("reliability", path, "--items", "a,b")
    assert "'c': is not in the header" in unusable("reliability", path, "--items", "a,c")
    assert "'a' twice" in unusable("reliability", path, "--items", "a,b,a")
    for items in ("a", "", "a,,b"):
        assert "two columns or more" in unusable("reliability", path, "--items", items)
    assert "at most 200" in unusable("reliability", path, "--items", ",".join(map(str, range(300))))
    big = file(["a", "b"], [[1, 2], [1e300, 2]])
    assert "'a', row 2: 1e+300 is too large" in unusable("reliability", big, "--items", "a,b")


SIX = [["f", 1, 10], ["f", 2, 8], ["m", 1, ""], ["m", 2, 0], ["m", 2, 6], [" m", "2 ", 7]]


def test_rake(told, run, file, targets, tmp_path):
    path = file(["sex", "age", "score"], SIX)
    result = told("rake", path, "--targets", targets(), "--mean", "score")
    assert list(result) == RAKED
    assert result["converged"]
    assert 0 < result["min"] <= result["max"]
    assert result["deff"] * result["n_effective"] == pytest.approx(6)
    plain = told("rake", path, "--targets", targets(), "--weights-out", tmp_path / "w.csv")
    assert (plain["mean"], plain["se"]) == (None, None)
    with (tmp_path / "w.csv").open(newline="") as written:
        header, *rows = csv.reader(written)
    assert header == ["row", "weight"]
    weights = np.array([float(weight) for _, weight in rows])
    assert (weights.sum(), weights[:2].sum()) == pytest.approx((1000, 520))
    answered = [0, 1, 3, 4, 5]
    assert result["mean"] == pytest.approx(np.average([10, 8, 0, 6, 7], weights=weights[answered]))
    assert "design effect" in run("rake", path, "--targets", targets())[1]


def test_rake_that_cannot_be_given(told, file, targets, tmp_path):
    contrary = {"sex": {"f": 10, "m": 90}, "age": {"1": 90, "2": 10}}
    path = file(["sex", "age", "score"], [["f", 1, ""], ["m", 2, ""]])
    out = tmp_path / "w.csv"
    result = told("rake", path, "--targets", targets(contrary), "--weights-out", out, status=3)
    assert (result["converged"], result["deff"], result["status"]) == (False, None, "not_converged")
    assert not out.exists()
    agreeing = {"sex": {"f": 10, "m": 90}}
    nobody = told("rake", path, "--targets", targets(agreeing), "--mean", "score", status=3)
    assert nobody["messages"] == ["Nobody answered score."]


def test_rake_input_that_cannot_be_used(unusable, file, targets, tmp_path):
    path = file(["sex", "age", "score"], [*SIX, ["x", 1, 2]])
    assert "'sex', row 7: 'x' has no target; every row needs one of f, m" in unusable(
        "rake", path, "--targets", targets()
    )
    path = file(["sex", "age", "score"], [*SIX, ["", 1, 2]])
    assert "'sex', row 7: is empty" in unusable("rake", path, "--targets", targets())
    path = file(["sex", "age", "score"], SIX)
    extra = TARGETS | {"age": {"1": 300, "2": 600, "3": 100}}
    assert "'age': nobody has the value '3'" in unusable("rake", path, "--targets", targets(extra))
    unequal = TARGETS | {"age": {"1": 300, "2": 800}}
    assert "'age': its targets sum to 1100, those of 'sex' to 1000" in unusable(
        "rake", path, "--targets", targets(unequal)
    )
    assert "'town': is not in the header" in unusable("rake", path, "--targets", targets({"town": {"a": 1}}))
    assert "'sex', row 1: 'f' is not a number" in unusable(
        "rake", path, "--targets", targets(), "--mean", "sex"
    )
    assert "No such file" in unusable("rake", path, "--targets", tmp_path / "none.json")
    nowhere = tmp_path / "no" / "w.csv"
    assert "No such file" in unusable("rake", path, "--targets", targets(), "--weights-out", nowhere)


@pytest.mark.parametrize(
    "text",
    [
        "[",
        "[1]",
        "{}",
        '{"sex": {}}',
        '{"sex": {"f": 0}}',
        '{"sex": {"f": -1}}',
        '{"sex": {"f": true}}',
        '{"sex": {"f": "9"}}',
        '{"sex": {"f": NaN}}',
        '{"sex": {"f": 1e999}}',
        '{"sex": {"f": 1, " f": 2}}',
        '{"sex": 3}',
        "[" * 100_000,
        '{"sex": {"f": ' + "9" * 5000 + "}}",
        json.dumps({"sex": {str(i): 1 for i in range(1001)}}),
    ],
)
def test_rake_targets_that_are_none(unusable, file, targets, text):
    path = file(["sex", "age", "score"], SIX)
    assert "--targets" in unusable("rake", path, "--targets", targets(text))


COMMANDS = {
    "kano": ("f.functional,f.dysfunctional,f.importance", []),
    "nps": ("a,b", ["--column", "a", "--compare", "b"]),
    "servqual": ("A1,D1,P1", []),
    "reliability": ("a,b,c", ["--items", "a,b,c"]),
    "rake": ("a,b", ["--targets", "{targets}", "--mean", "b"]),
}
cell = st.one_of(
    st.integers(-1, 11).map(str), st.sampled_from(["", " ", "1.5", "nan", "1e300", "-0", "十", '"'])
)
lines = st.lists(st.lists(cell, min_size=1, max_size=4).map(",".join), max_size=8).map("\n".join)
wild = st.text(alphabet='ab.AD1,;\n"059e-\x00 \r', max_size=60)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.parametrize("command", COMMANDS)
@given(
    data=st.one_of(lines, wild), header=st.one_of(st.none(), wild), flags=st.sampled_from([[], ["--json"]])
)
def test_nothing_written_in_the_file_makes_a_traceback(run, tmp_path, targets, command, data, header, flags):
    own, options = COMMANDS[command]
    path = tmp_path / "wild.csv"
    path.write_text((own if header is None else header) + "\n" + data, encoding="utf-8")
    margin = targets({"a": {"1": 30, "2": 70}})
    status, out, err = run(command, path, *(one.format(targets=margin) for one in options), *flags)
    assert status in (0, 2, 3)
    assert (err.count("\n"), bool(out)) == ((1, False) if status == 2 else (0, True))
    if flags and out:
        json.loads(out, parse_constant=pytest.fail)
