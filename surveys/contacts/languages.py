"""How a language is called in a table of contacts."""

import unicodedata

from django.conf import settings

LANGUAGES = dict(settings.LANGUAGES)
# 中文 alone is read as CLDR's likely subtags have it: zh is zh-Hans.
CALLED = {
    "en": ("english", "eng", "英文", "英语", "英語"),
    "zh-hans": (
        "zh", "zh-cn", "zh-sg", "zh-my", "cn", "chs", "chinese", "simplified chinese", "chinese simplified",
        "中文", "汉语", "简体", "简体中文", "中文 简体", "簡體", "簡體中文", "中文 簡體",
    ),
    "zh-hant": (
        "zh-tw", "zh-hk", "zh-mo", "tw", "cht", "traditional chinese", "chinese traditional",
        "繁體", "繁體中文", "中文 繁體", "繁体", "繁体中文", "中文 繁体", "正體", "正體中文", "中文 正體",
    ),
}  # fmt: skip
BY_NAME = {
    **{name.casefold(): code for code, name in LANGUAGES.items()},
    **{name: code for code, names in CALLED.items() for name in names},
    **{code: code for code in LANGUAGES},
}


def language_of(text: str) -> str | None:
    """The code of the language that a cell names: by a code such as zh_CN or en-GB, or by its name."""
    folded = unicodedata.normalize("NFKC", text).casefold().replace("_", "-")
    tidy = " ".join(folded.replace("(", " ").replace(")", " ").split())
    if tidy in BY_NAME:
        return BY_NAME[tidy]
    parts = tidy.partition(".")[0].split("-")  # of zh_CN.UTF-8 the language and the region
    return next((BY_NAME[one] for one in ("-".join(parts[:2]), parts[0]) if _is_code(one)), None)


def _is_code(text: str) -> bool:
    return text.isascii() and text in BY_NAME and text.partition("-")[0] in {"en", "zh"}
