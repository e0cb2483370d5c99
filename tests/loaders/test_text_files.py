"""CSV as people and programs write it: a quote or a separator astray costs its own row, says so there, and no other row."""

from __future__ import annotations

from pathlib import Path

import pytest

from cpaudit.loaders import Loaded
from tests.support.builders import credit_code
from tests.support.workbooks import NAME_B, OPTIONS, PROGRESS, ROSTER, B, book, load, loaders_read, told, told_in

FIRMS = [f"示例{sign}化工有限公司" for sign in "甲乙丙丁戊己"]
CODES = [credit_code(n) for n in range(1, 7)]
HEADER = ",".join([*PROGRESS, "证明材料"])


def line(n: int, *, name: str | None = None, proof: str = "") -> str:
    """The row of the n-th plant, told of its notification; 8 cells."""
    return f"{name or FIRMS[n]},{CODES[n]},2021-12-25,,,,正常推进,{proof}"


def send(folder: Path, text: str | bytes, name: str = "石家庄市.csv") -> Loaded:
    """Read a text file beside a roster of six plants."""
    listed = [[n + 1, "石家庄市", "长安区", firm, code, "化工"] for n, (firm, code) in enumerate(zip(FIRMS, CODES, strict=True))]
    book(folder / "名单.xlsx", {"名单": [["强制类企业名单"], ROSTER, *listed]})
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return loaders_read(folder)


def notified(found: Loaded) -> list[int]:
    """Return which of the six plants were told, in the order read."""
    return [CODES.index(plant) for plant in found.frames["events"]["plant_id"]]


def table(*rows: str, end: str = "\n") -> str:
    return end.join([HEADER, *rows]) + end


ASTRAY = {
    "an open quote in the last cell": line(1, proof='"材料'),
    "an open quote in the first cell": '"' + line(1),
    "an open quote in a middle cell": line(1).replace("2021-12-25", '"2021-12-25'),
    "a quote at the start, text behind its fellow": line(1, name='"示例乙"化工有限公司'),
    "a cell quoted, then more text": line(1, proof='"材料"2份'),
    "two open quotes in one row": line(1, name='"示例乙化工有限公司', proof='"材料'),
    "an open quote behind doubled ones": line(1, proof='"材料""一""'),
}


@pytest.mark.parametrize("row", ASTRAY.values(), ids=ASTRAY)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_quote_astray_costs_its_own_row_and_no_other(tmp_path: Path, row: str, end: str) -> None:
    found = send(tmp_path, table(line(0), row, line(2), line(3), end=end))
    assert notified(found) == [0, 2, 3]
    assert told(found) == [("row_quote", "A3")]
    assert "第 3 行" in found.frames["problems"]["message"][0]


def test_a_quote_that_closes_rows_below_swallows_none_of_them(tmp_path: Path) -> None:
    opened, closed = line(1, proof='"材料'), line(3, proof='材料"')
    found = send(tmp_path, table(line(0), opened, line(2), closed, line(4)))
    assert notified(found) == [0, 2, 3, 4]
    assert told(found) == [("row_quote", "A3")]


def test_an_open_quote_in_the_last_row_and_one_in_each_row(tmp_path: Path) -> None:
    assert notified(send(tmp_path, table(line(0), line(1), line(2, proof='"材料')))) == [0, 1]
    found = send(tmp_path, table(*(line(n, proof='"材料') for n in range(6))))
    assert notified(found) == []
    assert [cell for code, cell in told(found) if code == "row_quote"] == ["A2", "A3", "A4", "A5", "A6", "A7"]


def test_a_quote_astray_far_from_any_other_costs_one_row_of_thousands(tmp_path: Path) -> None:
    many = [line(2)] * 3000
    found = send(tmp_path, table(line(0), line(1, proof='"材料'), *many, line(3)))
    assert set(notified(found)) == {0, 2, 3}
    assert [cell for code, cell in told(found) if code == "row_quote"] == ["A3"]


@pytest.mark.parametrize(
    "proof",
    ['"一份\n二份"', '"一份\r\n\r\n三份"', '"一份，""二份"""', '"a,b,c"', '"他说:""好""\n,,,"', 'DN50 2"管', '""'],
)
def test_what_is_rightly_quoted_stays_right(tmp_path: Path, proof: str) -> None:
    found = send(tmp_path, table(line(0), line(1, proof=proof), line(2)))
    assert notified(found) == [0, 1, 2]
    assert told(found) == []


def test_headings_over_two_lines_and_a_note_in_each_row_are_read(tmp_path: Path) -> None:
    head = HEADER.replace("证明材料", '"证明\n材料"')
    rows = [line(n, proof='"材料\n一份"') for n in range(3)]
    found = send(tmp_path, "\n".join([head, *rows]))
    assert (notified(found), told(found)) == ([0, 1, 2], [])


LONG = {
    "a comma in the name": (line(1, name="示例乙,化工有限公司"), 9),
    "a separator too many in the middle": (line(1).replace("2021-12-25,", "2021-12-25,,"), 9),
    "a comma in the last cell": (line(1, proof="材料,二份"), 9),
    "two separators too many": (line(1).replace("2021-12-25", ",,2021-12-25"), 10),
    "a thousands' separator": (line(1).replace("2021-12-25", "1,234"), 9),
    "one too few": (line(1).replace("2021-12-25,,", "2021-12-25,"), 7),
    "cut off": (f"{FIRMS[1]},{CODES[1]},2021-12-25", 3),
    "two cells quoted as one": (line(1).replace(f"{FIRMS[1]},{CODES[1]}", f'"{FIRMS[1]},{CODES[1]}"'), 7),
}


@pytest.mark.parametrize(("row", "length"), LONG.values(), ids=LONG)
def test_a_row_of_another_length_is_refused_whole_and_says_both_lengths(tmp_path: Path, row: str, length: int) -> None:
    found = send(tmp_path, table(line(0), row, line(2)))
    assert notified(found) == [0, 2]
    assert told(found) == [("row_length", "A3")]
    assert f"本行 {length} 格，表头 8 格" in found.frames["problems"]["message"][0]


def test_blank_cells_behind_the_last_heading_do_no_harm(tmp_path: Path) -> None:
    assert told(send(tmp_path, table(line(0) + ",,", line(1), line(2)))) == []
    everywhere = send(tmp_path, table(*(line(n) + "," for n in range(4))))
    assert (notified(everywhere), told(everywhere)) == ([0, 1, 2, 3], [])
    titled = send(tmp_path, "石家庄市进度表\n\n" + table(line(0), line(1)))
    assert (notified(titled), told(titled)) == ([0, 1], [])


AMOUNTS = "企业名称,统一社会信用代码,方案编号,方案名称,方案类型,实施情况,投资（万元）,节水（t）,节电（万kWh）"


def spent(n: int, amounts: str) -> str:
    """The row of an option with its three amounts."""
    return f"{FIRMS[n]},{CODES[n]},ZG{n},方案{n},中/高费,已实施,{amounts}"


CUT = {
    "the row alone ends in a separator": ("", ["5,6,7", "1,234,,", "5,6,"]),
    "the heading alone ends in one": (",", ["5,6,7", "1,234,,", "5,6,"]),
    "the heading and every row end in one": (",", ["5,6,7,", "1,234,,,", "5,6,,"]),
    "every row ends in one, the heading doesn't": ("", ["5,6,7,", "1,234,,,", "5,6,,"]),
    "no row ends in one, nor does the heading": ("", ["5,6,7", "1,234,6,", "5,6,"]),
    "every row has its thousands parted": ("", ["2,345,,", "1,234,,", "5,678.5,,"]),
    "in the last but one": ("", ["5,6,7", "6,1,234,", "5,6,"]),
    "with its unit": ("", ["5,6,7", "1,234万元,,", "5,6,"]),
}


@pytest.mark.parametrize(("end", "amounts"), CUT.values(), ids=CUT)
def test_thousands_parted_by_a_bare_comma_never_move_a_row(tmp_path: Path, end: str, amounts: list[str]) -> None:
    found = send(tmp_path, "\n".join([AMOUNTS + end, *(spent(n, amount) for n, amount in enumerate(amounts))]))
    assert "A3" in [cell for code, cell in told(found) if code in ("row_length", "row_thousands")]
    assert not {1, 234} & {*found.frames["options"]["investment_wan_yuan"], *found.frames["options"]["water_t"]}


@pytest.mark.parametrize("end", ["", ","])
def test_two_numbers_side_by_side_are_two_where_every_row_is_as_long(tmp_path: Path, end: str) -> None:
    found = send(tmp_path, "\n".join([AMOUNTS + end, *(spent(n, f"{n + 1},234,567{end}") for n in range(3))]))
    if end:  # nothing tells 1,234 | 567 | blank from 1 | 234 | 567
        assert [code for code, _ in told(found)] == ["row_thousands"] * 3
    else:
        assert found.frames["options"]["water_t"].tolist() == [234] * 3
    beside = send(tmp_path, "\n".join([AMOUNTS + end, *(spent(n, f"{n + 1},{n}234,567{end}") for n in range(3))]))
    assert beside.frames["options"]["water_t"].tolist() == [234, 1234, 2234]
    quoted = send(tmp_path, "\n".join([AMOUNTS + end, *(spent(n, f'"1,234",2{n},567{end}') for n in range(3))]))
    assert quoted.frames["options"]["investment_wan_yuan"].tolist() == [1234] * 3


@pytest.mark.parametrize("separator", [",", "\t", ";", "，"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
def test_encodings_and_separators_as_they_come(tmp_path: Path, separator: str, encoding: str) -> None:
    text = table(line(0), line(1, proof='"材料'), line(2)).replace(",", separator)
    found = send(tmp_path, text.encode(encoding))
    assert (notified(found), told(found)) == ([0, 2], [("row_quote", "A3")])


def test_the_separator_that_excel_names_is_no_row_of_the_table(tmp_path: Path) -> None:
    found = send(tmp_path, "sep=;\n" + table(line(0), line(1)).replace(",", ";"))
    assert (notified(found), told(found)) == ([0, 1], [])


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_damaged_sign_costs_its_row(tmp_path: Path, encoding: str) -> None:
    good, bad = line(0).encode(encoding), line(1).encode(encoding)
    text = b"\n".join([HEADER.encode(encoding), good, bad[:7] + b"\xff\xff" + bad[7:], line(2).encode(encoding), b""])
    found = send(tmp_path, text)
    assert notified(found) == [0, 2]
    assert told(found) == [("row_garbled", "A3")]


def test_every_row_of_a_text_file_is_counted(tmp_path: Path) -> None:
    found = send(tmp_path, table(line(0), line(1, proof='"材料'), line(2) + ",多", line(3)))
    source = found.frames["sources"].set_index("path").loc["石家庄市.csv"]
    assert source["rows_rejected"] == 2


H7 = [*OPTIONS, "节电(万kWh/a)", "备注"]
GROUPED = {
    "all of them, the header with a delimiter more": ("", [], 3, ""),
    "behind rows with a delimiter more": (None, ["", "", ""], 3, ""),
    "behind rows and a header with one": ("", ["", ""], 2, ""),
    "behind rows without, the header with one": ("", [None, None], 2, ""),
    "behind rows without": (None, [None, None], 2, ""),
    "with notes in all rows": (None, ["", "", ""], 2, "好"),
}


@pytest.mark.parametrize(("head", "before", "many", "note"), GROUPED.values(), ids=GROUPED)
def test_a_group_with_thousands_without_quotes_is_never_read_shifted(
    tmp_path: Path, head: str | None, before: list[str | None], many: int, note: str
) -> None:
    """One number or two: where a delimiter more at the end lets both readings fit, the row says so and gives nothing."""
    rows = [[*H7, *([] if head is None else [head])]]
    for at, end in enumerate(before, start=1):
        rows.append([NAME_B, B, f"ZG{at}", f"方案{at}", "中/高费", "已实施", "12", "5", note, *([] if end is None else [end])])
    for at in range(len(before), len(before) + many):
        rows.append([NAME_B, B, f"ZG{at + 1}", f"方案{at + 1}", "中/高费", "已实施", "1,234", "5", note])
    (tmp_path / "石家庄市.csv").write_text("\n".join(",".join(row) for row in rows), encoding="utf-8")
    frames = load(tmp_path).frames
    assert frames["options"]["investment_wan_yuan"].tolist() == [12.0] * len(before)
    refused = [cell for code, cell in told_in(frames) if code in ("row_length", "row_thousands")]
    assert refused == [f"A{at}" for at in range(len(before) + 2, len(before) + many + 2)]


@pytest.mark.parametrize("end", [",", ""])
def test_two_short_numbers_side_by_side_are_two_where_nothing_else_fits(tmp_path: Path, end: str) -> None:
    about = [NAME_B, B, "ZG1", "方案1", "中/高费", "已实施"], [NAME_B, B, "ZG2", "方案2", "中/高费", "已实施"]
    rows = [[*about[0], "12", "5", "好"], [*about[1], "1", "234", "好"]]
    said = [",".join(H7), *(",".join(row) + end for row in rows)]
    (tmp_path / "石家庄市.csv").write_text("\n".join(said), encoding="utf-8")
    assert load(tmp_path).frames["options"]["investment_wan_yuan"].tolist() == [12.0, 1.0]
