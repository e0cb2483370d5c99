"""What a number format shows beside the digits is read as it is shown: its unit, a currency, thousands left out; or refused."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlwt
from openpyxl.styles.numbers import BUILTIN_FORMATS

from cpaudit import loaders
from tests.support.workbooks import DONE, MEASURED, OPTIONS, PROGRESS, A, load, option, told

BARE, YUAN, WAN = "投资", "投资(元)", "投资(万元)"


def formatted(
    folder: Path, cells: list[tuple[Any, str]], heading: str = WAN, suffix: str = "xlsx", before: tuple[Any, ...] = ()
) -> loaders.Loaded:
    """Write options whose last column holds numbers in formats; return what is read."""
    rows = [[*OPTIONS[:-1], *(["投资(万元)"] if before else []), heading]]
    rows += [option(at, *before, number) for at, (number, _) in enumerate(cells, start=1)]
    path = folder / f"石家庄市.{suffix}"
    if suffix == "xls":
        old = xlwt.Workbook()
        sheet = old.add_sheet("方案")
        for at, row in enumerate(rows):
            for column, value in enumerate(row):
                form = cells[at - 1][1] if at and column == len(row) - 1 else "General"
                sheet.write(at, column, value, xlwt.easyxf(num_format_str=form))
        old.save(str(path))
    else:
        workbook = openpyxl.Workbook()
        for row in rows:
            workbook.active.append(row)
        for at, (_, form) in enumerate(cells, start=2):
            workbook.active.cell(at, len(rows[0])).number_format = form
        workbook.save(path)
    return load(folder)


def amounts(found: loaders.Loaded, column: str = "investment_wan_yuan") -> list[float]:
    return found.frames["options"][column].fillna(-1).tolist()


def of(found: loaders.Loaded, severity: str) -> list[tuple[str, str]]:
    problems = found.frames["problems"]
    return list(problems.loc[problems["severity"] == severity, ["code", "cell"]].itertuples(index=False, name=None))


#: Stored number, format, what is shown in 万元.
MONEY = [
    *((125000, '0.00"元"', 12.5), (125000, "0.00元", 12.5), (125, '0.0"千元"', 12.5), (12.5, '0.0"万元"', 12.5)),
    *((125000, '0!.0,"万元"', 12.5), (125000, '0\\.0,"万元"', 12.5), (125000, '0"."0,"万"', 12.5)),
    *((125000, '#,##0!.0000"万元"', 12.5), (12500000, '0!.000,,"亿元"', 125), (125000, '#,##0,"千元"', 12.5)),
    *((125000, '[>=10000]0!.0,"万元";0"元"', 12.5), (500, '[>=10000]0!.0,"万元";0"元"', 0.05)),
    *((125000, '"人民币"#,##0"元"', 12.5), (125000, 'G/通用格式"元"', 12.5), (125000, 'General"元"', 12.5)),
    *((12.5, '¥0.0"万"', 12.5), (12.5, '[Red]0.0" 万元"', 12.5), (12.5, '0.0"（万元）"', 12.5), (125000, "[$RMB] #,##0", 12.5)),
]  # fmt: skip


@pytest.mark.parametrize("suffix", ["xlsx", "xls"])
@pytest.mark.parametrize("heading", [BARE, WAN, YUAN])
def test_a_number_is_read_in_the_unit_that_its_format_shows(tmp_path: Path, suffix: str, heading: str) -> None:
    found = formatted(tmp_path, [(number, form) for number, form, _ in MONEY], heading, suffix)
    assert amounts(found) == [pytest.approx(meant, rel=1e-12) for *_, meant in MONEY]
    assert of(found, "error") == []


FOREIGN = [
    *("[$$]#,##0", "[$$-409]0.00", "[$€-2] 0", "[$¥-411]0", '0"美元"', '0"吨"', '0"%"', "0.0%", '0"家"', '"约"0', '0.0"*"'),
    *(";;;", '0"万"0000"元"', '0" kWh"'),
]


@pytest.mark.parametrize(("suffix", "heading"), [("xlsx", WAN), ("xls", YUAN)])
def test_a_unit_of_another_kind_or_none_is_an_error_at_its_cell(tmp_path: Path, suffix: str, heading: str) -> None:
    found = formatted(tmp_path, [(125, form) for form in FOREIGN], heading, suffix)
    assert [cell for _, cell in of(found, "error")] == [f"G{at}" for at in range(2, len(FOREIGN) + 2)]
    assert set(amounts(found)) == {-1}


TURNED = [(12.5, "-0.0"), (12.5, '"-"0.0'), (12.5, "(0.0)"), (12.5, "−0.0"), (12.5, "[Blue]-0.0;0.0"), (12.5, '-0.0"万元"')]
STRAIGHT = ["0.0_);(0.0)", "0.0_ ;[Red]-0.0 ", "0.0;[Red]0.0", "0.0;[红色]0.0", "+0.0;-0.0", "_-* 0.0_-;-* 0.0_-", "0.0;-0.0;;"]


@pytest.mark.parametrize("suffix", ["xlsx", "xls"])
def test_a_format_that_turns_a_numbers_sign_round_is_an_error_at_its_cell(tmp_path: Path, suffix: str) -> None:
    found = formatted(tmp_path, [*TURNED, *((12.5, form) for form in STRAIGHT)], suffix=suffix)
    assert [cell for _, cell in of(found, "error")] == [f"G{at}" for at in range(2, len(TURNED) + 2)]
    assert amounts(found) == [-1] * len(TURNED) + [12.5] * len(STRAIGHT)


@pytest.mark.parametrize("suffix", ["xlsx", "xls"])
def test_a_negative_number_shown_without_its_sign_is_no_positive_one(tmp_path: Path, suffix: str) -> None:
    forms = ["0.0;0.0", "General;General", "0.0;[Blue]0.0", *STRAIGHT]
    found = formatted(tmp_path, [(-12.5, form) for form in forms], "节电（万kWh/a）", suffix, before=(10,))
    assert of(found, "error") == [("number_text", f"H{at}") for at in (2, 3, 4)]
    assert amounts(found, "electricity_wan_kwh") == [-1] * 3 + [-12.5] * len(STRAIGHT)


SIGNS = ["¥#,##0", "￥#,##0.00", "[$￥-804]#,##0.00", "[$¥-804]0", '"¥"#,##0.00', '_ ¥* #,##0_ ;_ ¥* -#,##0_ ;_ ¥* "-"_ ;_ @_ ']


@pytest.mark.parametrize("suffix", ["xlsx", "xls"])
@pytest.mark.parametrize("heading", [YUAN, WAN, BARE])
def test_a_currency_sign_counts_where_the_column_is_in_yuan_and_else_is_asked(tmp_path: Path, heading: str, suffix: str) -> None:
    found = formatted(tmp_path, [(125000, form) for form in SIGNS] + [(0, SIGNS[-1])], heading, suffix)
    if heading == YUAN:
        assert (amounts(found), told(found)[1:]) == ([12.5] * len(SIGNS) + [0], [])
    else:
        assert amounts(found) == [-1] * len(SIGNS) + [0]
        assert of(found, "error") == [("units_differ", f"G{at}") for at in range(2, len(SIGNS) + 2)]


def test_a_currency_set_by_its_number_alone_is_the_same(tmp_path: Path) -> None:
    """Excel's formats 5 to 8, 42 and 44 need no text of their own in the file."""
    assert of(formatted(tmp_path, [(125, BUILTIN_FORMATS[44])]), "error") == [("units_differ", "G2")]


def test_a_format_against_the_heading_is_asked_once_for_its_column(tmp_path: Path) -> None:
    found = formatted(tmp_path, [(125000, '0"元"'), (3000, '0"元"'), (7, "0.0")])
    assert amounts(found) == [12.5, 0.3, 7]
    assert of(found, "warning") == [("unit_shown", "G2")]
    said = found.frames["problems"]["message"].iloc[0]
    assert "125000元" in said
    assert "万元" in said


def test_a_format_that_shows_the_same_amount_as_the_heading_says_nothing(tmp_path: Path) -> None:
    found = formatted(tmp_path, [(125000, '0!.0,"万元"'), (300000, '0!.0,"万元"')], YUAN)
    assert (amounts(found), of(found, "warning"), of(found, "error")) == ([12.5, 30], [], [])


@pytest.mark.parametrize(
    ("form", "heading"),
    [("#,##0,", "投资(千元)"), ("0!.0,", WAN), ("0!.0000", WAN), ("#,##0.0,", "投资(千元)"), ("0,", "投资(千元)")],
)
def test_thousands_left_out_are_read_as_they_are_shown(tmp_path: Path, form: str, heading: str) -> None:
    assert amounts(formatted(tmp_path, [(125000, form)], heading)) == [pytest.approx(12.5)]


BARE_FORMS = [
    *("0.00", "#,##0.00_ ;[Red]-#,##0.00", "0.00_);(0.00)", "General", "0.00E+00", "# ?/?", '_ * #,##0.00_ ;_ * "-"??_ ;_ @_ '),
    *("[Blue]0.0", "[DBNum1]0.0", '0.0;-0.0;"-"', "0.0 "),
]


def test_a_format_of_digits_alone_leaves_the_number_and_is_not_told(tmp_path: Path) -> None:
    found = formatted(tmp_path, [(number, form) for form in BARE_FORMS for number in (12.5, 0)])
    assert (amounts(found), told(found)) == ([12.5, 0] * len(BARE_FORMS), [])


@pytest.mark.parametrize(
    ("heading", "column", "number", "form", "meant"),
    [
        *(("节水(t/a)", "water_t", 3, '0"吨"', 3), ("节水(t/a)", "water_t", 3000, '0"kg"', 3)),
        ("节水(t)", "water_t", 3, '0"m³"', 3),
        *(("节电(万kWh)", "electricity_wan_kwh", 5000, '0"度"', 0.5), ("节电(kWh)", "electricity_wan_kwh", 2, '0"万kWh"', 2)),
        ("节煤(t)", "coal_t", 12000, '0!.0,"万吨"', 12000),
    ],
)
def test_amounts_of_things_are_read_in_the_unit_shown(
    tmp_path: Path, heading: str, column: str, number: float, form: str, meant: float
) -> None:
    found = formatted(tmp_path, [(number, form)], heading, before=(10,))
    assert (amounts(found, column), of(found, "error")) == ([meant], [])


@pytest.mark.parametrize(("number", "form"), [(85, '0"%"'), (0.85, "0%"), (850, '0"‰"'), (85, "0\\%"), (85, '0.0"％"')])
def test_a_share_is_the_same_whatever_its_format_shows(tmp_path: Path, number: float, form: str) -> None:
    workbook = openpyxl.Workbook()
    workbook.active.append(MEASURED)
    workbook.active.append([DONE[0], A, "demo_cement", "1号线", "循环水利用率", "%", number, 86])
    workbook.active.cell(2, 7).number_format = form
    workbook.save(tmp_path / "石家庄市.xlsx")
    assert load(tmp_path).frames["measurements"]["value"].tolist() == [85, 86]


@pytest.mark.parametrize("form", ["0000!-00!-00", '0000"年"00"月"00"日"', "0000\\.00\\.00", '0"号"', "0000-00-00"])
def test_a_day_written_as_one_number_stays_that_day(tmp_path: Path, form: str) -> None:
    workbook = openpyxl.Workbook()
    workbook.active.append(PROGRESS)
    workbook.active.append([*DONE[:2], 20211225, *DONE[3:]])
    workbook.active.cell(2, 3).number_format = form
    workbook.save(tmp_path / "石家庄市.xlsx")
    assert load(tmp_path).frames["events"]["date"].dt.date.tolist() == [dt.date(2021, 12, 25)]


# -- days, and what is seen of a number


def accepted(folder: Path, day: dt.date, form: str) -> tuple[list[dt.date], list[tuple[str, str]]]:
    """Write the day of an acceptance in a format; return the days read, and what is said."""
    workbook = openpyxl.Workbook()
    workbook.active.append(PROGRESS)
    workbook.active.append([*DONE[:5], day, DONE[6]])
    workbook.active["F2"].number_format = form
    workbook.save(folder / "石家庄市.xlsx")
    found = load(folder)
    events = found.frames["events"]
    days = events.loc[(events["milestone"] == "accepted") & events["date"].notna(), "date"]
    return [day.date() for day in days], [kind for kind in told(found) if kind[1] == "F2" and kind[0].startswith("date_")]


@pytest.mark.parametrize(
    ("form", "code"),
    [
        *((form, "date_month_only") for form in ("mmm-yy", "yyyy-mm", 'yyyy"年"m"月"', "yyyy/m;@", '[$-804]yyyy"年"m"月";@')),
        *(
            (form, "date_invalid")
            for form in ('"预计"yyyy-mm-dd', 'yyyy-mm-dd"（计划）"', '"未定"', 'yyyy"年"', 'yyyy-mm-dd"？"')
        ),
    ],
)
def test_a_format_that_shows_no_day_or_a_word_beside_it_is_an_error_at_its_cell(tmp_path: Path, form: str, code: str) -> None:
    """Who types 2022-10 gets the first of October, shown as a month."""
    assert accepted(tmp_path, dt.date(2022, 10, 1), form) == ([], [(code, "F2")])


@pytest.mark.parametrize(
    "form", ["yyyy-mm-dd", 'm"月"d"日"', "[$-F800]dddd, mmmm dd, yyyy", 'yyyy"年"m"月"d"日"h"时"', "d-mmm-yy", "[Blue]yyyy.m.d"]
)
def test_a_format_that_shows_the_day_in_other_words_leaves_it(tmp_path: Path, form: str) -> None:
    assert accepted(tmp_path, dt.date(2022, 10, 1), form) == ([dt.date(2022, 10, 1)], [])


def test_a_day_that_was_typed_stays_though_its_month_alone_is_shown(tmp_path: Path) -> None:
    assert accepted(tmp_path, dt.date(2022, 10, 17), "yyyy-mm") == ([dt.date(2022, 10, 17)], [])


@pytest.mark.parametrize("suffix", ["xlsx", "xls"])
def test_a_number_in_its_formats_own_white_is_not_read_and_said(tmp_path: Path, suffix: str) -> None:
    forms = ["[White]0.0", "[白色]0.0", "[Color2]0.0", "[White]General", "[White]0.0;0.0"]
    found = formatted(tmp_path, [(12.5, form) for form in forms], suffix=suffix)
    assert amounts(found) == [-1] * 5
    assert len(told(found)) == 5


@pytest.mark.parametrize("suffix", ["xlsx", "xls"])
def test_zero_shown_as_another_word_is_no_zero(tmp_path: Path, suffix: str) -> None:
    words, blanks = ["未填", "不适用", "待定", "见附件", "保密"], ["-", "", "无", "—", "零"]
    found = formatted(tmp_path, [(0, f'0.0;-0.0;"{word}"') for word in (*words, *blanks)], suffix=suffix)
    assert amounts(found) == [-1] * 5 + [0] * 5
    assert of(found, "error") == [("number_text", f"G{at}") for at in range(2, 7)]
