"""`python -m scoring`: the contract of its JSON, its exit status, and one line for unusable input."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scoring.__main__ import main

REFERENCE = Path(__file__).parent.parent / "reference"
MODEL, DATA = str(REFERENCE / "model_mobi.lav"), str(REFERENCE / "sim_250.csv")
MEASURES = ["chi2", "df", "p", "cfi", "tli", "rmsea", "srmr", "aic", "bic"]
KEYS = (
    "status messages issues estimator n n_used loadings weights paths total_effects r2 structure "
    "collinearity separable fit reliability htmt bootstrap indices items spread"
)
ENTRIES = {
    "loadings": "construct item estimate se robust_se std low high",
    "weights": "construct item weight se",
    "paths": "from to estimate se robust_se std low high",
    "total_effects": "from to std se low high",
    "htmt": "a b value",
    "indices": "construct index se low high",
}


@pytest.fixture
def run(capsys):
    def call(*arguments):
        status = main([str(one) for one in arguments])
        out, err = capsys.readouterr()
        return status, out, err

    return call


@pytest.fixture
def unusable(run):
    def call(*arguments):
        status, out, err = run(*arguments)
        assert (status, out, err.count("\n")) == (2, "", 1)
        return err

    return call


@pytest.mark.parametrize("estimator", ["ml", "pls"])
def test_the_json_has_the_keys_of_the_contract(run, estimator):
    status, out, err = run("fit", MODEL, DATA, "--scale", "1:10", "--estimator", estimator, "--json")
    result = json.loads(out, parse_constant=pytest.fail)
    assert (status, err, list(result)) == (0, "", KEYS.split())
    for name, keys in ENTRIES.items():
        assert list(result[name][0]) == keys.split()
    assert (result["status"], result["estimator"], result["n"], result["n_used"]) == (
        "ok",
        estimator,
        250,
        250,
    )
    ml = estimator == "ml"
    assert list(result["fit"]) == (MEASURES if ml else ["srmr"])
    assert list(result["reliability"]["Value"]) == ["alpha", "omega", "rho_c", "ave"] + (
        [] if ml else ["rho_a"]
    )
    assert result["structure"] == "full"
    assert result["bootstrap"] is None
    assert len(result["total_effects"]) == 21


def test_the_bootstrap_is_reported(run):
    options = ["--estimator", "pls", "--bootstrap", "100", "--seed", "7", "--json"]
    result = json.loads(run("fit", MODEL, DATA, "--scale", "1:10", *options)[1])
    assert result["bootstrap"] == {"n": 100, "failed": 0, "seed": 7}
    assert result["paths"][0]["low"] < result["paths"][0]["std"] < result["paths"][0]["high"]


def test_a_result_that_cannot_be_given_is_status_3(run, tmp_path):
    lines = Path(DATA).read_text().splitlines(keepends=True)
    few = tmp_path / "few.csv"
    few.write_text("".join(lines[:21]))
    status, out, _ = run("fit", MODEL, few, "--scale", "1:10", "--json")
    assert (status, json.loads(out)["status"], json.loads(out)["indices"]) == (3, "too_few", [])
    status, out, _ = run("fit", MODEL, few, "--scale", "1:10")
    assert status == 3
    assert "at least 30" in out


def test_without_json_it_prints_a_table(run):
    status, out, _ = run("fit", MODEL, DATA, "--scale", "1:10")
    assert status == 0
    assert "Satisfaction" in out
    assert "95 % interval" in out


def test_models_lists_the_built_in_instruments(run):
    status, out, _ = run("models")
    assert status == 0
    assert out.startswith("ecsi") or "\necsi" in out


def test_an_instrument_knows_its_scales_and_a_map_its_columns(run, tmp_path):
    from scoring.instrument.file import builtin

    items = builtin()["ecsi"].model().items
    blocks = {"IMAG": 5, "CUEX": 3, "PERQ": 7, "PERV": 2, "CUSA": 3, "CUSCO": 0, "CUSL": 3}
    columns = [f"{name}{i}" for name, count in blocks.items() for i in range(1, count + 1)] + ["CUSCO"]
    assert len(items) == len(columns)
    mapping = tmp_path / "map.json"
    mapping.write_text(
        json.dumps({f"ecsi.{item}": column for item, column in zip(items, columns, strict=True)})
    )
    status, out, _ = run("fit", "ecsi", DATA, "--columns", mapping, "--estimator", "pls", "--json")
    assert status == 0
    assert len(json.loads(out)["indices"]) == 7


def test_incomplete_answers_and_weights(run, unusable, tmp_path):
    header, *rows = Path(DATA).read_text().splitlines()
    rows[3] = "," + rows[3].split(",", 1)[1]
    data = tmp_path / "weighted.csv"
    data.write_text("\n".join([f"{header},w", *(f"{row},{1 + k % 3}" for k, row in enumerate(rows))]))
    options = ("--scale", "1:10", "--estimator", "pls", "--missing", "fiml", "--json")
    status, out, _ = run("fit", MODEL, data, *options, "--weights", "w")
    weighted = json.loads(out)
    assert (status, weighted["n_used"], weighted["issues"][0]["params"]["n_effective"]) == (0, 250, 214)
    plain = json.loads(run("fit", MODEL, data, *options)[1])
    assert plain["indices"] != weighted["indices"] and plain["n_used"] == 250
    data.write_text(data.read_text().replace(f"{rows[1]},2", f"{rows[1]},-1"))
    said = unusable("fit", MODEL, data, *options, "--weights", "w")
    assert "column 'w', row 2" in said and "-1" in said


def test_a_model_that_pls_cannot_hold_is_named_by_line_and_column(unusable, tmp_path):
    model = tmp_path / "model.lav"
    model.write_text("A =~ IMAG1 + IMAG2\nB =~ CUSA1 + CUSA2\nB ~ 0.5*A\n")
    said = unusable("fit", model, DATA, "--scale", "1:10", "--estimator", "pls")
    assert said.startswith("line 3, column 5: pls cannot")


def test_unusable_options(unusable, tmp_path):
    assert "--scale MIN:MAX" in unusable("fit", MODEL, DATA)
    assert "IMAG1=1to10" in unusable("fit", MODEL, DATA, "--scale", "IMAG1=1to10")
    assert "'nobody'" in unusable("fit", MODEL, DATA, "--scale", "1:10", "--scale", "nobody=1:5")
    assert "10 to 1" in unusable("fit", MODEL, DATA, "--scale", "10.5:1").replace("10.5", "10")
    assert "column 'w'" in unusable("fit", MODEL, DATA, "--scale", "1:10", "--weights", "w")
    assert "--seed" in unusable("fit", MODEL, DATA, "--scale", "1:10", "--seed", "-1")
    assert "bootstrap" in unusable("fit", MODEL, DATA, "--scale", "1:10", "--bootstrap", "100")
    assert "invalid choice" in unusable("fit", MODEL, DATA, "--estimator", "wls")
    assert "neither a file" in unusable("fit", "nothing", DATA)
    assert "No such file" in unusable("fit", MODEL, tmp_path / "no.csv", "--scale", "1:10")
    assert unusable("fit", MODEL, tmp_path, "--scale", "1:10")
    assert unusable()
    bad = tmp_path / "map.json"
    for text in ("[", "[1]", '{"IMAG1": 3}', '{"x": "y"}', "[" * 100_000):
        bad.write_text(text)
        assert "--columns" in unusable("fit", MODEL, DATA, "--scale", "1:10", "--columns", bad)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: text.replace("IMAG1,", "imag1,", 1), ["column 'IMAG1'", "not in the header"]),
        (lambda text: text.replace("IMAG2,", "IMAG1,", 1), ["column 'IMAG1'", "2 times"]),
        (
            lambda text: text.replace("\n8,", "\neight,", 1),
            ["column 'IMAG1'", "row 1", "'eight'", "empty cell"],
        ),
        (lambda text: text.replace("\n8,", "\nnan,", 1), ["column 'IMAG1'", "row 1", "not a number"]),
        (lambda text: text.replace("\n8,", "\n88,", 1), ["column 'IMAG1'", "row 1", "from 1 to 10"]),
        (lambda text: text.replace("\n8,", "\n8,8,", 1), ["row 1", "25 cells"]),
        (lambda text: text.split("\n")[0] + "\n", ["no answers"]),
        (lambda text: text.replace(",", ";"), ["commas, not semicolons"]),
        (lambda text: "", ["empty"]),
    ],
)
def test_unusable_answers_name_column_and_row(change, words, unusable, tmp_path):
    file = tmp_path / "data.csv"
    file.write_text(change(Path(DATA).read_text()))
    line = unusable("fit", MODEL, file, "--scale", "1:10")
    assert all(word in line for word in words), line


def test_an_unreadable_model_names_line_and_column(unusable, tmp_path):
    model = tmp_path / "model.lav"
    trace = tmp_path / "trace"
    model.write_text(f'F =~ IMAG1 + IMAG2\nCONSTRAINT(__import__("os").system("touch {trace}"))')
    assert "line 2, column 11" in unusable("fit", model, DATA, "--scale", "1:10")
    assert not trace.exists()
    model.write_bytes(b"\xff\xfe\x00")
    assert "UTF-8" in unusable("fit", model, DATA, "--scale", "1:10")
    model.write_text("F =~ " + " + ".join(f"x{i}" for i in range(5000)))
    assert "5000 items" in unusable("fit", model, DATA, "--scale", "1:10")
    instrument = tmp_path / "broken.toml"
    instrument.write_text("id = ")
    assert "broken.toml" in unusable("fit", instrument, DATA)


def test_latin_1_answers_are_refused(unusable, tmp_path):
    file = tmp_path / "data.csv"
    file.write_bytes(Path(DATA).read_bytes().replace(b"IMAG1", b"IM\xc4G1", 1))
    assert "UTF-8" in unusable("fit", MODEL, file, "--scale", "1:10")


def test_a_byte_order_mark_and_empty_cells_are_read(run, tmp_path):
    text = Path(DATA).read_text().replace("\n8,", "\n,", 1)
    file = tmp_path / "data.csv"
    file.write_text("\ufeff" + text, encoding="utf-8")
    result = json.loads(run("fit", MODEL, file, "--scale", "1:10", "--json")[1])
    assert (result["n"], result["n_used"]) == (250, 249)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    model=st.text(alphabet="Fxy =~+\n", max_size=30),
    data=st.text(alphabet='Fxy,;\n"0159.e-\x00 ', max_size=60),
)
def test_nothing_written_in_the_files_makes_a_traceback(run, tmp_path, model, data):
    (tmp_path / "m.lav").write_text("F =~ x + y\n" + model)
    (tmp_path / "d.csv").write_text("x,y,F\n" + data)
    status, _, err = run("fit", tmp_path / "m.lav", tmp_path / "d.csv", "--scale", "0:9", "--json")
    assert status in (2, 3)
    assert err.count("\n") == (status == 2)


def test_it_runs_as_a_module():
    command = [sys.executable, "-m", "scoring", "fit", MODEL, DATA, "--scale", "1:10", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=REFERENCE.parent.parent)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["status"] == "ok"
