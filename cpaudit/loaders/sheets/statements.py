"""Units that a text says: “单位：元”, “按千元填列”, “（千元）”; and what stands in a unit's place and is none."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cpaudit.loaders.cells.folding import simplified
from cpaudit.loaders.cells.texts import text
from cpaudit.programme.units import divisions, units
from cpaudit.quantities.conversion import yearly
from cpaudit.quantities.spellings import meant
from cpaudit.workspace.caches import lru_cache

if TYPE_CHECKING:
    from collections.abc import Iterator

#: What a unit stands behind, and how it is joined to it: “单位：”, “单位为”, “（单位千元）”, “计量：”, “填报口径：”.
_MARK = re.compile(
    r"(?P<about>[\u4e00-\u9fff]{0,4}?)(?P<mark>单\s*位|计量|口径|币种|金额)\s*(?P<by>均?[为是](?:以|按)?|:|以|按)?\s*"
)
#: “以元为单位”, “按千元计”
_BY = re.compile(
    r"[以按](?P<unit>[^以按,。;:]{1,12}?)(?:为单位|作单位|为计量单位|计算|计量|计价|计|填列|填报|填写|填入|列示|列报|统计|核算|反映|表示)"
)
_BRACKETS = re.compile(r"[(\[【〔]([^()\[\]【】〔〕]{1,20})[)\]】〕]")
_ENDS = re.compile(r"[(\[【〔]([^()\[\]【】〔〕]{1,20})[)\]】〕]$")
_PARTS = re.compile(r"[、,和及]")
_OPENING, _CLOSING, _STOPS = "([【〔", ")]】〕", "。;!"
#: Words for one's own currency, which change nothing, and a unit that is written another way.
_OWN = re.compile(r"\(?(?:人民币|RMB|CNY|￥|¥)\)?", re.IGNORECASE)
_THOUSAND = re.compile(r"[KkＫ千]\s*[元圆]")
_SCALED = re.compile(r"\((?:[十百千万亿仟佰]+)\)")
#: An amount of money that no list has: foreign, misspelt, or half said.
_MONEY = re.compile(
    r"[\d.,一二三四五六七八九十百千仟佰万亿KkMm]*[\u4e00-\u9fff]{0,4}?(?:元|圆|币|美金|英镑|角|块|[$€£￥¥])(?:[(/].*)?"
    r"|[\d一二三四五六七八九十百千仟佰KkMm]+|(?:RMB|CNY|USD|HKD|EUR|JPY|GBP)",
    re.IGNORECASE,
)
#: Of these, “单位” is who sends or does something; so it is where a name of some body follows.
_BODIES = re.compile(
    "填报|填表|报送|上报|编制|审核|建设|责任|主管|牵头|实施|企业|所属|申报|评估|验收|咨询|监测|承担|配合|组织|发文|各|本|我|该|事业|服务|施工|委托|制表|汇总"
)
_NAMED = re.compile(
    "[市县区州省局厂矿部镇乡村园站院所处科会队章人]|公司|企业|集团|中心|政府|名称|全称|负责|委员会|办公室|如下|有关"
)
#: Longer words are no unit: in Chinese, in other letters.
_LONGEST, _LONGEST_LATIN = 3, 8


def statements(said: str, *, tail: bool = True) -> Iterator[str]:
    """Yield the units that a text says its table is in; a word in a unit's place that is no unit (仟, 美元) is yielded as it is.

    ``tail``: a unit in brackets says so too, without a word for it.

    >>> list(statements("附表（单位：万元、吨）")), list(statements("填报单位：元氏县")), list(statements("方案表（人民币千元）"))
    (['万元', '吨'], [], ['千元'])
    >>> list(statements("單位∶千 圓")), list(statements("按千元填列")), list(statements("单位：仟佰"))
    (['千元'], ['千元'], ['仟佰'])
    """
    yield from _found(text(simplified(said)), tail)


def in_place_of_unit(said: str) -> Iterator[str]:
    """Yield what a cell beside “单位：” says, as :func:`statements` does."""
    yield from _words(text(simplified(said)), certain=True)


def alone(said: str) -> Iterator[str]:
    """Yield the unit of money that a cell above a table holds and nothing else: 千元."""
    if (unit := _unit(re.sub(r"\s", "", text(simplified(said))), exact=True)) and is_money(unit):
        yield unit


def is_money(unit: str) -> bool:
    """Whether what stands in a unit's place speaks of money: 千元, 元/吨, 港币, 千.

    >>> is_money("元/t"), is_money("港币"), is_money("吨"), is_money("元氏县")
    (True, True, False, False)
    """
    known = meant(unit)
    if known is None:
        return _MONEY.fullmatch(unit) is not None or ("元" in unit and _NAMED.search(unit) is None)
    return yearly(unit.partition("/")[0], "元") is not None


@lru_cache(maxsize=4096)
def _found(whole: str, tail: bool) -> tuple[str, ...]:
    found = list[str]()
    marks = list(_MARK.finditer(whole))
    for mark, after in zip(marks, [*marks[1:], None], strict=False):
        joined = mark["by"] or whole[mark.end() : mark.end() + 1] in ("(", "[")
        if "单" not in mark["mark"] and not mark["by"]:
            continue
        weak = "单" not in mark["mark"] or _BODIES.search(whole[max(mark.start() - 4, 0) : mark.start("mark")])
        raw = whole[mark.end() : after.start("mark") if after else len(whole)]
        found += _words(_cut(raw), certain=bool(joined) and not weak, foreign=mark["mark"] == "币种")
    for match in _BY.finditer(whole):
        bare = re.sub(r"\s", "", match["unit"])
        found += [unit for part in _PARTS.split(bare) if (unit := _unit(part) or (part if _MONEY.fullmatch(part) else ""))]
    if tail:
        for match in _BRACKETS.finditer(whole):
            if "单位" in match[1]:
                continue
            bare = re.sub(r"\s", "", match[1])
            last = match.end() == len(whole)
            for part in _PARTS.split(bare):
                unit = _unit(part, exact=True)
                odd = not unit and re.search("[元圆币]", part) and _MONEY.fullmatch(part) and not _OWN.fullmatch(part)
                if odd or (unit and (last or is_money(unit))):
                    found.append(unit or part)
    return tuple(dict.fromkeys(found))


def _cut(raw: str) -> str:
    """Return a text up to the end of its sentence or of the brackets that it stands in."""
    depth = 0
    for at, sign in enumerate(raw):
        depth += (sign in _OPENING) - (sign in _CLOSING)
        if depth < 0 or sign in _STOPS:
            return raw[:at]
    return raw


def _words(raw: str, *, certain: bool, foreign: bool = False) -> Iterator[str]:
    """Yield the units at a text's beginning, blanks inside them or between; ``certain``: what isn't one is yielded as well."""
    words = raw.split()
    while words:
        for many in range(min(len(words), 4), 0, -1):
            parts = [part for part in _PARTS.split("".join(words[:many])) if part]
            units = [_unit(part) for part in parts]
            if parts and all(units):
                yield from (unit for unit in units if unit)
                words, certain = words[many:], False
                break
        else:
            parts = [part for part in _PARTS.split(words[0]) if part]
            for part in parts:
                if unit := _unit(part):
                    yield unit
                elif (_MONEY.fullmatch(part) and not _OWN.fullmatch(part)) or (
                    certain and not foreign and len(parts) == 1 and _like_a_unit(part)
                ):
                    yield re.sub(r"[()]", "", part)  # 元（千） is no 元
            return


def _unit(said: str, *, exact: bool = False) -> str:
    """Return a unit as the list of units has it, '' where it is none: 人民币（千元）, K元."""
    if _SCALED.search(said) and not re.search(r"人民币|RMB", said):
        return ""
    bare = _OWN.sub("", said).strip("()[]")
    bare = bare if bare and meant(bare, exact=exact) is not None else said.strip("()[]")
    bare = "千元" if _THOUSAND.fullmatch(bare) else bare
    return bare if bare and meant(bare, exact=exact) is not None else ""


def _like_a_unit(said: str) -> bool:
    """Whether a word behind “单位：” is meant for a unit; not the name of a body or of a place."""
    if (
        len(said) > (_LONGEST_LATIN if re.search(r"[\w%‰$]", said, re.ASCII) else _LONGEST)
        or _NAMED.search(said)
        or not re.search(r"\w", said)
    ):
        return False
    return not any(said in d.name for d in divisions()) and not any(u.short_name in said for u in units().values())
