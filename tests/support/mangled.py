"""Small returns mangled as offices mangle them, and a reader of their rows with nothing of the product in it: zipfile, lxml, str.

Every file is about plants of its own, so that no file explains what became of another's rows.
"""

from __future__ import annotations

import io
import random
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

from lxml import etree
from openpyxl.utils import get_column_letter
from stdnum.cn import uscc

UNITS = ("石家庄市", "唐山市", "秦皇岛市", "邯郸市", "邢台市", "保定市", "承德市", "沧州市", "廊坊市", "衡水市")
_SIGNS = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥金木水火土东南西北"
#: So many files have plants of their own; names come again in the next ones.
_FILES = 800
_BLANKS = re.compile(r"[\s\u200b\ufeff\u3000]+")
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
Row = list[Any]


class Plant(NamedTuple):
    """A plant: its code, name and unit."""

    code: str
    name: str
    unit: str


class Line(NamedTuple):
    """A row of a file as the reader here finds it: its number, the plant that it names, and all that stands in it."""

    row: int
    plant: Plant
    cells: list[str]


def plant(number: int) -> Plant:
    """The plant of a number, unlike every other."""
    stem = f"91130100{number:08d}"
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    rest = 11 - sum(int(d) * w for d, w in zip(stem[8:], weights, strict=True)) % 11
    stem += {10: "X", 11: "0"}.get(rest, str(rest))
    base = len(_SIGNS)
    sign = _SIGNS[number % base] + _SIGNS[number // base % base] + _SIGNS[number // base // base % base]
    return Plant(stem + str(uscc.calc_check_digit(stem)), f"示例{sign}化工有限公司", UNITS[number % len(UNITS)])


# -- what is sent


def _day(rng: random.Random) -> Any:
    month, day = rng.randint(1, 9), rng.randint(1, 28)
    forms = (
        f"2022-{month:02}-{day:02}",
        f"2022/{month}/{day}",
        f"2022年{month}月{day}日",
        f"2022.{month}.{day}",
        f"2022{month:02}{day:02}",
    )
    return rng.choice(forms)


def _progress(these: list[Plant], rng: random.Random) -> list[Row]:
    head = ["序号", "企业名称", "统一社会信用代码", "告知书送达日期", "信息公开日期", "完成验收日期", "验收结果", "目前状态"]
    return [head, *([n, p.name, p.code, _day(rng), _day(rng), None, None, "正常推进"] for n, p in enumerate(these, start=1))]


def _export(these: list[Plant], rng: random.Random) -> list[Row]:
    head = ["数据状态", "企业名称", "统一社会信用代码", "登录填报时间", "完成评估时间", "评估结果", "完成验收时间", "验收结果"]
    return [head, *(["正常", p.name, p.code, _day(rng), _day(rng), "通过", None, None] for p in these)]


def _platform(these: list[Plant], rng: random.Random) -> list[Row]:
    head = ["数据状态", "企业名称", "统一社会信用代码", "名单发布机关", "完成评估时间", "完成验收时间"]
    return [head, *(["正常", p.name, p.code, "示例厅", _day(rng), None] for p in these)]


def _options(these: list[Plant], rng: random.Random) -> list[Row]:
    head = ["企业名称", "统一社会信用代码", "方案编号", "方案名称", "方案类型", "实施情况", "投资(万元)", "节水(t/a)"]
    rows = ((p, n) for p in these for n in (1, 2))
    amounts = (round(rng.uniform(5, 50), 1), rng.randint(100, 900))
    return [head, *([p.name, p.code, f"ZG{n}", f"节水方案{n}", "中/高费", "已实施", *amounts] for p, n in rows)]


def _measured(these: list[Plant], rng: random.Random) -> list[Row]:
    head = ["企业名称", "统一社会信用代码", "评价指标体系", "工序", "二级指标", "单位", "审核前", "审核后"]
    asked = (("可比熟料综合能耗", "kgce/t", 105), ("循环水利用率", "%", 92))
    rows = ((p, one) for p in these for one in asked)
    return [head, *([p.name, p.code, "demo_cement", "1号线", n, u, v + rng.randint(0, 3), v] for p, (n, u, v) in rows)]


def _roster(these: list[Plant], rng: random.Random) -> list[Row]:
    head = ["序号", "市", "县（市、区）", "企业名称", "统一社会信用代码", "所属行业"]
    return [["强制类企业名单"], head, *([n, p.unit, None, p.name, p.code, "化工"] for n, p in enumerate(these, start=1))]


def _announcement(these: list[Plant], rng: random.Random) -> list[Row]:
    head = ["一级指标", "权重", "二级指标", "单位", "权重", "Ⅰ级基准值", "Ⅱ级基准值", "Ⅲ级基准值"]
    return [[f"{these[0].name}采用的评价指标体系"], head, ["资源", 0.3, "取水量", "t/t", 1, rng.randint(1, 3), 4, 5]]


def _performance(these: list[Plant], rng: random.Random) -> list[Row]:
    """One plant's own table, which its title names."""
    head = ["序号", "项目名称", "项目内容", "投资额(万元)", "经济效益(万元)", "节电(万kWh)", "节水(t)"]
    rows = ([n, _option(these[0], n), "改造", round(rng.uniform(5, 50), 1), rng.randint(1, 9), 2, 100 + n] for n in range(1, 4))
    return [[f"{these[0].name}清洁生产审核绩效表"], head, *rows]


def _option(one: Plant, number: int) -> str:
    return f"{one.name[2:5]}节水方案{number}"


def _own_work(these: list[Plant], rng: random.Random) -> list[Row]:
    """What a unit itself reports; no plant stands in it."""
    rows = ([duty, _day(rng), f"示例〔2022〕{rng.randint(1, 90)}号"] for duty in DUTIES)
    return [[f"{these[0].unit}清洁生产审核工作完成情况"], ["工作事项", "上报日期", "上报文号"], *rows]


def _collected(these: list[Plant], rng: random.Random) -> list[Row]:
    head = ["文号", "企业名称", "统一社会信用代码", "所属行业", "设区市", "名单发布机关", "名单发布日期"]
    return [head, *(["示例〔2021〕1号", p.name, p.code, "化工", p.unit, "示例厅", "2021-12-20"] for p in these)]


#: What a unit itself must send, as the notice calls it.
DUTIES = ("许可落实情况上报", "审核结果上报", "工作总结上报")
#: Tables whose rows add to a roster's plants, or report nothing done, and so stand in no table by their cells.
COUNTED = ("归集",)
Make = Callable[[list[Plant], random.Random], list[Row]]
KINDS: dict[str, Make] = {
    "进度": _progress, "系统导出": _export, "信用平台": _platform, "方案": _options, "指标实测": _measured, "名单": _roster,
    "公告": _announcement, "绩效表": _performance, "辖区工作": _own_work, "归集": _collected,
}  # fmt: skip


# -- how it is mangled


class Sent(NamedTuple):
    """A table on its way: rows, the header's position, and what a workbook can say beside them."""

    rows: list[Row]
    head: int
    looks: dict[str, Any]


def _filled(sent: Sent) -> list[Row]:
    return [row for row in sent.rows[sent.head :] if row]


def _title(sent: Sent, rng: random.Random) -> Sent:
    return sent._replace(rows=[[rng.choice(["附件", "报送表", "清洁生产审核情况", "2022年"])], *sent.rows], head=sent.head + 1)


def _inside(row: Callable[[Sent, random.Random], Row]) -> Callable[[Sent, random.Random], Sent]:
    def way(sent: Sent, rng: random.Random) -> Sent:
        at = rng.randint(sent.head + 1, len(sent.rows))
        return sent._replace(rows=[*sent.rows[:at], row(sent, rng), *sent.rows[at:]])

    return way


def _other(sent: Sent, rng: random.Random) -> Row:
    """A row of the table with one of its cells changed: two rows of one key."""
    row = list(rng.choice(_filled(sent)))
    at = rng.randrange(len(row))
    row[at] = rng.choice(["", None, "2022-03-03", 7, "不详", row[at]])
    return row


def _move(sent: Sent, rng: random.Random) -> Sent:
    width = len(sent.rows[sent.head])
    order = rng.sample(range(width), width)
    rows = [[row[n] for n in order] if len(row) == width else row for row in sent.rows]
    return sent._replace(rows=rows)


def _column(sent: Sent, rng: random.Random) -> Sent:
    at, heading = (
        rng.randrange(len(sent.rows[sent.head]) + 1),
        rng.choice(["", "备注", "联系人", "合计", "节水（m³）", "完成评估曰期"]),
    )
    new = [heading, *rng.choices(["", "无", "x1", 3, "2022-05-05"], k=len(sent.rows))]
    return sent._replace(
        rows=[*sent.rows[: sent.head], *([*r[:at], n, *r[at:]] for r, n in zip(sent.rows[sent.head :], new, strict=False))]
    )


def _cell(change: Callable[[Any, random.Random], Any]) -> Callable[[Sent, random.Random], Sent]:
    def way(sent: Sent, rng: random.Random) -> Sent:
        rows = [list(row) for row in sent.rows]
        row = rng.choice(_filled(sent._replace(rows=rows)))
        at = rng.randrange(len(row))
        row[at] = change(row[at], rng)
        return sent._replace(rows=rows)

    return way


def _spelt(value: Any, rng: random.Random) -> Any:
    said = "" if value is None else str(value)
    at = rng.randint(0, len(said))
    return (
        said[:at]
        + rng.choice([" ", "\u200b", "　", "*", "①", "（注1）", "、", "?", "约", '"', "'", "，", "；", "￥", "元"])
        + said[at:]
    )


def _wide(value: Any, _: random.Random) -> Any:
    return value.translate({n: n + 0xFEE0 for n in range(0x21, 0x7F)}) if isinstance(value, str) else value


def _look(name: str) -> Callable[[Sent, random.Random], Sent]:
    def way(sent: Sent, rng: random.Random) -> Sent:
        row = rng.randrange(sent.head, len(sent.rows))
        at = {"hidden_row": row, "struck_row": row, "hidden_column": rng.randrange(4), "struck": (row, rng.randrange(6))}.get(
            name
        )
        if name == "merged":
            at = (row, rng.randrange(6), min(row + rng.randint(0, 2), len(sent.rows) - 1))
        return sent._replace(looks={**sent.looks, name: at})

    return way


WAYS: list[Callable[[Sent, random.Random], Sent]] = [
    lambda sent, _: sent, _title, _move, _column, _inside(_other),
    _inside(lambda *_: []), _inside(lambda sent, _: list(sent.rows[sent.head])),
    _inside(lambda *_: ["小计", None, None, 2]), _inside(lambda *_: [None, "注：以上为报送数"]), _inside(lambda *_: ["以下空白"]),
    _inside(lambda sent, rng: list(rng.choice(_filled(sent)))), _inside(lambda *_: ["共2家"]),
    _inside(lambda sent, _: [f"填表人：示例某{n}" for n in range(3)]),
    _cell(lambda *_: None), _cell(_spelt), _cell(_spelt), _cell(_wide), _cell(lambda v, _: f"{v}\u200b"),
    _cell(lambda *_: "#REF!"),
    _cell(lambda v, rng: rng.choice(["通过？", "约3", "3.5 t", "2022-13-45", "1e400", "=1/0", "待定", v])),
    _look("hidden_row"), _look("hidden_column"), _look("struck_row"), _look("struck"), _look("merged"),
    lambda sent, _: sent._replace(rows=[*sent.rows, [], *sent.rows[sent.head :]]),
    lambda sent, _: sent._replace(rows=[*([None, *row] for row in sent.rows)]),
]  # fmt: skip


# -- how it is written


def _xlsx(sent: Sent, rng: random.Random) -> bytes:
    looks, body = sent.looks, list[str]()
    for at, row in enumerate(sent.rows):
        cells = []
        for column, value in enumerate(row):
            style = ' s="1"' if looks.get("struck_row") == at or looks.get("struck") == (at, column) else ""
            place = f'r="{get_column_letter(column + 1)}{at + 1}"{style}'
            if isinstance(value, (int, float)):
                cells.append(f"<c {place}><v>{value}</v></c>")
            elif value is not None:
                cells.append(f'<c {place} t="inlineStr"><is><t xml:space="preserve">{escape(str(value))}</t></is></c>')
        unseen = ' hidden="1"' if looks.get("hidden_row") == at else ""
        body.append(f'<row r="{at + 1}"{unseen}>{"".join(cells)}</row>')
    hidden = looks.get("hidden_column")
    columns = "" if hidden is None else f'<cols><col min="{hidden + 1}" max="{hidden + 1}" width="9" hidden="1"/></cols>'
    merged = looks.get("merged")
    letter = get_column_letter(merged[1] + 1) if merged else ""
    span = f"{letter}{merged[0] + 1}:{letter}{merged[2] + 1}" if merged and merged[2] > merged[0] else ""
    merges = f'<mergeCells count="1"><mergeCell ref="{span}"/></mergeCells>' if span else ""
    font = "<font><sz val='11'/></font><font><strike/><sz val='11'/></font>"
    xfs = (
        "<xf numFmtId='0' fontId='0' fillId='0' borderId='0'/><xf numFmtId='0' fontId='1' fillId='0' borderId='0' applyFont='1'/>"
    )
    fill, border = "<fills count='1'><fill><patternFill/></fill></fills>", "<borders count='1'><border/></borders>"
    name = rng.choice(["Sheet1", "表 1", "sheet"])
    target = f'<Relationship Id="r1" Type="{_RELS}/worksheet" Target="worksheets/sheet1.xml"/>'
    styled = f'<Relationship Id="r2" Type="{_RELS}/styles" Target="styles.xml"/>'
    package = "http://schemas.openxmlformats.org/package/2006"
    types = '<Default Extension="xml" ContentType="application/xml"/>'
    sheets = f'<sheets><sheet name="{name}" sheetId="1" r:id="r1"/></sheets>'
    styles = f'<fonts count="2">{font}</fonts>{fill}{border}<cellXfs count="2">{xfs}</cellXfs>'
    data = f"{columns}<sheetData>{''.join(body)}</sheetData>{merges}"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types">{types}</Types>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELS}">{sheets}</workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">{target}{styled}</Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}">{styles}</styleSheet>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_MAIN}">{data}</worksheet>',
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", rng.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])) as archive:
        for part, content in parts.items():
            archive.writestr(part, content)
    return out.getvalue()


def _csv(sent: Sent, rng: random.Random) -> bytes:
    separator, end = rng.choice(",,\t;"), rng.choice(["\n", "\r\n"])
    width = max(map(len, sent.rows))
    lines = []
    for row in sent.rows:
        cells = ["" if v is None else str(v) for v in (*row, *[None] * (width - len(row)))]
        cells = [f'"{c.replace(chr(34), chr(34) * 2)}"' if separator in c and rng.random() < 0.8 else c for c in cells]
        lines.append(separator.join(cells))
    if rng.random() < 0.3:
        at = rng.randrange(sent.head, len(lines))
        ways = (
            '"' + lines[at],
            lines[at] + separator,
            lines[at].rpartition(separator)[0],
            lines[at].replace(separator, separator + '"', 1),
        )
        lines[at] = rng.choice(ways)
    encoding = rng.choice(["utf-8", "utf-8-sig", "gb18030", "utf-16"])
    return (end.join(lines) + end).encode(encoding)


def _docx(sent: Sent, rng: random.Random) -> bytes:
    def paragraph(value: Any, look: str = "") -> str:
        said = "" if value is None else escape(str(value))
        return f"<w:p><w:r><w:rPr>{look}</w:rPr><w:t xml:space='preserve'>{said}</w:t></w:r></w:p>"

    above, rows = [r for r in sent.rows[: sent.head] if any(r)], [*sent.rows[sent.head :]]
    width, body = max(map(len, rows)), list[str]()
    for at, row in enumerate(rows, start=sent.head):
        struck = "<w:strike/>" if sent.looks.get("struck_row") == at else ""
        cells = [f"<w:tc><w:tcPr/>{paragraph(v, struck)}</w:tc>" for v in (*row, *[None] * (width - len(row)))]
        if rng.random() < 0.1:
            cells[0] = f"<w:sdt><w:sdtPr/><w:sdtContent>{cells[0]}</w:sdtContent></w:sdt>"
        body.append(f"<w:tr><w:trPr/>{''.join(cells)}</w:tr>")
    said = "".join(paragraph("".join(str(v) for v in row if v is not None)) for row in above)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types xmlns='http://schemas.openxmlformats.org/package/2006/content-types'/>")
        document = f"<w:body>{said}<w:tbl><w:tblPr/>{''.join(body)}</w:tbl></w:body>"
        archive.writestr("word/document.xml", f"<w:document xmlns:w='{_WORD}'>{document}</w:document>")
    return out.getvalue()


FORMS = {"xlsx": _xlsx, "csv": _csv, "docx": _docx}


def write(folder: Path, number: int, seed: int) -> tuple[Path, list[Plant], str]:
    """Write the file of a number, from its seed alone; return it with its plants and the kind of its table."""
    rng = random.Random(f"{seed}/{number}")
    unit = rng.randrange(len(UNITS))
    these = [plant(len(UNITS) * (3 * (number % _FILES) + n) + unit) for n in range(3)]
    kind, suffix = rng.choice(list(KINDS)), rng.choice(["xlsx", "xlsx", "csv", "docx"])
    rows = KINDS[kind](these, rng)
    sent = Sent(rows, len(rows[0]) == 1, {})
    for way in rng.choices(WAYS, k=rng.randint(1, 3)):
        sent = way(sent, rng)
    content = bytearray(FORMS[suffix](sent, rng))
    if rng.random() < 0.06:
        for _ in range(rng.randint(1, 3)):
            content[rng.randrange(len(content))] = rng.randrange(256)
    path = folder / f"{UNITS[unit]}{kind}{number:04}.{suffix}"
    path.write_bytes(content)
    return path, these, kind


# -- what stands in it


def lines(path: Path, these: list[Plant]) -> list[Line]:
    """Return the rows of a file that name one of its plants; none of a file that is damaged."""
    try:
        rows = list({"xlsx": _in_xlsx, "csv": _in_csv, "docx": _in_docx}[path.suffix[1:]](path))
    except (zipfile.BadZipFile, zlib.error, etree.XMLSyntaxError, LookupError, ValueError, OSError, RuntimeError):
        return []
    found = []
    for at, cells in rows:
        bare = [_BLANKS.sub("", c) for c in cells]
        named = [p for p in these if p.name in bare or p.code in bare or any(_option(p, n) in bare for n in range(1, 4))]
        named = named or these[:1] * any(duty in bare for duty in DUTIES)
        if len(named) == 1 and any(any(ch.isdigit() for ch in c) for c in bare if c not in named[0]):
            found.append(Line(at, named[0], cells))
    return found


def _in_xlsx(path: Path) -> Iterator[tuple[int, list[str]]]:
    with zipfile.ZipFile(path) as archive:
        sheet = etree.fromstring(archive.read("xl/worksheets/sheet1.xml"))
    for row in sheet.iter(f"{{{_MAIN}}}row"):
        yield int(row.get("r")), ["".join(c.itertext()) for c in row]


def _in_csv(path: Path) -> Iterator[tuple[int, list[str]]]:
    content = path.read_bytes()
    encodings = ["utf-16"] if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ["utf-8-sig", "gb18030"]
    text = ""
    for encoding in encodings:
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    for at, line in enumerate(re.split("\r\n|\r|\n", text), start=1):
        yield at, [cell.strip('"') for cell in re.split("[,\t;]", line)]


def _in_docx(path: Path) -> Iterator[tuple[int, list[str]]]:
    with zipfile.ZipFile(path) as archive:
        body = etree.fromstring(archive.read("word/document.xml"))[0]
    space = f"{{{_WORD}}}"
    above = len([p for p in body.findall(f"{space}p") if "".join(p.itertext()).strip()])
    for at, row in enumerate(body.iter(f"{space}tr"), start=above + 1):
        yield at, ["".join(c.itertext()) for c in row.iter(f"{space}tc")]
