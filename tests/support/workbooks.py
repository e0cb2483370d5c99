"""Small workbooks made by hand, and what the loaders say of them."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd

from cpaudit import loaders
from tests.support.builders import credit_code

AS_OF = dt.date(2022, 11, 15)
ROSTER = ["序号", "市", "县(市、区)", "企业名称", "统一社会信用代码", "所属行业"]
PROGRESS = ["企业名称", "统一社会信用代码", "告知书送达日期", "登录填报日期", "信息公开日期", "完成验收日期", "目前状态"]
OPTIONS = ["企业名称", "统一社会信用代码", "方案编号", "方案名称", "方案类型", "实施情况", "投资(万元)"]
MEASURED = ["企业名称", "统一社会信用代码", "评价指标体系", "工序", "二级指标", "单位", "审核前", "审核后"]

A, B = credit_code(1), credit_code(2)
NAME_A, NAME_B = "示例甲化工有限公司", "示例乙水泥有限公司"
LISTED: list[list[Any]] = [[1, "石家庄市", "长安区", NAME_A, A, "化工"], [2, "石家庄市", "长安区", NAME_B, B, "水泥"]]
DONE = [NAME_A, A, "2021-12-25", None, None, None, "正常推进"]


def option(number: int, *amounts: Any, name: str = NAME_B) -> list[Any]:
    """One row of options."""
    return [name, B, f"ZG{number}", f"方案{number}", "中/高费", "已实施", *amounts]


def book(path: Path, sheets: dict[str, list[list[Any]]], merge: tuple[str, ...] = ()) -> Path:
    """Write a workbook; ``merge`` are ranges merged in each of its sheets."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_written(repr((sheets, merge)), sheets, merge))
    return path


#: Workbooks that many tests write alike, by what is in them.
_WRITTEN: dict[str, bytes] = {}


def _written(said: str, sheets: dict[str, list[list[Any]]], merge: tuple[str, ...]) -> bytes:
    if said in _WRITTEN:
        return _WRITTEN[said]
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for title, rows in sheets.items():
        sheet = workbook.create_sheet(title)
        for row in rows:
            sheet.append(row)
        for span in merge:
            sheet.merge_cells(span)
    made = io.BytesIO()
    workbook.save(made)
    if len(said) < 10_000:
        _WRITTEN[said] = made.getvalue()
    return made.getvalue()


def rewrite(path: Path, pattern: bytes, text: bytes, part: str = "xl/worksheets/sheet1.xml") -> None:
    """Change the XML of a workbook's part."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[part] = re.sub(pattern, text, parts[part])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def roster(folder: Path, title: str = "强制类企业名单") -> Path:
    """Write the roster of the two sample plants."""
    return book(folder / "名单.xlsx", {"名单": [[title], ROSTER, *LISTED]})


def load(folder: Path, *, listed: bool = True) -> loaders.Loaded:
    """Read a folder beside the roster of the two plants."""
    if listed:
        roster(folder)
    return loaders.read([folder], programme="hebei-2021-2", as_of=AS_OF)


def loaders_read(folder: Path) -> loaders.Loaded:
    """Read a folder as it is."""
    return loaders.read([folder], programme="hebei-2021-2", as_of=AS_OF)


def sent(folder: Path, merge: tuple[str, ...] = (), **sheets: list[list[Any]]) -> loaders.Loaded:
    """Read sheets that a city sent."""
    book(folder / "石家庄市.xlsx", sheets, merge)
    return load(folder)


def told(found: loaders.Loaded) -> list[tuple[str, str]]:
    """Return the problems: kind and cell."""
    return told_in(found.frames)


def read(
    folder: Path, *, listed: list[list[Any]] = LISTED, title: str = "强制类企业名单", **sheets: list[list[Any]]
) -> dict[str, pd.DataFrame]:
    """Read a roster and, where given, the sheets that a city sent; return the frames."""
    book(folder / "名单.xlsx", {"名单": [[title], ROSTER, *listed]})
    if sheets:
        book(folder / "石家庄市.xlsx", sheets)
    return loaders.read([folder], programme="hebei-2021-2", as_of=AS_OF).frames


def told_in(frames: dict[str, pd.DataFrame]) -> list[tuple[str, str]]:
    """Return the problems of frames: kind and cell."""
    return list(frames["problems"][["code", "cell"]].itertuples(index=False, name=None))


def measured(indicator: str, unit: str | None, before: Any, after: Any) -> list[Any]:
    """One row of measurements."""
    return [NAME_B, B, "demo_cement", "1号线", indicator, unit, before, after]
