"""Tables as offices lay them out, many at once: printed to PDF, two on a sheet, below title lines of a text, locked."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any

import pandas as pd
import xlwt

from tests.support.builders import credit_code
from tests.support.printed import UP, pdf
from tests.support.workbooks import OPTIONS, PROGRESS, ROSTER, book, loaders_read

SIGNS = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉"
NAMES = [f"示例{sign}化工有限公司" for sign in SIGNS]
CODES = [credit_code(n) for n in range(1, len(SIGNS) + 1)]


def done(n: int, day: str = "2021-12-25") -> list[Any]:
    """The progress of the n-th plant."""
    return [NAMES[n], CODES[n], day, None, None, None, "正常推进"]


def option(n: int, invested: Any, number: str = "ZG1") -> list[Any]:
    return [NAMES[n], CODES[n], number, f"方案{number}", "中/高费", "已实施", invested]


def text(row: list[Any]) -> list[str]:
    return ["" if value is None else str(value) for value in row]


def frames(folder: Path) -> dict[str, pd.DataFrame]:
    """Read a folder beside a roster of all plants."""
    rows = [
        [n, "石家庄市", "长安区", name, code, "化工"] for n, (name, code) in enumerate(zip(NAMES, CODES, strict=True), start=1)
    ]
    book(folder / "名单.xlsx", {"名单": [["强制类企业名单"], ROSTER, *rows]})
    return loaders_read(folder).frames


def notified(found: dict[str, pd.DataFrame], file: str) -> list[int]:
    """Which plants a file says were told, in its order."""
    events = found["events"]
    mine = events[(events["file"] == file) & (events["milestone"] == "notified")]
    return [CODES.index(plant) for plant in mine["plant_id"]]


def invested(found: dict[str, pd.DataFrame], file: str) -> list[float | None]:
    mine = found["options"].loc[found["options"]["file"] == file, "investment_wan_yuan"]
    return [None if pd.isna(value) else value for value in mine]


def said(found: dict[str, pd.DataFrame], file: str, *, notes: bool = False) -> list[str]:
    problems = found["problems"][found["problems"]["file"] == file]
    return problems.loc[notes | (problems["severity"] != "note"), "code"].tolist()


def test_tables_printed_to_pdf(tmp_path: Path) -> None:
    two = [PROGRESS, text(done(0)), text(done(1))]
    amounts = [OPTIONS, text(option(4, 10)), text(option(4, "10^3", "ZG2"))]
    files: dict[str, list[list[Any]]] = {
        "表题.pdf": [["石家庄市清洁生产审核进度表", two, "填表人：某某"]],
        "逐页表头.pdf": [[[PROGRESS, text(done(2))]], [[PROGRESS, text(done(3))]]],
        "上标.pdf": [[amounts]],
        "单位在表题.pdf": [["方案表 单位：元", [[*OPTIONS[:6], "投资"], text(option(5, 125000))]]],
        "两表.pdf": [[[PROGRESS, text(done(6))], "方案", [OPTIONS, text(option(6, 10))]]],
        "合并.pdf": [[[OPTIONS, text(option(7, 10)), [UP, UP, *text(option(7, 20, "ZG2"))[2:]]]]],
        "空格.pdf": [[[PROGRESS, [f"{NAMES[8][:5]} {NAMES[8][5:]}", *text(done(8))[1:]]]]],
    }
    for name, pages in files.items():
        pdf(tmp_path / f"石家庄市{name}", *pages)
    found = frames(tmp_path)
    assert notified(found, "石家庄市表题.pdf") == [0, 1]
    assert notified(found, "石家庄市逐页表头.pdf") == [2, 3]
    assert invested(found, "石家庄市上标.pdf") == [10, None]
    assert said(found, "石家庄市上标.pdf") == ["number_text"]
    assert invested(found, "石家庄市单位在表题.pdf") == [12.5]
    assert (notified(found, "石家庄市两表.pdf"), invested(found, "石家庄市两表.pdf")) == ([6], [10])
    assert invested(found, "石家庄市合并.pdf") == [10, 20]
    assert notified(found, "石家庄市空格.pdf") == [8]
    assert not any(said(found, f"石家庄市{name}") for name in files if name != "上标.pdf")


def test_two_tables_on_a_sheet(tmp_path: Path) -> None:
    other = ["目前状态", *PROGRESS[1:-1], "企业名称"]
    turned = ["正常推进", *done(7)[1:-1], NAMES[7]]
    sheets = {
        "隔空行": [["一、进度"], PROGRESS, done(0), [], ["二、进度（续）"], PROGRESS, done(1)],
        "不隔行": [PROGRESS, done(2), PROGRESS, done(3)],
        "换列序": [PROGRESS, done(6), [], other, turned],
        "先方案": [OPTIONS, option(8, 10), ["合计", *[None] * 5, 10], [], ["进度"], PROGRESS, done(8)],
        "并排": [[*PROGRESS, None, *PROGRESS], [*done(4), None, *done(5)], [*[None] * 8, *done(9)]],
        "夹说明": [PROGRESS, done(10), ["注：以上为第一批"], ["第二批"], PROGRESS, done(11)],
    }
    for name, rows in sheets.items():
        book(tmp_path / f"石家庄市{name}.xlsx", {"报表": rows})
    found = frames(tmp_path)
    wanted = {"隔空行": [0, 1], "不隔行": [2, 3], "换列序": [6, 7], "先方案": [8], "并排": [4, 5, 9], "夹说明": [10, 11]}
    assert {name: sorted(notified(found, f"石家庄市{name}.xlsx")) for name in sheets} == wanted
    assert invested(found, "石家庄市先方案.xlsx") == [10]
    assert [said(found, f"石家庄市{name}.xlsx") for name in sheets] == [[]] * len(sheets)


def test_texts_with_title_lines(tmp_path: Path) -> None:
    def lines(*rows: list[Any] | str) -> str:
        return "\n".join(row if isinstance(row, str) else ",".join(text(row)) for row in rows) + "\n"

    files = {
        "一行": lines("石家庄市进度表", PROGRESS, done(0)),
        "补逗号": lines("石家庄市进度表,,,,,,", ",,,,,,", PROGRESS, done(1)),
        "两行": lines("石家庄市进度表", "截至2022年10月31日", "", PROGRESS, done(2)),
        "带引号": lines('"石家庄市进度表,2022年"', PROGRESS, done(3)),
        "附注": lines("进度表", PROGRESS, done(4), "注：以上为报送数", "填表人：某某"),
        "分隔符": lines("sep=,", "进度表", PROGRESS, done(5)),
        "单位": lines("方案表,,,,,,单位：元", [*OPTIONS[:6], "投资"], option(6, 125000)),
        "合计": lines("方案表", OPTIONS, option(7, 10), option(7, 5, "ZG2"), ["合计", *[None] * 5, 15]),
    }
    for name, content in files.items():
        (tmp_path / f"石家庄市{name}.csv").write_text(content, encoding="gb18030")
    found = frames(tmp_path)
    told = [notified(found, f"石家庄市{name}.csv") for name in files]
    assert told == [[0], [1], [2], [3], [4], [5], [], []]
    assert invested(found, "石家庄市单位.csv") == [12.5]
    assert invested(found, "石家庄市合计.csv") == [10, 5]
    assert [said(found, f"石家庄市{name}.csv") for name in files] == [[]] * len(files)


def locked(*streams: str) -> bytes:
    """A compound file that names these streams, as Office writes what it has encrypted."""
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
    return header + b"".join(name.encode("utf-16-le").ljust(128, b"\0") for name in streams) + bytes(2048)


def locked_xls() -> bytes:
    """An old workbook whose records are encrypted: FILEPASS stands where the writer's name stood."""
    workbook, made = xlwt.Workbook(), io.BytesIO()
    for at, row in enumerate([PROGRESS, done(1)]):
        if not at:
            sheet = workbook.add_sheet("进度")
        for column, value in enumerate(row):
            sheet.write(at, column, value)
    workbook.save(made)
    content = made.getvalue()
    begins = content.index(struct.pack("<HH", 0x5C, 112))  # WRITEACCESS
    return content[:begins] + struct.pack("<HH", 0x2F, 112) + struct.pack("<H", 1) + content[begins + 6 :]


def test_what_is_locked_says_so_and_the_rest_is_read(tmp_path: Path) -> None:
    files = {
        "唐山市.xlsx": locked("EncryptionInfo", "EncryptedPackage"),
        "保定市.docx": locked("EncryptedPackage", "EncryptionInfo"),
        "沧州市.xlsm": locked("\x06DataSpaces", "EncryptionInfo", "EncryptedPackage"),
        "衡水市.et": locked("EncryptedPackage"),
        "邯郸市.xls": locked_xls(),
    }
    book(tmp_path / "石家庄市.xlsx", {"进度": [PROGRESS, done(0)]})
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    found = frames(tmp_path)
    assert notified(found, "石家庄市.xlsx") == [0]
    problems = found["problems"]
    for name in files:
        [sentence] = problems.loc[(problems["file"] == name) & (problems["code"] == "file_unopened"), "message"]
        assert "密码" in sentence, name
