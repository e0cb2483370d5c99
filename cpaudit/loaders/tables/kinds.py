"""Which list a roster is (强制类, 重点行业, …): from what stands with its rows, never guessed."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import TYPE_CHECKING, NamedTuple

from cpaudit.fields import UNREAD
from cpaudit.loaders.cells.folding import simplified
from cpaudit.loaders.cells.texts import key, text
from cpaudit.loaders.opening.grids import filled
from cpaudit.loaders.sheets.words import row_word, words
from cpaudit.workspace.caches import cache

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cpaudit.loaders.tables.reader import Row, Sheet

#: A row that begins a list holds little beside its words (a number, a count), and says no more than a title does.
_MOST_BESIDE, _LONGEST = 3, 30
_NUMBERED = re.compile(r"\(?[一二三四五六七八九十\d]+[、.)）:]|附件|附表|第[一二三四五六七八九十\d]+")
_BRACKET = re.compile(r"\([^()]*\)$")
_FIRM = re.compile(r"(公司|厂|矿|集团)$")
#: The kind of a group whose plants aren't to be audited: it is none of a roster's.
_OFF = "off"
#: Who left isn't on the list that says so.
_WITHOUT = re.compile("不(?:含|包括|包含)[^,，。;；)]*")


class Said(NamedTuple):
    """What a text beside a table says: where it stands, the text, the kind."""

    where: str
    text: str
    kind: str


def of_sheet(sheet: Sheet) -> str:
    """Return the kind that the tab, the title and the file's name say of all rows; "unread" where they disagree (told).

    '' where they say nothing: the rows may, each for itself.
    """
    said = list(_around(sheet))
    kinds = {one.kind: one for one in reversed(said)}
    if len(kinds) > 1:
        told = "、".join(f"{one.where}“{one.text}”为{_label(sheet, one.kind)}" for one in kinds.values())
        at = sheet.place(sheet.what.header, sheet.what.span[0])
        sheet.load.problems.add("roster_kinds_differ", at, told=told, value=told)
        return UNREAD
    if not kinds and len(known := set(sheet.what.layout.title.roster.values())) == 1:
        return known.pop()  # the notice has no other list
    if not kinds and "roster" not in sheet.what.columns and not _all_in_groups(sheet):
        at = sheet.place(sheet.what.header, sheet.what.span[0])
        allowed = "、".join(dict.fromkeys(sheet.what.layout.title.roster))
        sheet.load.problems.add("roster_kind_missing", at, sheet=sheet.grid.sheet or sheet.file, allowed=allowed)
        return UNREAD
    return next(iter(kinds), "")


def _all_in_groups(sheet: Sheet) -> bool:
    """Whether each plant stands below a row that says which list it is on."""
    rows = [row.at for row in sheet.rows() if row.at not in sheet.groups]
    return bool(sheet.groups and rows) and min(sheet.groups) < min(rows)


def of_row(row: Row, around: str, plant_id: str) -> str:
    """Return the kind of a row's list: its own cell's, else that of what stands around the table."""
    around = _in_group(row, around, plant_id)
    if "roster" not in row.sheet.what.columns or around == UNREAD:
        return around or UNREAD
    said = row.text("roster")
    allowed = "、".join(dict.fromkeys(row.sheet.what.layout.title.roster))
    if not said:
        if not around:
            row.tell("roster_kind_unknown", "roster", plant_id, value="", allowed=allowed)
        return around or UNREAD
    kind = _kind(row.sheet, said)
    if not kind:
        row.tell("roster_kind_unknown", "roster", plant_id, value=said, allowed=allowed)
        return UNREAD
    if around and kind != around:
        row.tell("roster_kind_differs", "roster", plant_id, value=said, around=_label(row.sheet, around))
        return UNREAD
    return kind


def of_others(sheet: Sheet) -> str:
    """Return the text beside a table that says that it lists no plants of a roster (调出名单, 通过验收企业名单), else ''."""
    above = [said for at, _, said in sheet.texts() if sheet.what.kinds.get(at) == "title"]
    return next((said for said in (sheet.grid.sheet, *above, PurePath(sheet.file).stem) if _of_others(said)), "")


def off(row: Row) -> str:
    """Return what says that a row's plant isn't to be audited: the group that it stands in, or its own cell; else ''."""
    above = [said for at, said in row.sheet.groups.items() if at < row.at]
    if above and above[-1].kind == _OFF:
        return above[-1].text
    said = row.text("roster") if "roster" in row.sheet.what.columns else ""
    return said if _of_others(said) else ""


def _of_others(said: str) -> bool:
    """Whether a text says that who is listed isn't listed to be audited: as a heading behind its number, or behind a title."""
    bare = _WITHOUT.sub("", key(simplified(said)))
    heading, behind, list_ = _other_lists()
    return any((heading.fullmatch(_NUMBERED.sub("", bare, count=1)), behind.search(bare), list_.search(bare)))


@cache
def _other_lists() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    those = "|".join(map(re.escape, words().off_lists))
    kind = "(?:[^,，。;；]{0,8}类)?"
    short = rf"(?:已|拟|经同意)?(?:{those})(?:了)?{kind}(?:部分|情况|的|表|清单|一览表?|明细表?|汇总表?|审核|清洁生产审核)?"
    return (
        re.compile(rf"[(\[【]?{short}(?:共?[(]?\d+[家户个][)]?)?[)\]】]?[:。]?"),
        re.compile(rf"(?:名单|名录|通知|公告|公示|通告|企业|[表件]\d*)[-—－_·:(\[【]*{short}[)\]】]?[:。]?$"),
        re.compile(
            rf"(?<![应须需未除])(?<!不含)(?<!不包括)(?:{those})[^,，。;；]{{0,12}}(?:企业|单位|名单|名录)|(?:名单|名录)[(](?:{those})[^(),，]{{0,4}}[)]"
        ),
    )


def groups(sheet: Sheet) -> dict[int, Said]:
    """Return the rows inside a table that begin another list (二、重点行业企业); kind "unread": none that is known."""
    found = {}
    rows = [*sheet.what.rows("note", "subtotal"), *(row.at for row in sheet.data())]
    for at in sorted(rows):
        held = [v for v in sheet.grid.rows[at][slice(*sheet.what.span)] if filled(v)]
        said = next((v for v in held if isinstance(v, str)), "")
        if not 0 < len(held) <= _MOST_BESIDE or row_word(said) or len(said) > _LONGEST:
            continue
        if kind := heads(sheet, said):
            found[at] = Said("本表", said, kind)
    return found


def heads(sheet: Sheet, said: str) -> str:
    """Return the kind of list that a text inside a table begins, "unread" for one that isn't known, '' where it begins none.

    A list of plants that aren't to be audited is of another kind than any of a roster's: :func:`off`.
    """
    if _of_others(said) and not _FIRM.search(_BRACKET.sub("", key(said))):
        return _OFF
    bare = _excluded().sub("", key(simplified(said)))
    kind = _kind(sheet, said)
    if kind and not _FIRM.search(_BRACKET.sub("", bare)):
        return kind
    numbered = _NUMBERED.match(bare)
    return UNREAD if any(word in bare for word in words().other_lists) and (numbered or "企业" in bare) else ""


def _in_group(row: Row, around: str, plant_id: str) -> str:
    """Return the kind that holds for a row: that of the group it stands in, which must not contradict what stands around."""
    above = [said for at, said in row.sheet.groups.items() if at < row.at]
    if not above or around == UNREAD:
        return around
    group = above[-1]
    if around and group.kind != around:
        row.tell("roster_kind_differs", "name", plant_id, value=group.text, around=_label(row.sheet, around))
        return UNREAD
    if group.kind == UNREAD:
        allowed = "、".join(dict.fromkeys(row.sheet.what.layout.title.roster))
        row.tell("roster_kind_unknown", "name", plant_id, value=group.text, allowed=allowed)
    return group.kind


def _around(sheet: Sheet) -> Iterator[Said]:
    """Yield what the tab, the rows above the header and the file's name say; notes and texts that name two say nothing."""
    above = [said for at, _, said in sheet.texts() if sheet.what.kinds.get(at) == "title" and row_word(said) != "note"]
    for where, said in (
        ("工作表", sheet.grid.sheet),
        *(("标题", title) for title in above),
        ("文件名", PurePath(sheet.file).stem),
    ):
        if kind := _kind(sheet, said):
            yield Said(where, said, kind)


def _kind(sheet: Sheet, said: str) -> str:
    """Return the kind that a text names, '' where it names none or several."""
    bare = _excluded().sub("", key(simplified(text(said))))
    found = {code for word, code in sheet.what.layout.title.roster.items() if key(word) in bare}
    return found.pop() if len(found) == 1 else ""


@cache
def _excluded() -> re.Pattern[str]:
    """Return what says that a list is not meant: 不含强制类."""
    those = "|".join(map(re.escape, words().excluded))
    return re.compile(rf"(?:{those})[^,，。;；)）]*")


def _label(sheet: Sheet, kind: str) -> str:
    return next(word for word, code in sheet.what.layout.title.roster.items() if code == kind)
