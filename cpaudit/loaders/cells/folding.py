"""Characters folded to their plain form, only where that can't change a number: a mark stays a mark, a power a power."""

from __future__ import annotations

import re
import unicodedata

#: Characters that stand for digits but aren't any: raised and lowered, fractions, circled and bracketed, “1月”, “0点”, “1日”.
APART = "²³¹⁰⁴-⁹₀-₉¼-¾⅐-⅟↉①-⒛⓪-⓿❶-➓㉈-㉏㉑-㉟㊱-㊿㋀-㋋㍘-㍰㏠-㏾\U0001f100-\U0001f10c"
_APART = re.compile(f"[{APART}]+")
#: A unit's or a formula's own digits: m³, CO₂, PM₂.₅.
_OF_A_UNIT = re.compile("(?<=[A-Za-z])[²³¹⁰⁴-⁹₀-₉]+(?:[.][₀-₉]+)?")


#: Signs that look like a colon and aren't folded to one, and the traditional forms of what tables of this kind say.
_SIMPLE = str.maketrans(
    "∶︰꞉ː﹕︓：單萬億圓計額幣為數價噸電費經濟類業強點產總實際標準縣區號稱無",
    ":::::::单万亿圆计额币为数价吨电费经济类业强点产总实际标准县区号称无",
)


def simplified(said: str) -> str:
    """Return text in simplified characters, as far as the words of tables go, every sort of colon as one.

    >>> simplified("單位∶萬圓"), simplified("小計")
    ('单位:万圆', '小计')
    """
    return said if said.isascii() else said.translate(_SIMPLE)


def fold(said: str) -> str:
    """Return text with full-width letters, digits and signs narrowed (NFKC).

    >>> fold("１２．５ ｍ³"), fold("12.5①"), fold("10³"), fold("CO₂")
    ('12.5 m3', '12.5①', '10³', 'CO2')
    """
    if said.isascii():
        return said
    if not _APART.search(said):
        return unicodedata.normalize("NFKC", said)
    parts = zip(_APART.split(said), [*_APART.findall(said), ""], strict=True)
    joined = "".join(unicodedata.normalize("NFKC", plain) + apart for plain, apart in parts)
    return _OF_A_UNIT.sub(lambda found: unicodedata.normalize("NFKC", found[0]), joined)
