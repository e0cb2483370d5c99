"""What reaches a person (telephone, mail, a name behind a word for contacts), masked wherever cells are quoted."""

from __future__ import annotations

import re

from cpaudit.loaders.cells.credit_codes import read_code
from cpaudit.loaders.sheets.words import words
from cpaudit.programme.units import divisions
from cpaudit.workspace.caches import cache

#: What stands in their place.
MASK = "〔联系方式〕"
_NUMBER = re.compile(
    r"(?<![0-9A-Za-z.])(?:(?:\+|00)?86[-\s]*)?1[3-9]\d[-\s]*\d{4}[-\s]*\d{4}(?![0-9A-Za-z])"
    r"|(?<![0-9A-Za-z.])[(（]?0\d{2,3}[)）]?[-—\s]*[2-9]\d{2,3}[-\s]?\d{4}(?:[-转]\d{1,5})?(?![0-9A-Za-z])"
    r"|(?<![\w.+-])[\w.+-]++@[\w-]+(?:\.[\w-]+)+",
    re.ASCII,
)
#: An identity number: place, day of birth, and the rest; or what a spreadsheet leaves of it. Codes of firms have no such day.
_IDENTITY = re.compile(
    r"(?<![0-9A-Za-z])[1-8]\d{5}[-\s]?(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])[-\s]?\d{3}[\dXx](?![0-9A-Za-z])"
    r"|(?<![\d.])[1-8]\.\d{5}(?:19|20)\d\d(?:0[1-9]|1[0-2])\d*[eE]\+?17",
    re.ASCII,
)
#: Full-width digits, as a number may be written in.
_NARROW = {0xFF10 + n: ord("0") + n for n in range(10)}

#: A bracket, and how a firm's name ends; what parts it from a person's; a person's name behind it, before a number.
_GROUP = re.compile(r"[(（\[【]([^()（）\[\]【】]*)[)）\]】]")
_FIRM = r"(?:公司|集团|厂|矿|院|站|中心|合作社|分公司|基地|园区|车间)"
_ENDS = re.compile(_FIRM)
_PARTING = " \t\n\u3000,，;；、/|:：-—_(（[【"
_PERSON = re.compile(rf"(?P<firm>{_FIRM}[)）]?)[\s{re.escape(_PARTING)}]*(?![\u4e00-\u9fff]*{_FIRM}$)[\u4e00-\u9fff]{{2,4}}$")


def masked(said: str) -> str:
    """Return a text without the contacts that stand in it.

    >>> masked("示例公司（联系人：张某 139-0000-0000）"), masked("91130121MA0000015W")
    ('示例公司（联系人：〔联系方式〕 〔联系方式〕）', '91130121MA0000015W')
    >>> masked("示例化工有限公司王某某（一期）"), masked("示例化工有限公司唐山焦化")
    ('示例化工有限公司〔联系方式〕（一期）', '示例化工有限公司唐山焦化')
    """
    if len(said) < 5:
        return said
    said = _unnamed(said, "公司", 3, MASK)
    if not _may().search(said):  # most are about no person
        return said
    narrow = said.translate(_NARROW)
    found = _IDENTITY.sub(_identity, _NUMBER.sub(MASK, narrow))
    found = found if found != narrow else said
    return _named().sub(lambda name: f"{name[1] or name[2]}{MASK}", found)


@cache
def _glued(firm: str, least: int) -> re.Pattern[str]:
    """Return what a person's name looks like behind a firm's; of two signs (``least``) only where a blank parts it."""
    begins, ends = f"[{words().surnames}]", f"[^\\W\\d_a-zA-Z{words().no_names}]"
    glued, parted = rf"{begins}[\u4e00-\u9fff]{ends}", rf"{begins}[\u4e00-\u9fff]{{{least - 2},1}}{ends}"
    blank = rf"[{re.escape(_PARTING.strip('_([（【'))}]+"
    return re.compile(rf"({firm}[)）]?)(?P<name>{glued}|{blank}{parted})(?=$|[\s,，;；、()（）〔])")


def _unnamed(said: str, firm: str, least: int, instead: str) -> str:
    """Return a text without the names of persons that stand behind firms' names; the name of a place is none."""
    return _glued(firm, least).sub(
        lambda found: found[0] if found["name"].strip(_PARTING) in _places() else f"{found[1]}{instead}", said
    )


@cache
def _places() -> frozenset[str]:
    """Return the names of divisions, short and whole."""
    names = {part for d in divisions() for part in (d.name, d.parent_name)}
    return frozenset(names | {name[:-1] for name in names})


def _identity(found: re.Match[str]) -> str:
    """Return the mask in an identity number's place, unless it is the code of a firm after all."""
    return found[0] if read_code(found[0]).code else MASK


def without(name: str) -> str:
    """Return a firm's name without the contacts written behind it or in a bracket; the text itself where there are none.

    >>> without("示例化工有限公司（联系人：张某 13900000000）"), without("示例化工有限公司 张某 0311-88888888")
    ('示例化工有限公司', '示例化工有限公司')
    """
    narrow = name.translate(_NARROW)
    left = _GROUP.sub(lambda group: " " if _reaches(group[1]) else group[0], narrow)
    if found := _behind().search(left):
        left = left[: found.start("what")]
    if found := _NUMBER.search(left):
        before, after = left[: found.start()].strip(_PARTING), _NUMBER.sub("", left[found.end() :]).strip(_PARTING)
        left = after if _ENDS.search(after) and not _ENDS.search(before) else before
    left = _unnamed(left, _FIRM, 2, "")
    if left == narrow:
        return name
    return _PERSON.sub(r"\g<firm>", left.strip(_PARTING)) or masked(name)


def _reaches(said: str) -> bool:
    return bool(_NUMBER.search(said)) or masked(said) != said or said.strip().startswith(_words())


@cache
def _may() -> re.Pattern[str]:
    """Return a sign without which nothing reaches a person: quick to look for."""
    return re.compile(f"[@0-9０-９{re.escape(''.join({word[0] for word in _words()}))}]")


@cache
def _words() -> tuple[str, ...]:
    return (*words().signatures, *words().contacts)


@cache
def _behind() -> re.Pattern[str]:
    """Return what a word for contacts looks like behind a firm's name: 示例化工厂 电话…, never 示例手机厂."""
    those = "|".join(sorted(map(re.escape, _words()), key=len, reverse=True))
    return re.compile(rf"(?:{_FIRM}[)）]?)(?P<what>[\s{re.escape(_PARTING)}]*(?:{those})(?!.*{_FIRM}$).*)", re.DOTALL)


@cache
def _named() -> re.Pattern[str]:
    """Return what a word for contacts looks like with a name behind it."""
    known = words()
    those = "|".join(sorted(map(re.escape, {*known.signatures, *known.contacts}), key=len, reverse=True))
    signed = "|".join(map(re.escape, known.signatures))
    return re.compile(
        rf"((?:{those})(?:[(（][^)）]*[)）])?\d?\s*[:：]\s*)[^\s,，;；、()（）〔]+"
        rf"|((?:{signed})\s*)[\u4e00-\u9fff]{{2,4}}(?=$|[\s\d,，;；、()（）〔])"
    )
