"""The letters a PDF is set in: of the fonts that are there, the first that suits the language."""

from collections.abc import Collection
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from django.conf import settings

if TYPE_CHECKING:
    from typst import Fonts

PACKAGE: Final = "fonts-noto-cjk"  # Debian's; smaller and without bold letters: fonts-wqy-microhei
SIMPLIFIED: Final = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN", "PingFang SC",
    "Microsoft YaHei", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Droid Sans Fallback",
)  # fmt: skip
TRADITIONAL: Final = (
    "Noto Sans CJK TC", "Noto Sans TC", "Source Han Sans TC", "Source Han Sans TW", "PingFang TC",
    "Microsoft JhengHei", "Noto Sans CJK HK", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei",
    "Droid Sans Fallback",
)  # fmt: skip
CHINESE: Final = {"zh-hans": SIMPLIFIED, "zh-hant": TRADITIONAL}
# Before the wide letters of DejaVu those of Noto CJK, which are Source Sans; the Korean, since its quotation
# marks are no wider than Latin ones.
LATIN: Final = (
    "Inter", "Source Sans 3", "Source Sans Pro", "Noto Sans", "Open Sans", "Roboto", "Helvetica Neue",
    "Noto Sans CJK KR", "Liberation Sans", "Arimo", "Helvetica", "Arial", "DejaVu Sans",
    "Libertinus Serif",
)  # fmt: skip


class NoFont(Exception):
    """No font that is there has the letters of the language."""


@lru_cache(maxsize=4)
def there(folder: str) -> "Fonts":
    """The fonts of a folder, or of the system where none is named, and those that typst brings. Looked for
    once in a process: a font installed later takes a restart."""
    import typst

    return typst.Fonts(not folder, True, [folder] if folder else [])


def installed() -> "Fonts":
    return there(settings.FONT_DIR)


def families(language: str, among: Collection[str]) -> list[str]:
    """The font families to set a language in, the first one's letters before the next one's.

    Chinese names may stand in any report, so their font follows where there is one. Raises NoFont.
    """
    own = [one for one in CHINESE.get(language, ()) if one in among]
    if language in CHINESE and not own:
        raise NoFont(language)
    latin = [one for one in LATIN if one in among]
    others = [one for one in (*SIMPLIFIED, *TRADITIONAL) if one in among]
    chosen = [*own[:1], *latin[:1]] if own else [*latin[:1], *others[:1]]
    return list(dict.fromkeys(chosen))
