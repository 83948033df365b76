"""Whatever the files say, a command ends with 0, 2 or 3: no exception, no warning beside the one line on
stderr, no endless search, no figure outside its range.

The commands' `main` runs in this process. Answers come from a seed, so that many files are good enough for
a result, and are then spoilt cell by cell and byte by byte.
"""

import contextlib
import io
import json
import math
import warnings
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scoring.__main__ import main

AT_MOST = timedelta(minutes=1)  # an example takes milliseconds, and the first one imports semopy
FUZZ = {"deadline": AT_MOST, "suppress_health_check": [HealthCheck.function_scoped_fixture]}

ITEMS = ("x1", "x2", "x3", "y1", "y2", "y3", "z")
FACTORS = {"x1": 0, "x2": 0, "x3": 0, "y1": 1, "y2": 1, "y3": 1}  # columns of one factor go together

BEGINNINGS = st.sampled_from(
    [
        "F =~ x1 + x2 + x3\nG =~ y1 + y2 + y3\nG ~ F\n",
        "F =~ x1 + x2 + x3\nG =~ y1 + y2\nz ~ F + G\nG ~ F\n",
        "F =~ x1 + x2\nG =~ y1 + y2\nz ~ F\n z ~ G\n",
        "F =~ x1\nG =~ y1\nG ~ F\n",
        "F =~ x1 + x2 + x3 + y1 + y2 + y3\n",
        "z ~ x1 + y1\n",
    ]
)
LIKELY = st.sampled_from(
    [
        "x1 ~~ x2", "x1 ~~ y1", "F ~~ G", "F ~~ 0*G", "x3 ~~ .5*x3", "F ~~ 1*F", "F ~~ a*F\nG ~~ a*G",
        "z ~ G", "G ~ z", "z ~ .3*F", "z ~ a*F\nx2 ~~ x2", "H =~ z\nH ~ F", "y2 ~~ 1e6*y2", "x2 ~~ b*x2",
    ]
)  # fmt: skip
NAMES = st.sampled_from([*ITEMS, "F", "G", "H", "满意"])
MODIFIERS = st.sampled_from(["", "", "", "a*", "b*", "1*", "0*", ".5*", "-2*", "1e6*"])
STATEMENTS = st.builds(
    lambda left, operator, terms: f"{' + '.join(left)} {operator} {' + '.join(terms)}",
    st.lists(NAMES, min_size=1, max_size=2),
    st.sampled_from(["=~", "~", "~", "~~"]),
    st.lists(st.builds(str.__add__, MODIFIERS, NAMES), min_size=1, max_size=3),
)
NOISE = st.text(alphabet="FGxyz123 =~+\n#;*(.-e\\\"'é项\x00\u2028", max_size=40)
MODELS = st.one_of(
    BEGINNINGS,
    st.builds(str.__add__, BEGINNINGS, LIKELY),
    st.builds(str.__add__, BEGINNINGS, LIKELY),
    st.builds(str.__add__, BEGINNINGS, STATEMENTS),
    st.builds(str.__add__, BEGINNINGS, NOISE),
    st.builds("\n".join, st.lists(STATEMENTS, max_size=4)),
)

CELLS = st.sampled_from(
    ["", " ", "2", "3.5", "11", "nan", "-inf", "1e300", "1e-300", "5e-324", "-0", "0x1", "1_0", "十", '"']
)
SPOILT = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 50), CELLS), max_size=3)
STRAYS = st.sampled_from([b"\x00", b"\xff", b'"', b",", b"\n", b"\r", b";", b" "])
BYTES = st.lists(st.tuples(st.integers(0, 2000), STRAYS), min_size=1, max_size=2)
SELDOM = st.sampled_from([False] * 5 + [True])


@st.composite
def tables(draw, columns, low, high):
    """A CSV file of answers from `low` to `high` as bytes, some of it with gaps, a constant or a copied
    column, spoilt cells and stray bytes."""
    n = draw(st.sampled_from([80, 40, 200, 30, 29, 3, 2, 1, 0]))
    values = _answers(np.random.default_rng(draw(st.integers(0, 2**32 - 1))), n, columns, low, high)
    chosen = draw(st.integers(0, len(columns) - 1))
    if draw(SELDOM):
        values[:, chosen] = draw(st.sampled_from([low, np.nan, 0.1 * (low + high)]))
    if draw(SELDOM):
        values[:, chosen] = values[:, 0]
    if draw(SELDOM):
        values[np.random.default_rng(n).random(values.shape) < draw(st.sampled_from([0.05, 0.6]))] = np.nan
    cells = [["" if np.isnan(one) else f"{one:g}" for one in row] for row in values]
    for row, column, cell in draw(SPOILT) if n and draw(SELDOM) else []:
        cells[row % n][column % len(columns)] = cell
    text = "\n".join([",".join(columns), *map(",".join, cells)]).encode()
    for place, stray in draw(BYTES) if draw(SELDOM) else []:
        text = text[: place % (len(text) + 1)] + stray + text[place % (len(text) + 1) :]
    return text


def _answers(rng, n, columns, low, high):
    share = rng.choice([0.0, 0.6, 0.95])
    factor = rng.normal(size=(n, 2))
    factor[:, 1] = 0.6 * factor[:, 0] + 0.8 * factor[:, 1]
    scores = share * factor[:, [FACTORS.get(name, 0) for name in columns]]
    scores += np.sqrt(1 - share**2) * rng.normal(size=(n, len(columns)))
    return np.clip(np.rint((low + high) / 2 + (high - low) / 4 * scores), low, high)


def ended(*arguments):
    """The JSON of a run, None where its input was unusable; everything else it may do is checked here."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)  # it would be a line on stderr that nobody understands
        status = main([*map(str, arguments), "--json"])
    assert status in (0, 2, 3)
    if status == 2:
        assert (out.getvalue(), err.getvalue().count("\n")) == ("", 1)
        assert len(err.getvalue()) > 10
        return None
    assert err.getvalue() == ""
    result = json.loads(out.getvalue(), parse_constant=pytest.fail)
    assert (status == 0) == (result.get("status", "ok") == "ok")
    return result


FIT_OPTIONS = st.tuples(
    st.sampled_from(["ml", "pls"]),
    st.sampled_from(["listwise", "fiml", "mean"]),
    st.sampled_from([[], ["--weights", "z"]]),
    st.sampled_from(["path", "centroid", "factorial"]),
    st.sampled_from(
        [[], ["--bootstrap", "20", "--seed", "1"], ["--bootstrap", "20", "--intervals", "bca", "--seed", "1"]]
    ),
)


@settings(max_examples=150, **FUZZ)
@given(model=MODELS, data=tables(ITEMS, 0, 10), options=FIT_OPTIONS)
def test_fit_of_any_model_to_any_answers(tmp_path, model, data, options):
    estimator, missing, weights, scheme, bootstrap = options
    (tmp_path / "m.lav").write_text(model, encoding="utf-8")
    (tmp_path / "d.csv").write_bytes(data)
    said = ["--estimator", estimator, "--missing", missing, "--scheme", scheme, *weights]
    said += bootstrap if estimator == "pls" else []
    result = ended("fit", tmp_path / "m.lav", tmp_path / "d.csv", "--scale", "0:10", *said)
    if result is None:
        return
    assert result["n_used"] <= result["n"]
    assert (result["n_used"] == result["n"]) or result["messages"]
    assert not result["indices"] or result["status"] == "ok"
    for one in result["indices"]:
        assert 0 <= one["index"] <= 100
        if one["se"] is not None:
            assert 0 <= one["low"] <= one["high"] <= 100


@settings(max_examples=60, **FUZZ)
@given(model=st.binary(max_size=60), data=st.binary(max_size=120), header=st.booleans())
def test_fit_of_bytes(tmp_path, model, data, header):
    (tmp_path / "m.lav").write_bytes((b"F =~ x1 + x2\n" if header else b"") + model)
    (tmp_path / "d.csv").write_bytes((b"x1,x2\n" if header else b"") + data)
    ended("fit", tmp_path / "m.lav", tmp_path / "d.csv", "--scale", "0:10")


FEATURES = [
    f"{name}.{question}" for name in "ab" for question in ("functional", "dysfunctional", "importance")
]
KANO_OPTIONS = st.tuples(
    st.sampled_from(["berger", "pouliot"]),
    st.sampled_from(["mode", "blauth"]),
    st.sampled_from(["0", "5", "100"]),
)


@settings(max_examples=40, **FUZZ)
@given(data=tables(FEATURES, 1, 5), options=KANO_OPTIONS)
def test_kano_of_any_answers(tmp_path, data, options):
    (tmp_path / "d.csv").write_bytes(data)
    table, rule, tie = options
    result = ended("kano", tmp_path / "d.csv", "--table", table, "--rule", rule, "--near-tie", tie)
    for one in [] if result is None else result["features"]:
        assert sum(one["counts"].values()) == one["n"]
        assert (one["category"] is None) == (one["n"] == 0)
        if one["better"] is not None:
            assert 0 <= one["better"] <= 1 and -1 <= one["worse"] <= 0
        if one["n"]:
            assert 0 <= one["category_strength"] <= 1 and 0 <= one["total_strength"] <= 1


@settings(max_examples=40, **FUZZ)
@given(data=tables(("a", "b"), 0, 10), compared=st.sampled_from([[], ["--compare", "b"], ["--compare", "a"]]))
def test_nps_of_any_answers(tmp_path, data, compared):
    (tmp_path / "d.csv").write_bytes(data)
    result = ended("nps", tmp_path / "d.csv", "--column", "a", *compared)
    for one in [] if result is None else [result["a"], result["b"]] if compared else [result]:
        assert one["promoters"] + one["passives"] + one["detractors"] == one["n"]
        figures = [one[key] for key in ("nps", "se", "low", "high")]
        assert all(value is None for value in figures) if one["n"] == 0 else None not in figures
        assert one["n"] == 0 or -100 <= one["low"] <= one["high"] <= 100


POINTS = [f"W_{name}" for name in ("tangibles", "reliability", "responsiveness", "assurance", "empathy")]
SERVQUAL = {
    "two": ([f"{letter}{i}" for letter in "EP" for i in range(1, 23)], 1, 7),
    "points": ([*(f"{letter}{i}" for letter in "EP" for i in range(1, 23)), *POINTS], 1, 7),
    "three": ([f"{letter}{i}" for letter in "ADP" for i in range(1, 23)], 1, 9),
    "short": (["A1", "D1", "P1", "A2", "D2", "P2"], 1, 9),
}


@settings(max_examples=40, **FUZZ)
@given(form=st.sampled_from(sorted(SERVQUAL)).flatmap(lambda name: tables(*SERVQUAL[name])))
def test_servqual_of_any_answers(tmp_path, form):
    (tmp_path / "d.csv").write_bytes(form)
    result = ended("servqual", tmp_path / "d.csv")
    for one in [] if result is None else result["dimensions"].values():
        if "gap" in one:
            assert one["gap"] is None or -6 <= one["gap"] <= 6
            assert (one["n"] == 0) == (one["gap"] is None)
            assert one["t"] is None or abs(one["t"]) < 1e9  # answers that do not vary have no t
        elif one["in_zone"] is not None:
            assert 0 <= one["in_zone"] <= 1


@settings(max_examples=40, **FUZZ)
@given(data=tables(("a", "b", "c", "d"), 1, 5), items=st.sampled_from(["a,b", "a,b,c", "d,c,b,a"]))
def test_reliability_of_any_answers(tmp_path, data, items):
    (tmp_path / "d.csv").write_bytes(data)
    result = ended("reliability", tmp_path / "d.csv", "--items", items)
    if result is not None and result.get("status", "ok") == "ok":
        assert result["alpha"] <= 1 + 1e-9 and result["alpha_low"] <= result["alpha"] + 1e-9
        assert result["omega"] is None or 0 <= result["omega"] <= 1 + 1e-9
        assert result["kmo"] is None or 0 <= result["kmo"] <= 1


@settings(max_examples=60, **FUZZ)
@given(
    data=tables(("a", "b", "y"), 1, 3),
    counts=st.lists(st.sampled_from([1, 30, 50.5, 1e15, 1e-300]), min_size=6, max_size=6),
    same=st.sampled_from([True, True, True, False]),
)
def test_rake_of_any_answers(tmp_path, data, counts, same):
    (tmp_path / "d.csv").write_bytes(data)
    first, second = counts[:3], counts[2::-1] if same else counts[3:]
    margins = {"a": dict(zip("123", first, strict=True)), "b": dict(zip("123", second, strict=True))}
    (tmp_path / "t.json").write_text(json.dumps(margins))
    result = ended("rake", tmp_path / "d.csv", "--targets", tmp_path / "t.json", "--mean", "y")
    if result is not None and result["converged"]:
        assert result["deff"] >= 1 - 1e-9 and result["min"] <= result["max"]
        assert result["mean"] is None or result["se"] is None or math.isfinite(result["se"])
