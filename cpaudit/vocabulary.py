"""The closed word lists that several layers share, with their Chinese labels."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Literal, SupportsInt, get_args

if TYPE_CHECKING:
    from collections.abc import Iterable

#: What a group of indicators is about. Systems name and split their groups freely; the category is the tag
#: that the notice's targets (主要污染物指标、主要资源能源消耗指标) refer to.
Category = Literal["equipment", "resource_energy", "recycling", "pollutant", "product", "management"]

CATEGORIES: dict[str, str] = {
    "equipment": "生产工艺及装备",
    "resource_energy": "资源能源消耗",
    "recycling": "资源综合利用",
    "pollutant": "污染物产生（排放）",
    "product": "产品特征",
    "management": "清洁生产管理",
}

#: Levels of cleaner production; 4 stands for “below level III” so that a larger number is always worse.
LEVELS: dict[int, str] = {1: "Ⅰ级", 2: "Ⅱ级", 3: "Ⅲ级", 4: "未达Ⅲ级"}

#: What a level, verdict or answer is called that what was reported doesn't decide.
UNJUDGED = "无法判定"

#: The levels as readers choose among them and as links write them, with the plants whose level is unknown.
LEVEL_CHOICES: dict[str, str] = {"I": LEVELS[1], "II": LEVELS[2], "III": LEVELS[3], "none": LEVELS[4], "unknown": UNJUDGED}

_SPELT = dict(zip("1234ⅠⅡⅢⅣ一二三四", "1234" * 3, strict=True)) | {"I": "1", "II": "2", "III": "3"}


def level_number(given: object) -> int | None:
    """Return the level (1 … 4) that people write as a number, a numeral or a label; None where it is none.

    >>> [level_number(text) for text in (2, 2.0, "2", "二级", "II", "Ⅱ级", "未达Ⅲ级", "五级", True)]
    [2, 2, 2, 2, 2, 2, 4, None, None]
    """
    if isinstance(given, str):
        text = unicodedata.normalize("NFC", given).strip()
        if text in LEVELS.values():
            return list(LEVELS.values()).index(text) + 1
        return int(_SPELT.get(text.removesuffix("级").strip().upper(), 0)) or None
    if isinstance(given, bool) or not isinstance(given, SupportsInt) or given not in LEVELS:
        return None
    return int(given)


#: How far an indicator system has been checked against the published text.
Verification = Literal["official", "secondary", "draft", "demonstration"]

VERIFICATIONS: dict[str, str] = {
    "official": "已逐项核对正式文本",
    "secondary": "据公开转载，未核对正式文本",
    "draft": "征求意见稿或草案",
    "demonstration": "示范数据",
}


def weakest(statuses: Iterable[str | None]) -> str | None:
    """Return the least verified of some statuses of verification, of those that are known; None of none.

    >>> weakest(["official", "draft", "secondary"]), weakest([])
    ('draft', None)
    """
    return max((s for s in statuses if s), key=list(VERIFICATIONS).index, default=None)


assert set(CATEGORIES) == set(get_args(Category))
