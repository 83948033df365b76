"""`--margins` of the commands, and `csat`, `ces` and `servperf`: their keys, figures, and what is refused."""

import csv
import json

import numpy as np
import pytest

from scoring.__main__ import main
from scoring.classical.calibration import uncalibrated
from scoring.classical.counting import Counting
from scoring.classical.margins import weigh
from scoring.classical.means import mean_of
from scoring.classical.nps import score_of
from scoring.classical.proportions import wilson
from scoring.classical.rake import Trim

MARGINS = {"own.region": {"north": 1, "south": 1}}
SHARE = ["boxes", "n", "count", "share", "low", "high", "box", "mean"]


@pytest.fixture
def written(tmp_path):
    def write(name, content):
        path = tmp_path / name
        if isinstance(content, list):
            with path.open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows(content)
        else:
            path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return path

    return write


@pytest.fixture
def told(capsys):
    def call(*arguments, status=0):
        found = main([*map(str, arguments), "--json"])
        out, err = capsys.readouterr()
        assert (found, err) == (status, "")
        return json.loads(out, parse_constant=pytest.fail)

    return call


@pytest.fixture
def unusable(capsys):
    def call(*arguments):
        status = main([*map(str, arguments), "--json"])
        out, err = capsys.readouterr()
        assert (status, out, err.count("\n")) == (2, "", 1)
        return err

    return call


def table(regions, column="q"):
    return [[column, "own.region"], *([value, region] for value, region in regions)]


ROWS = [(10, "north"), (9, "north"), (0, "north"), (7, "north"), (10, "south"), (3, "south"), ("", "south")]


def by_hand(rows, trim=None):
    given = {"own.region": np.array([region for _value, region in rows])}
    values = np.array([np.nan if value == "" else value for value, _region in rows], dtype=float)
    return values, Counting(weigh(given, len(rows), MARGINS, trim).calibration)


def test_a_net_score_raked_to_margins(told, written):
    data, margins = written("data.csv", table(ROWS)), written("margins.json", MARGINS)
    found = told("nps", data, "--column", "q", "--margins", margins)
    values, counting = by_hand(ROWS)
    expected = score_of(values, counting)
    assert (found["n"], found["promoters"]) == (6, 3)
    figures = [found[name] for name in ("nps", "se", "low", "high", "n_effective")]
    assert figures == [getattr(expected, name) for name in ("nps", "se", "low", "high", "n_effective")]
    assert sum(found["shares"].values()) == pytest.approx(1)
    trimmed = told("nps", data, "--column", "q", "--margins", margins, "--trim", "0.5:1.5")
    assert trimmed["nps"] == pytest.approx(score_of(*by_hand(ROWS, Trim(0.5, 1.5))).nps)


def test_a_part_has_the_weights_of_the_whole_sample(told, written):
    part = [row for row in ROWS if row[1] == "south"]
    data, sample = written("data.csv", table(part)), written("sample.csv", table(ROWS, "x"))
    margins = written("margins.json", MARGINS)
    found = told("csat", data, "--column", "q", "--scale", "0:10", "--box", "9:10", "--margins", margins,
                 "--sample", sample)  # fmt: skip
    assert found["share"] == pytest.approx(0.5) and found["n_effective"] == pytest.approx(2)


def test_csat_and_ces_have_their_usual_boxes(told, written):
    data = written("data.csv", [["score"], *[[one] for one in (5, 4, 4, 2, 1, "")]])
    found = told("csat", data, "--column", "score")
    assert list(found) == SHARE
    assert (found["n"], found["count"], found["box"]) == (5, 3, [4, 5])
    assert (found["low"], found["high"]) == pytest.approx(wilson(3, 5))
    mean = mean_of([5, 4, 4, 2, 1])
    assert (found["mean"]["mean"], found["mean"]["low"]) == pytest.approx((mean.mean, mean.low))
    assert told("ces", data, "--column", "score")["box"] == [5, 7]
    assert told("csat", data, "--column", "score", "--box", "1:2")["count"] == 2
    empty = written("empty.csv", [["score"], ["  "]])
    assert told("csat", empty, "--column", "score", status=3)["status"] == "too_few"


def test_servperf(told, written, capsys):
    points = [f"W_{name}" for name in ("tangibles", "reliability", "responsiveness", "assurance", "empathy")]
    header = [f"P{i}" for i in range(1, 23)]
    rows = [[7] * 4 + [2] * 18 + [60, 10, 10, 10, 10], [5] * 22 + [20] * 5]
    data = written("data.csv", [[*header, *points], *rows])
    found = told("servperf", data)
    assert list(found) == ["n", "dimensions", "items", "unweighted", "weighted"]
    assert found["dimensions"]["tangibles"]["perception"] == 6 and found["items"]["5"]["n"] == 2
    assert (found["unweighted"], found["weighted"]) == pytest.approx(((3 + 5) / 2, (5 + 5) / 2))
    assert main(["servperf", str(data)]) == 0
    assert "tangibles" in capsys.readouterr().out


def test_equal_margins_are_as_none(told, written):
    rows = [[*(int(one) for one in np.random.default_rng(k).integers(1, 10, 66)), "x"] for k in range(12)]
    header = [f"{letter}{i}" for letter in "ADP" for i in range(1, 23)]
    data, margins = written("data.csv", [[*header, "all"], *rows]), written("one.json", {"all": {"x": 3}})
    plain, raked = told("servqual", data), told("servqual", data, "--margins", margins)
    assert raked["items"]["7"]["msa"] == pytest.approx(plain["items"]["7"]["msa"], rel=1e-12)
    assert raked["items"]["7"]["n_effective"] == 12 == plain["n"]
    assert np.all(uncalibrated(np.full(3, 7.0)).row_weights == 1)


def test_a_margin_is_no_feature(told, written):
    header = ["chat.functional", "chat.dysfunctional", "own.importance"]
    data = written("data.csv", [header, [1, 3, "much"], [3, 5, "little"]])
    margins = written("margins.json", {"own.importance": {"much": 3, "little": 1}})
    (feature,) = told("kano", data, "--margins", margins)["features"]
    assert (feature["better"], feature["worse"]) == pytest.approx((0.75, -0.25))
    assert (feature["category"], feature["counts"]["M"]) == ("A", 1)


def test_margins_that_cannot_be_used(unusable, written):
    data, margins = written("data.csv", table(ROWS)), written("margins.json", MARGINS)
    call = ("nps", data, "--column", "q")
    assert "without --margins" in unusable(*call, "--trim", "0.3:3")
    assert "without --margins" in unusable(*call, "--sample", data)
    assert "--compare" in unusable(*call, "--compare", "q", "--margins", margins)
    for bounds in ("x", "1:2", "0.3", "0.3:nan", "3:0.3", ":"):
        assert "LEAST:LARGEST" in unusable(*call, "--margins", margins, "--trim", bounds)
    assert "no weights within the bounds" in unusable(*call, "--margins", margins, "--trim", "0.99:1.01")
    part = written("part.csv", table(ROWS[:3] + ROWS[5:]))
    assert "does not hold all rows" in unusable(*call, "--margins", margins, "--sample", part)
    for document in ("{", "[]", {}, {"own.region": {"north": 0}}, {"own.region": {"north": "1"}}):
        assert "--margins" in unusable(*call, "--margins", written("bad.json", document))
    twice = '{"own.region": {"north": 1, "north ": 2}}'
    assert "'north' twice" in unusable(*call, "--margins", written("bad.json", twice))
    east = written("east.json", {"own.region": {"north": 1, "east": 1}})
    assert "nobody has the value 'east' of 'own.region'" in unusable(*call, "--margins", east)
    other = written("other.json", {"own.age": {"old": 1}})
    assert "'own.age': is not in the header" in unusable(*call, "--margins", other)
    for name, value in (("--box", "5:4"), ("--scale", "x"), ("--box", "0:9"), ("--scale", "1:1e99")):
        assert unusable("csat", data, "--column", "q", name, value)
    whole, model = written("whole.csv", table(ROWS[:6])), written("m.lav", "F =~ q")
    fit = ("fit", model, whole, "--scale", "0:10", "--margins", margins)
    assert "weights of its own" in unusable(*fit, "--weights", "q")
    assert "with resamples" in unusable(*fit, "--estimator", "pls")
    moments = ("fit", model, "--moments", data, "--scale", "0:10", "--margins", margins)
    assert "--margins has no place beside --moments" in unusable(*moments)
