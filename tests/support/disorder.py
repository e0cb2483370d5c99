"""A second hand that spoils returns: tables as lists of rows, headings read as a clerk reads them, nothing of the product used.

What it does to them was written down from what offices are known to do, without a look at what finds it or at the first hand.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Rows = list[list[Any]]
#: file → sheet → rows
Files = dict[str, dict[str, Rows]]


@dataclass
class Spoiler:
    """Spoils rows here and there, each once, and keeps account of it."""

    files: Files
    rng: random.Random
    truth: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {"planted": []})
    touched: set[str] = field(default_factory=set)

    def tables(self, *words: str) -> list[tuple[str, str, Rows, dict[str, int], int]]:
        """Tables whose heading has all of some words: file, sheet, rows, heading → column, the heading's row."""
        found = []
        for file, sheets in self.files.items():
            for sheet, rows in sheets.items():
                for at, row in enumerate(rows[:6]):
                    heads = {str(text): n for n, text in enumerate(row) if text}
                    if all(word in heads for word in words):
                        found.append((file, sheet, rows, heads, at))
        return found

    def spoil(
        self, kind: str, heads: tuple[str, ...], change: Callable[[list[Any], dict[str, int]], Any],
        *, expect: str = "found", within: str = "row", times: int = 4,
    ) -> None:  # fmt: skip
        """Change so many rows; ``change`` changes a row in place, and returns False where it can't."""
        done = 0
        tables = self.tables(*heads)
        for _ in range(400):
            file, sheet, rows, columns, top = self.rng.choice(tables)
            name = columns["企业名称"]
            lines = [n for n in range(top + 1, len(rows)) if len(rows[n]) > name and "公司" in str(rows[n][name])]
            if not lines:
                continue
            at = self.rng.choice(lines)
            who = str(rows[at][name])
            if "（" in who or f"{sheet}{who}" in self.touched or change(rows[at], columns) is False:
                continue
            self.touched.add(f"{sheet}{who}")
            self.note(kind, file, sheet, at, expect, within)
            done += 1
            if done == times:
                return
        assert done, f"nothing to spoil: {kind}"

    def note(self, kind: str, file: str, sheet: str, at: int, expect: str, within: str) -> None:
        cell = "" if within == "file" else f"A{at + 1}"
        more = {"expect": expect, "within": within, "note": ""}
        self.truth["planted"].append({"kind": kind, "file": file, "sheet": sheet, "cell": cell, **more})


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def spoiled(files: Files, seed: int) -> dict[str, list[dict[str, Any]]]:
    """Spoil the tables in place; return the truth about it."""
    s = Spoiler(files, random.Random(seed))
    _who(s)
    _when(s)
    _how_much(s)
    _options(s)
    return s.truth


def _set(column: str, to: Callable[[Any], Any], fits: Callable[[Any], bool] = bool) -> Callable[[list[Any], dict[str, int]], Any]:
    def change(row: list[Any], columns: dict[str, int]) -> Any:
        at = columns[column]
        if len(row) <= at or not fits(row[at]):
            return False
        row[at] = to(row[at])
        return True

    return change


def _who(s: Spoiler) -> None:
    code, progress = "统一社会信用代码", ("企业名称", "告知书送达日期", "目前状态")
    s.spoil("code cut short", progress, _set(code, lambda c: c[:-2]))
    s.spoil("two digits swapped", progress, _set(code, _swapped, lambda c: c[12] != c[13]))
    s.spoil("letter I for 1", progress, _set(code, lambda c: f"{c[:8]}{c[8:].replace('1', 'I', 1)}", lambda c: "1" in c[8:]))
    s.spoil("code typed twice", progress, _set(code, lambda c: c + c[:4]))
    s.spoil(
        "status of one's own",
        progress,
        _set("目前状态", lambda _: s.rng.choice(("半停产", "整改中", "不清楚")), lambda v: v == "正常推进"),
    )
    s.spoil("pasted from another city", progress, _foreign(s), times=3)
    s.spoil("spaces in the name", progress, _set("企业名称", lambda n: f" {n[:4]} {n[4:]}"), expect="left")
    s.spoil("narrow brackets, small letters", progress, _set(code, str.lower), expect="left")
    s.spoil("name and no code", progress, _set(code, lambda _: None), expect="doubted")


def _swapped(code: str) -> str:
    return code[:12] + code[13] + code[12] + code[14:]


def _foreign(s: Spoiler) -> Callable[[list[Any], dict[str, int]], Any]:
    """The code of a firm that nobody has listed, under a name that nobody has listed."""

    def change(row: list[Any], columns: dict[str, int]) -> None:
        row[columns["企业名称"]] = f"河北示例外埠{s.rng.choice('天地玄黄宇宙洪荒')}{s.rng.randint(2, 99)}机械有限公司"
        row[columns["统一社会信用代码"]] = "911398990000000" + str(s.rng.randint(100, 999))

    return change


def _when(s: Spoiler) -> None:
    progress = ("企业名称", "告知书送达日期", "目前状态")
    day = lambda v: isinstance(v, dt.date)  # noqa: E731
    s.spoil("a month that isn't", progress, _set("登录填报日期", lambda d: f"{d.year}-13-{d.day}", day))
    s.spoil("year typed wrong", progress, _set("登录填报日期", lambda d: d.replace(year=2202), day))
    s.spoil("ten years too early", progress, _set("信息公开日期", lambda d: d.replace(year=2012), day))
    s.spoil("only a month", progress, _set("方案制定日期", lambda d: f"{d.month}月份", day))
    s.spoil("still to come, in words", progress, _set("完成评估日期", lambda _: "近期", day))
    s.spoil(
        "result left open",
        progress,
        _set("评估结果", lambda _: s.rng.choice(("待定", "原则同意", "修改后再审")), lambda v: v == "通过"),
    )
    s.spoil("points beyond the scale", progress, _set("评估得分", lambda v: v + 100, is_number))
    s.spoil("mark for points", progress, _set("评估得分", lambda _: "优秀", is_number))
    s.spoil("acceptance before the assessment", progress, _before)
    wide = str.maketrans("0123456789", "０１２３４５６７８９")
    s.spoil("wide digits", progress, _set("登录填报日期", lambda d: d.isoformat().translate(wide), day), expect="left")
    s.spoil(
        "dots for dashes", progress, _set("登录填报日期", lambda d: f"{d.year}.{d.month:02d}.{d.day:02d}", day), expect="left"
    )


def _before(row: list[Any], columns: dict[str, int]) -> Any:
    first, last = row[columns["完成评估日期"]], columns["方案实施完成日期"]
    if not isinstance(first, dt.date) or not isinstance(row[last], dt.date):
        return False
    row[last] = first - dt.timedelta(days=40)
    return True


def _how_much(s: Spoiler) -> None:
    table = ("企业名称", "二级指标", "审核前", "审核后")
    big = lambda v: is_number(v) and v > 2  # noqa: E731
    s.spoil("about", table, _set("审核前", lambda v: f"约{v}", is_number))
    s.spoil("a range", table, _set("审核后", lambda v: f"{v}-{v * 1.1:.4g}", is_number))
    s.spoil("two points", table, _set("审核前", lambda v: f"{int(v)}..5", is_number))
    s.spoil("broken reference", table, _set("审核前", lambda _: "#REF!", is_number))
    s.spoil("below zero", table, _set("审核后", lambda v: -v, big))
    s.spoil("thousandfold", table, _set("审核前", lambda v: v * 1000, lambda v: is_number(v) and v > 0), expect="doubted")
    s.spoil("indicator misspelled", table, _set("二级指标", lambda n: f"{n[:2]}某{n[2:]}（自填）"))
    s.spoil("more than all of it", table, _percent)
    s.spoil("thousands apart", table, _set("审核前", lambda v: f"{v:,.2f}", lambda v: is_number(v) and v > 1000), expect="left")
    s.spoil("space behind the number", table, _set("审核前", lambda v: f"{v} ", is_number), expect="left")


def _percent(row: list[Any], columns: dict[str, int]) -> Any:
    at = columns["审核后"]
    if row[columns["单位"]] != "%" or not is_number(row[at]) or row[at] < 50:
        return False
    row[at] += 100
    return True


def _options(s: Spoiler) -> None:
    table = ("企业名称", "方案编号", "投资(万元)")
    s.spoil("money in words", table, _set("投资(万元)", lambda _: "十余万", lambda v: is_number(v) and v > 5))
    s.spoil("money still open", table, _set("投资(万元)", lambda _: "待核算", lambda v: is_number(v) and v > 5))
    s.spoil("spent less than nothing", table, _set("投资(万元)", lambda v: -v, lambda v: is_number(v) and v > 1))
    s.spoil("class of one's own", table, _set("方案类型", lambda _: "重点方案"))
    s.spoil("state of one's own", table, _set("实施情况", lambda _: "看情况", lambda v: v == "已实施"))
    s.spoil("class without the stroke", table, _set("方案类型", lambda c: c.replace("/", "")), expect="left")
    for file, sheet, rows, _, _ in s.tables(*table):  # whose sums are those of before
        at = next(n for n, row in enumerate(rows) if row and row[0] == "合计")
        s.note("total of other figures", file, sheet, at, "doubted", "row")
