"""How papers look where no template says otherwise, by GB/T 9704: every style that they are written in."""

from __future__ import annotations

from cpaudit.render.stationery.package import W
from cpaudit.views import theme

#: Fonts by name, none is shipped; ``OTHERS`` says what a machine without them should take instead.
BODY, HEAD, SECOND, TITLE, LATIN = "仿宋", "黑体", "楷体", "方正小标宋简体", "Times New Roman"
OTHERS = {BODY: "FangSong,仿宋_GB2312", HEAD: "SimHei", SECOND: "KaiTi,楷体_GB2312", TITLE: "宋体,SimSun"}
RED = theme.PRINTED_RED[1:].upper()
_HEAD_RED = theme.HEAD_RED[1:].upper()
#: Points: 二号, 三号, 小四, 五号.
_TITLE, _TEXT, _CAPTION, SMALL = 22, 16, 12, 10.5
#: Points of the text of a table, from the usual to the smallest that can be read, and what a style of that size is called.
SIZES = {10.5: "", 9.0: " 小五", 8.0: " 8磅", 7.5: " 六号"}
#: The four places of text in a table.
CELLS = {"left": "表格文字", "right": "表格数字", "center": "表格居中", "head": "表头"}


def _style(id: str, name: str, form: str, font: str = "", size: float = 0, look: str = "", *, own: bool = False) -> str:
    """Return a paragraph style: ``form`` are properties of the paragraph, ``look`` of its text; else it is as Normal is.

    ``own``: no program has it built in.
    """
    latin = font if font == HEAD else LATIN
    fonts = f'<w:rFonts w:ascii="{latin}" w:hAnsi="{latin}" w:eastAsia="{font}" w:cs="{latin}"/>' if font else ""
    sizes = f'<w:sz w:val="{round(2 * size)}"/><w:szCs w:val="{round(2 * size)}"/>' if size else ""
    based = '<w:basedOn w:val="Normal"/>' if id != "Normal" else ""
    kind = ' w:default="1"' if id == "Normal" else ' w:customStyle="1"' if own else ""
    return (
        f'<w:style w:type="paragraph"{kind} w:styleId="{id}"><w:name w:val="{name}"/>{based}<w:qFormat/>'
        f"<w:pPr>{form}</w:pPr><w:rPr>{fonts}{look}{sizes}</w:rPr></w:style>"
    )


def _form(
    line: float,
    place: str = "left",
    *,
    before: float = 0,
    after: float = 0,
    indent: bool = False,
    hanging: bool = False,
    right: int = 0,
    kept: bool = False,
    level: int = 0,
) -> str:
    """Return properties of a paragraph in their order: exact lines of so many points, indented by two characters."""
    chars = f'<w:ind w:firstLineChars="{200 if indent else 0}" w:firstLine="{2 * _TEXT * 20 if indent else 0}"'
    if hanging:  # behind 附件：, two characters from the margin
        chars = f'<w:ind w:leftChars="500" w:left="{5 * _TEXT * 20}" w:hangingChars="300" w:hanging="{3 * _TEXT * 20}"'
    chars += f' w:rightChars="{right * 100}" w:right="{right * _TEXT * 20}"/>' if right else "/>"
    lines = f'w:line="{round(20 * line)}" w:lineRule="exact"' if line else 'w:line="240" w:lineRule="auto"'
    return (
        f'{"<w:keepNext/>" if kept else ""}<w:autoSpaceDE w:val="0"/><w:autoSpaceDN w:val="0"/>'
        f'<w:spacing w:before="{round(20 * before)}" w:after="{round(20 * after)}" {lines}/>{chars}<w:jc w:val="{place}"/>'
        + (f'<w:outlineLvl w:val="{level - 1}"/>' if level else "")
    )


def styles(line: float) -> str:
    """Return the part of styles; ``line``: the points of a line of the text, 28 as the standard has it."""
    red, head_red = f'<w:color w:val="{RED}"/>', f'<w:color w:val="{_HEAD_RED}"/>'
    rule = f'<w:pBdr><w:top w:val="single" w:sz="18" w:space="1" w:color="{_HEAD_RED}"/></w:pBdr>'
    made = [
        _style("Normal", "Normal", _form(line, "left"), BODY, _TEXT),
        _style("Body", "公文正文", _form(line, "both", indent=True), own=True),
        _style("Title", "Title", _form(line * 9 / 7, "center", after=8, level=0), TITLE, _TITLE),
        _style("Subtitle", "Subtitle", _form(line, "center")),
        _style("Heading1", "heading 1", _form(line, "left", before=8, indent=True, kept=True, level=1), HEAD),
        _style("Heading2", "heading 2", _form(line, "left", before=4, indent=True, kept=True, level=2), SECOND),
        _style("Heading3", "heading 3", _form(line, "left", indent=True, kept=True, level=3), look="<w:b/>"),
        _style("Caption", "caption", _form(18, "center", before=8, after=4, kept=True), HEAD, _CAPTION),
        _style("Note", "注释", _form(16, before=3, after=10), size=SMALL, own=True),
        _style("Remark", "提示", _form(16, before=4, after=4), size=SMALL, own=True),
        _style("Warning", "警示", _form(16, before=4, after=4), size=SMALL, look=red, own=True),
        _style("Source", "数据来源", _form(16, "center", before=6, after=10), size=SMALL, own=True),
        _style("Mark", "示范标记", _form(16, "right"), size=SMALL, look=red, own=True),
        _style("Between", "表间", _form(6), size=SMALL, own=True),
        _style("Picture", "图", _form(0, "center", kept=True), own=True),
        _style("PageNumber", "页码", _form(line, "center"), size=14, own=True),
        _style("IssuerMark", "发文机关标志", _form(50, "center", before=60, after=28), TITLE, 36, head_red, own=True),
        _style("IssueNumber", "发文字号", _form(line, "center", after=8), own=True),
        _style("RedLine", "版头线", rule + _form(line, after=line), own=True),
        _style("Recipient", "主送机关", _form(line, before=line), own=True),
        _style("Enclosure", "附件说明", _form(line, hanging=True), own=True),
        _style("Signer", "发文机关署名", _form(line, "right", right=4, kept=True), own=True),
        _style("Dated", "成文日期", _form(line, "right", right=4), own=True),
        _style("Copies", "抄送机关", _form(line - 4, before=4), size=14, own=True),
    ]
    for size, called in SIZES.items():
        for place, name in CELLS.items():
            id, head = f"Cell{place.title()}{'' if size == SMALL else round(10 * size)}", place == "head"
            form = _form(size * 1.35, "center" if head else place)
            made.append(_style(id, f"{name}{called}", form, HEAD if head else "", size, own=True))
    made += [_table_style()]
    # Numbers and Latin words follow English rules of breaking: Chinese ones would break inside a number.
    usual = (
        f'<w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii="{LATIN}" w:hAnsi="{LATIN}" w:eastAsia="{BODY}" w:cs="{LATIN}"/>'
        '<w:sz w:val="21"/><w:szCs w:val="21"/><w:lang w:val="en-US" w:eastAsia="zh-CN" w:bidi="ar-SA"/></w:rPr></w:rPrDefault>'
        "<w:pPrDefault/></w:docDefaults>"
    )
    return f'<w:styles xmlns:w="{W}">{usual}{"".join(made)}</w:styles>'


def _table_style() -> str:
    """Return the styles of tables: all lines drawn, the first row grey where a table has a head."""
    sides = ("top", "left", "bottom", "right", "insideH", "insideV")
    borders = "".join(f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="auto"/>' for side in sides)
    margins = "".join(f'<w:{side} w:w="60" w:type="dxa"/>' for side in ("left", "right"))
    inside, grey = f"<w:tblCellMar>{margins}</w:tblCellMar>", theme.PRINTED_HEAD[1:].upper()
    return (
        '<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/><w:tblPr>'
        f'<w:tblInd w:w="0" w:type="dxa"/>{inside}</w:tblPr></w:style>'
        '<w:style w:type="table" w:customStyle="1" w:styleId="Grid"><w:name w:val="公文表格"/><w:basedOn w:val="TableNormal"/>'
        f'<w:tblPr><w:jc w:val="center"/><w:tblBorders>{borders}</w:tblBorders>{inside}</w:tblPr><w:tcPr>'
        f'<w:vAlign w:val="center"/></w:tcPr><w:tblStylePr w:type="firstRow"><w:tcPr><w:shd w:val="clear" w:color="auto" '
        f'w:fill="{grey}"/></w:tcPr>'
        "</w:tblStylePr></w:style>"
    )
