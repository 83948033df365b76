"""The built-in instruments: each says what its source asks for, in three languages, and can be scored."""

import csv
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scoring.__main__ import main
from scoring.classical.kano import ANSWERS
from scoring.classical.servqual import DIMENSIONS
from scoring.instrument import Feature, Instrument
from scoring.instrument.file import BUILTIN_FOLDER, builtin

HAN = re.compile(r"[\u4e00-\u9fff]")
FEATURES = (Feature("app", {"en": "An app", "zh-hans": "手机应用", "zh-hant": "手機應用程式"}),)
STRUCTURAL = {
    # constructs with their items, number of paths
    "acsi": ([3, 3, 2, 3, 1, 2], 9),
    "ccsi": ([3, 3, 4, 2, 3, 3], 11),
    "ecsi": ([5, 3, 7, 2, 3, 1, 3], 12),
    "ecsi_hs": ([5, 3, 4, 4, 2, 3, 3], 13),
    "ecsi_nc": ([5, 3, 7, 2, 3, 3], 10),
    "scsb": ([1, 2, 3, 1, 2], 6),
}
OTHERS = ["ces", "csat", "kano", "nps", "servperf", "servqual", "servqual_zone"]


def asking(name: str) -> Instrument:
    instrument = builtin()[name]
    return instrument.adapted(features=FEATURES) if instrument.takes_features else instrument


def texts(instrument: Instrument, language: str) -> list[str]:
    said = [instrument.name, instrument.summary, *filter(None, [instrument.note])]
    said += [section.title for section in instrument.sections]
    for item in instrument.asked:
        said.append(item.text)
        if item.scale:
            said += [item.scale.low, item.scale.high, *item.scale.labels]
    return [text[language] for text in said]


def test_the_catalogue_is_complete() -> None:
    assert sorted(builtin()) == sorted([*STRUCTURAL, *OTHERS])


@pytest.mark.parametrize("name", [*STRUCTURAL, *OTHERS])
class TestWording:
    def test_is_written_in_the_characters_of_each_language(self, name: str) -> None:
        for language, codec in (("zh-hans", "gb2312"), ("zh-hant", "cp950")):
            "".join(HAN.findall("".join(texts(asking(name), language)))).encode(codec)

    def test_is_the_countrys_own(self, name: str) -> None:
        whole = (BUILTIN_FOLDER / f"{name}.toml").read_text(encoding="utf-8")
        said = "".join(re.findall(r'zh-hant = "(.*?)"', whole))
        assert re.findall("質量|信息|投訴|水平|提供商|員工|應用程序|數據", said) == []
        said = "".join(re.findall(r'zh-hans = "(.*?)"', whole))
        assert re.findall("(?<!产)品质|资讯|申诉|业者", said) == []

    def test_leaves_no_placeholder_that_a_survey_does_not_fill(self, name: str) -> None:
        instrument = asking(name)
        for language in instrument.languages:
            found = set(re.findall(r"\{(\w+)\}", "".join(texts(instrument, language))))
            assert found <= set(instrument.placeholders), language

    def test_names_a_source(self, name: str) -> None:
        source = builtin()[name].source
        assert str(source.year) in source.reference and "this project's own" in source.reference


@pytest.mark.parametrize("name", STRUCTURAL)
def test_a_national_model_has_the_constructs_and_paths_of_its_source(name: str) -> None:
    instrument = builtin()[name]
    assert ([len(c.items) for c in instrument.constructs], len(instrument.paths)) == STRUCTURAL[name]
    satisfaction = next(c for c in instrument.constructs if c.code == "satisfaction")
    assert [item.code for item in satisfaction.items] == [f"satisfaction{i}" for i in (1, 2, 3)]


@pytest.mark.parametrize("name", STRUCTURAL)
def test_what_is_optional_leaves_every_construct_two_items_or_all_it_had(name: str) -> None:
    instrument = builtin()[name]
    optional = [item.code for item in instrument.asked if item.optional]
    for before, after in zip(instrument.constructs, instrument.adapted(optional).constructs, strict=True):
        assert len(after.items) >= min(2, len(before.items))


def test_acsi_asks_one_of_two_questions_about_the_price() -> None:
    acsi = builtin()["acsi"]
    asked = {item.code: item for item in acsi.asked}
    for repurchase in range(1, 11):
        shown = [c for c in ("rise", "cut") if asked[c].show_if and asked[c].show_if.meets(repurchase)]
        assert shown == (["rise"] if repurchase >= 6 else ["cut"])
    assert list(asked["rise"].scale.points) == [0, 5, 10, 15, 20, 25]  # type: ignore[union-attr]
    assert [item.code for item in acsi.items][-3:] == ["complaints1", "repurchase", "tolerance"]
    assert list(acsi.items[-1].scale.points) == list(range(-25, 26, 5))
    assert acsi.derive({"rise": "hidden", "cut": 15}) == {"tolerance": -15}


def test_servqual_names_its_items_as_the_command_reads_them() -> None:
    points = [f"w_{name}" for name in DIMENSIONS]
    numbered = {letter: [f"{letter}{i}" for i in range(1, 23)] for letter in "adep"}
    servqual, servperf = builtin()["servqual"], builtin()["servperf"]
    assert [i.code for i in servqual.items] == numbered["e"] + numbered["p"] + points
    assert [i.code for i in servperf.items] == numbered["p"] + points
    for instrument in (servqual, servperf, builtin()["servqual_zone"]):
        for construct, places in zip(instrument.constructs, DIMENSIONS.values(), strict=True):
            assert {int(item.code[1:]) - 1 for item in construct.items} == set(places)
    assert [s.code for s in servqual.sections][:2] == ["expectation_tangibles", "expectation_reliability"]
    assert servqual.sections[-1].code == "importance"
    assert {item.kind for item in servqual.sections[-1].items} == {"points"}


def test_three_columns_are_rated_statement_by_statement_a_few_a_page() -> None:
    pages = [[item.code for item in section.items] for section in builtin()["servqual_zone"].sections]
    assert pages[0] == ["a1", "d1", "p1", "a2", "d2", "p2"]
    assert max(map(len, pages)) == 9
    assert sorted(code for page in pages for code in page) == sorted(
        f"{c}{i}" for c in "adp" for i in range(1, 23)
    )


def test_columns_ask_about_different_things_with_one_statement() -> None:
    said = {item.code: item.text["en"] for item in builtin()["servqual"].items}
    assert said["e7"] == "An excellent provider of {category} gets things right the first time."
    assert said["p7"] == "{company} gets things right the first time."


def test_kano_asks_three_questions_about_each_feature_and_nothing_without() -> None:
    assert builtin()["kano"].items == builtin()["kano"].asked == ()
    kano = asking("kano")
    assert [(item.code, item.scale.points) for item in kano.items] == [
        ("app_functional", range(1, 6)),
        ("app_dysfunctional", range(1, 6)),
        ("app_importance", range(1, 10)),
    ]
    assert len(kano.items[0].scale.labels) == len(ANSWERS)
    assert "手機應用程式" in kano.items[0].text["zh-hant"]
    assert kano.wording


def test_single_questions_say_which_points_count() -> None:
    boxes = {name: builtin()[name].box for name in ("nps", "csat", "ces")}
    assert boxes == {"nps": None, "csat": (4, 5), "ces": (5, 7)}
    for name in boxes:
        assert [item.code for item in builtin()[name].items] == ["score"]
        assert [item.kind for item in builtin()[name].asked] == ["scale", "open"]


@pytest.mark.parametrize("estimator", ["ml", "pls"])
@pytest.mark.parametrize("name", STRUCTURAL)
def test_a_national_model_is_fitted_from_its_own_answers(
    name: str, estimator: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "answers.csv"
    simulate(builtin()[name], data)
    assert main(["fit", name, str(data), "--estimator", estimator, "--json"]) == 0
    result: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert (result["status"], result["structure"]) == ("ok", "full"), result["messages"]
    indices = {one["construct"]: one["index"] for one in result["indices"]}
    assert list(indices) == [construct.code for construct in builtin()[name].constructs]
    assert all(0 < index < 100 for index in indices.values())
    paths = {(one["from"], one["to"]): one["std"] for one in result["paths"]}
    assert set(paths) == set(builtin()[name].paths)
    if name in ("acsi", "scsb"):  # complaints is having complained
        assert indices["complaints"] < 50
        assert paths["satisfaction", "complaints"] < 0


def simulate(instrument: Instrument, path: Path, n: int = 600) -> None:
    """Answers from the instrument's own model, each on its scale; who complained is less satisfied."""
    rng = np.random.default_rng(20)
    scores: dict[str, np.ndarray] = {}
    model = instrument.model()
    for name in model.order:
        drivers = model.predecessors(name)
        told = sum((0.75 / max(len(drivers), 1) * scores[d] for d in drivers), np.zeros(n))
        sign = -1 if name == "complaints" and instrument.id in ("acsi", "scsb") else 1
        own = np.sqrt(max(1 - float(np.var(told)), 0.3)) * rng.standard_normal(n)
        scores[name] = sign * (told + own)
    columns = {}
    for construct in instrument.constructs:
        for item in construct.items:
            said = 0.85 * scores[construct.code] + 0.5 * rng.standard_normal(n)
            middle = item.scale.minimum + (0.3 if item.scale.maximum == 1 else 0.65) * (
                item.scale.maximum - item.scale.minimum
            )
            raw = middle + (item.scale.maximum - item.scale.minimum) / 5 * said
            steps = np.rint((raw - item.scale.minimum) / item.scale.step)
            columns[item.code] = (
                np.clip(steps, 0, len(item.scale.points) - 1) * item.scale.step + item.scale.minimum
            )
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(np.column_stack(list(columns.values())).astype(int).tolist())


@pytest.mark.parametrize("name", OTHERS)
def test_fitting_what_has_no_paths_says_in_one_line_what_scores_it(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["fit", name, "answers.csv"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and f"{name} has no structural model" in said and "score" in said


def test_models_lists_every_instrument_with_its_size(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models"]) == 0
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert sorted(lines) == sorted(builtin())
    assert "6 constructs, 14 items, 9 paths" in lines["acsi"]
    assert "5 dimensions, 22 statements 2 times" in lines["servqual"]
    assert "5 dimensions, 22 statements once" in lines["servperf"]
    assert "3 questions a feature" in lines["kano"]
    assert "1 item on 1..5, share of 4..5" in lines["csat"]
