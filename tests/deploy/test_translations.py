"""The catalogues are complete, well-formed and compiled, and Taiwan's speaks Taiwan's Chinese."""

import re
import shutil
from collections import Counter
from pathlib import Path

import polib
import pytest
from django.core.management import call_command
from launching import ROOT
from pytest_django.fixtures import Settings

from deploy.management.commands.messages import PARTS

CATALOGUES = sorted(path for part in PARTS for path in (ROOT / part / "locale").rglob("django.po"))
PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[sd%]|\{\w*\}|</?\w[^>]*>")
HAN = re.compile(r"[\u4e00-\u9fff]")
# Words of the mainland; each has another one in Taiwan.
MAINLAND = re.compile(
    "質量|信息|默認|缺省|文件|網絡|軟件|硬件|服務器|視頻|登錄|賬|設置|鏈接|導入|導出|用戶|數據|屏幕|打印|郵箱"
    "|字符|字節|單元格|存儲|界面|反饋|在線|變量|置信|方差|進程|隊列|加載|投訴|咨詢"
)


def catalogue(path: Path) -> polib.POFile:
    return polib.pofile(str(path))


def texts(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def said(entries: polib.POFile | polib.MOFile) -> dict[tuple[str, str, str], list[str]]:
    """Everything that is translated, whatever stands around it in the file."""
    return {
        (entry.msgctxt or "", entry.msgid, entry.msgid_plural): texts(entry)
        for entry in entries
        if all(texts(entry))
    }


def placeholders(text: str) -> Counter[str]:
    return Counter(PLACEHOLDER.findall(text))


def test_every_part_has_both_languages() -> None:
    found = {(path.parts[-5], path.parts[-3]) for path in CATALOGUES}
    assert found == {(part, language) for part in PARTS for language in ("zh_Hans", "zh_Hant")}


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: str(path.relative_to(ROOT)))
class TestCatalogue:
    def test_everything_is_translated_and_nothing_is_doubtful(self, path: Path) -> None:
        entries = catalogue(path)
        assert [entry.msgid for entry in entries if entry.fuzzy or not all(texts(entry))] == []
        assert not entries.metadata_is_fuzzy
        assert entries.metadata["Language"] == path.parts[-3]
        assert entries.metadata["Plural-Forms"] == "nplurals=1; plural=0;"

    def test_placeholders_are_those_of_the_source(self, path: Path) -> None:
        for entry in catalogue(path).translated_entries():
            for text in texts(entry):
                assert placeholders(text) == placeholders(entry.msgid_plural or entry.msgid), entry.msgid

    def test_the_compiled_catalogue_says_the_same(self, path: Path) -> None:
        assert said(polib.mofile(str(path.with_suffix(".mo")))) == said(catalogue(path))

    def test_characters_are_those_of_the_language(self, path: Path) -> None:
        """Big5 holds what Taiwan writes, GB 2312 what the mainland does."""
        codec = "cp950" if "zh_Hant" in path.parts else "gb2312"
        for entry in catalogue(path):
            "".join(HAN.findall("".join(texts(entry)))).encode(codec)


def test_taiwan_chinese_has_no_words_of_the_mainland() -> None:
    wordings = [
        text
        for path in CATALOGUES
        if "zh_Hant" in path.parts
        for entry in catalogue(path)
        for text in texts(entry)
    ]
    for path in (ROOT / "scoring" / "instruments").glob("*.toml"):
        wordings += re.findall(r'zh-hant = "(.*?)"', path.read_text(encoding="utf-8"))
    assert len(wordings) > 300
    assert [text for text in wordings if MAINLAND.search(text)] == []


def test_the_same_source_is_translated_the_same_in_every_part() -> None:
    for language in ("zh_Hans", "zh_Hant"):
        known: dict[tuple[str, str, str], list[str]] = {}
        for path in CATALOGUES:
            if language in path.parts:
                own = said(catalogue(path))
                assert {key: own[key] for key in own.keys() & known} == {
                    key: known[key] for key in own.keys() & known
                }
                known |= own


def test_collecting_again_finds_nothing_new(
    tmp_path: Path, settings: Settings, request: pytest.FixtureRequest
) -> None:
    if shutil.which("xgettext") is None:
        # Not imported: that would make tests/conftest.py run, and set the environment, a second time.
        conftest = request.config.pluginmanager.get_plugin(str(ROOT / "tests" / "conftest.py"))
        assert conftest
        conftest.lacking("GNU gettext")
    for part in PARTS:
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    settings.BASE_DIR = tmp_path
    call_command("messages")
    for path in CATALOGUES:
        assert said(catalogue(tmp_path / path.relative_to(ROOT))) == said(catalogue(path))
        again = catalogue(tmp_path / path.relative_to(ROOT))
        assert {entry.msgid for entry in again} == {entry.msgid for entry in catalogue(path)}
