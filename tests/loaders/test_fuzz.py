"""Whatever a workbook holds: never a traceback, and every filled cell is used, told as a problem, or shown as not used."""

from __future__ import annotations

import datetime as dt
import io
import tempfile
import unicodedata
import zipfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from cpaudit import loaders
from cpaudit.errors import CpauditError
from cpaudit.loaders.opening.grids import letters
from tests.support.examples import examples
from tests.support.workbooks import NAME_A, NAME_B, OPTIONS, PROGRESS, A, B, book, load, roster

OFTEN = examples(6, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
HEADINGS = [*OPTIONS, *PROGRESS, "节水(t/a)", "节水(kg)", "备注", "合计", "投资", "万元", "验收", "日期", "结果"]
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=12)
CELL = st.one_of(
    st.none(), TEXT, st.sampled_from([*HEADINGS, NAME_A, NAME_B, A, B, "约3", "—", "0", "2022-06-01", "3.5 t", "=1/0", "#N/A"]),
    st.integers(-(10**6), 10**6), st.floats(-1e12, 1e12), st.booleans(),
    st.datetimes(dt.datetime(1901, 1, 1), dt.datetime(2100, 1, 1)).map(lambda d: d.replace(microsecond=0)),
)  # fmt: skip
MERGES = st.lists(
    st.tuples(st.integers(1, 8), st.integers(0, 8), st.integers(0, 3), st.integers(0, 3)).map(
        lambda m: f"{letters(m[1])}{m[0]}:{letters(m[1] + m[3])}{m[0] + m[2]}"
    ),
    max_size=3,
)


def _apart(merges: list[str]) -> tuple[str, ...]:
    from openpyxl.worksheet.cell_range import CellRange

    kept: list[str] = []
    for span in merges:
        first, last = span.split(":")
        if first != last and all(CellRange(span).isdisjoint(CellRange(other)) for other in kept):
            kept.append(span)
    return tuple(kept)


@OFTEN
@given(rows=st.lists(st.lists(CELL, max_size=9), max_size=10), merges=MERGES)
def test_any_workbook_is_read_or_refused_in_a_sentence(rows: list[list[Any]], merges: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        book(Path(folder) / "石家庄市.xlsx", {"表": rows}, _apart(merges))
        found = load(Path(folder))
        _nothing_lost(found, Path(folder) / "石家庄市.xlsx")


@OFTEN
@given(
    order=st.permutations([*OPTIONS, "节水(t/a)", "COD", "备注"]),
    rows=st.lists(st.lists(CELL, min_size=10, max_size=11), min_size=1, max_size=6),
    named=st.lists(st.sampled_from([(NAME_A, A), (NAME_B, B), (NAME_B, None)]), min_size=6, max_size=6),
    above=st.lists(TEXT, max_size=3),
)
def test_every_amount_is_in_the_table_or_told(
    order: list[str], rows: list[list[Any]], named: list[tuple[str, str | None]], above: list[str]
) -> None:
    name, uscc = order.index("企业名称"), order.index("统一社会信用代码")
    for row, plant in zip(rows, named, strict=False):
        row[name], row[uscc] = plant
    with tempfile.TemporaryDirectory() as folder:
        path = book(Path(folder) / "石家庄市.xlsx", {"方案": [*([t] for t in above), list(order), *rows]})
        found = load(Path(folder))
        _nothing_lost(found, path)
        _amounts_kept(found)


def _nothing_lost(found: loaders.Loaded, path: Path) -> None:
    """Every filled cell stands in a row that is named; one in a data row also in a column that is."""
    import python_calamine

    rows, columns = found.understood(), found.columns()
    kinds = rows[rows["file"] == path.name].groupby("row")["kind"].agg(set).to_dict()
    known = set(columns[columns["file"] == path.name]["column"])
    sheet = python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
    for at, row in enumerate(sheet.to_python(skip_empty_area=False), start=1):
        for column, value in enumerate(row):
            if _visible(str(value)):
                assert at in kinds
                assert "data" not in kinds[at] or letters(column) in known


def _visible(text: str) -> bool:
    """Whether a reader sees anything in a cell: blanks, soft hyphens and other marks without a shape are nothing."""
    return any(unicodedata.category(letter) not in ("Cc", "Cf", "Zs", "Zl", "Zp") for letter in text)


def _amounts_kept(found: loaders.Loaded) -> None:
    problems = found.frames["problems"].query("file == '石家庄市.xlsx'")
    told = set(problems["cell"])
    left_out = set(found.understood().query("file == '石家庄市.xlsx' and left_out != ''")["row"].astype(str))
    options = found.frames["options"].set_index(found.frames["options"]["cell"].str.replace(r"\D", "", regex=True))
    columns = found.columns().query("file == '石家庄市.xlsx' and use == 'used'")
    fields = {c.column: c.field for c in columns.itertuples() if c.field in ("investment_wan_yuan", "water_t", "cod_t")}
    grid = next(r.grid for r in found.read if r.file == "石家庄市.xlsx")
    for row in found.understood().query("file == '石家庄市.xlsx' and kind == 'data'").itertuples():
        for column, name in fields.items():
            value = grid.rows[row.row - 1][next(n for n in range(20) if letters(n) == column)]
            if isinstance(value, float) and str(row.row) not in left_out and f"{column}{row.row}" not in told:
                kept = options.loc[[str(row.row)], name]
                assert kept.tolist() == [value]


@OFTEN
@given(data=st.data(), name=st.sampled_from(["上报/承德市.xls", "上报/定州市/进度.csv", "名单/附件2 重点行业企业名单.xls"]))
def test_flipped_bytes_are_read_or_refused(raw: Path, data: st.DataObject, name: str) -> None:
    content = bytearray((raw / name).read_bytes())
    _flip(content, data)
    _read_or_refuse(Path(name).name, bytes(content))


@OFTEN
@given(data=st.data())
def test_flipped_bytes_inside_a_workbook_are_read_or_refused(raw: Path, data: st.DataObject) -> None:
    with zipfile.ZipFile(raw / "上报/雄安新区.xlsx") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = data.draw(st.sampled_from(sorted(parts)))
    content = bytearray(parts[name])
    _flip(content, data)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for part, held in {**parts, name: bytes(content)}.items():
            archive.writestr(part, held)
    _read_or_refuse("雄安新区.xlsx", out.getvalue())


def _flip(content: bytearray, data: st.DataObject) -> None:
    byte = st.one_of(st.sampled_from(b'<>"&=\0\xff'), st.integers(0, 255))
    for at, value in data.draw(st.lists(st.tuples(st.integers(0, len(content) - 1), byte), min_size=1, max_size=8)):
        content[at] = value
    if data.draw(st.integers(0, 9)) == 0:
        del content[data.draw(st.integers(0, len(content) - 1)) :]


def _read_or_refuse(name: str, content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / name).write_bytes(content)
        roster(Path(folder))
        sentence = "。"
        try:
            found = loaders.read([Path(folder)], programme="hebei-2021-2", as_of=dt.date(2022, 11, 15))
            found.understood()
            found.columns()
        except CpauditError as error:
            sentence = str(error)
        assert sentence.endswith("。")
        assert "\n" not in sentence
