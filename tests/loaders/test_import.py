"""Import of indicator systems: what a printed table says is read rightly or named as doubtful, and nothing is lost."""

from __future__ import annotations

import re
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from cpaudit.cli import run
from cpaudit.errors import ReadError
from cpaudit.indicators import IndicatorSystem, systems
from cpaudit.loaders import announcements
from cpaudit.loaders.announcements import DOUBT, amounts
from cpaudit.loaders.announcements.words import narrow, words
from cpaudit.reference import read_definition
from cpaudit.vocabulary import CATEGORIES
from tests.support.printed import HEADER, LEFT, UP, docx, filled, pdf

TITLE = "示范行业清洁生产评价指标体系"
TABLE = [
    HEADER,
    ["生产工艺及装备指标", "0.4", "窑型规模*", "t/d", "0.6", "≥4,000", "≥2500", "≥2000"],
    [UP, UP, "余热利用", "", "0.4", "纯低温发电", LEFT, "有余热利用"],
    ["资源能源消耗指标", "0.6", "综合能耗", "kgce/t", "0.5", "≤１０１", "≤108", "≤１１６．５"],
    HEADER,
    ["", "", "煤调湿", "%", "0.2", ">60", ">40", "--"],
    ["", "", "产业政策符合性", "", "0.3", "符合国家和地方产业政策", LEFT, LEFT],
]
NOTES = ["注：带*的指标为限定性指标。"]


def one(path: Path) -> dict[str, Any]:
    """The draft of a file with one table, as YAML reads it."""
    drafts, _ = announcements.drafts(path, "made")
    assert len(drafts) == 1
    return dict(yaml.safe_load(announcements.text(drafts[0])))


def indicators(system: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {i["name"]: i for g in system["groups"] for i in g["indicators"]}


def single(tmp_path: Path, *cells: str, unit: str = "", name: str = "甲", group: str = "产品特征指标", below: str = "") -> Any:
    """One indicator with these three level cells, imported from the template."""
    head = [TITLE, "示范2020年第1号", "示范工序"]
    path = filled(tmp_path / "single.xlsx", head, [[group, "1", name, unit, "1", *cells]], below=below)
    return next(iter(indicators(one(path)).values()))


# -- the three kinds of file


def checked(system: dict[str, Any]) -> None:
    """What TABLE says, whatever the kind of file."""
    assert (system["title"], system["process"], system["status"]) == (TITLE, "示范甲工序", "draft")
    assert [(g["name"], g["category"], g["weight"]) for g in system["groups"]] == [
        ("生产工艺及装备指标", "equipment", 0.4),
        ("资源能源消耗指标", "resource_energy", 0.6),
    ]
    found = indicators(system)
    assert list(found) == ["窑型规模", "余热利用", "综合能耗", "煤调湿", "产业政策符合性"]
    assert [i["id"] for i in found.values()] == ["g1_i1", "g1_i2", "g2_i1", "g2_i2", "g2_i3"]
    assert [i["weight"] for i in found.values()] == [0.6, 0.4, 0.5, 0.2, 0.3]
    assert [n for n, i in found.items() if i.get("limiting")] == ["窑型规模"]
    kiln, heat, energy, coal, policy = found.values()
    assert (kiln["comparator"], kiln["baselines"]) == (">=", {"I": 4000, "II": 2500, "III": 2000})
    assert (energy["comparator"], energy["baselines"]) == ("<=", {"I": 101, "II": 108, "III": 116.5})
    assert (coal["comparator"], coal["baselines"], coal["blank"]) == (">", {"I": 60, "II": 40}, "not_scorable")
    assert heat["answer"] == "level"
    assert heat["texts"] == {"I": "纯低温发电", "II": "纯低温发电", "III": "有余热利用"}
    assert policy["answer"] == "yes_no"
    assert set(policy["texts"].values()) == {"符合国家和地方产业政策"}
    assert [n for n, i in found.items() if DOUBT in i.get("note", "")] == ["煤调湿"]


def test_a_word_file_with_merged_cells_and_a_repeated_header(tmp_path: Path) -> None:
    path = docx(
        tmp_path / "公告.docx", TITLE, "示范部公告2020年第1号", "表1 示范甲工序清洁生产评价指标项目、权重及基准值", TABLE, *NOTES
    )
    system = one(path)
    checked(system)
    assert system["document"]["number"] == "2020年第1号"
    assert system["weights"] == "share_of_group"
    assert indicators(system)["煤调湿"]["source"] == "第1个表 第6行"


def test_a_pdf_with_text_whose_table_goes_on_over_the_page(tmp_path: Path) -> None:
    caption = "表1 示范甲工序清洁生产评价指标项目、权重及基准值"
    path = pdf(tmp_path / "公告.pdf", [TITLE, caption, TABLE[:4]], ["续表1", TABLE[4:], *NOTES])
    system = one(path)
    checked(system)
    assert indicators(system)["煤调湿"]["source"] == "第2页第1个表 第2行"


def test_a_filled_template(tmp_path: Path) -> None:
    rows = [["" if c in (UP, LEFT) else c for c in row] for row in TABLE[1:] if row is not HEADER]
    rows[1][6], rows[4][6], rows[4][7] = rows[1][5], rows[4][5], rows[4][5]
    system = one(filled(tmp_path / "模板.xlsx", [TITLE, "示范2020年第1号", "示范甲工序"], rows))
    checked(system)
    assert system["document"]["number"] == "示范2020年第1号"


def test_each_process_with_its_own_table_becomes_a_system(tmp_path: Path) -> None:
    second = [HEADER, ["清洁生产管理指标", "1", "管理制度", "", "1", "有", LEFT, LEFT]]
    other = [["级别", "综合评价指数"], ["Ⅰ级", "≥85"]]
    path = docx(tmp_path / "a.docx", TITLE, "表1 甲清洁生产评价指标", TABLE, "表2 乙清洁生产评价指标", second, "表3 级别", other)
    drafts, unread = announcements.drafts(path, "made")
    assert [(d.id, d.fields["process"], len(d.review)) for d in drafts] == [("made_1", "甲", 5), ("made_2", "乙", 1)]
    assert unread == ["第3个表（表3 级别）"]


def test_the_same_file_gives_the_same_draft_again(tmp_path: Path) -> None:
    path = docx(tmp_path / "a.docx", TITLE, "表1 甲", TABLE)
    assert announcements.text(announcements.drafts(path)[0][0]) == announcements.text(announcements.drafts(path)[0][0])


def test_a_header_of_two_rows_and_headings_in_any_spelling(tmp_path: Path) -> None:
    table = [
        ["序号", "一级指标", LEFT, "二级指标", LEFT, LEFT, "基准值", LEFT, LEFT],
        [UP, "名称", "权重", "名称", "单位", "权重", "I级", "ＩＩ 级", "Ⅲ级（国内一般）"],
        ["1", "产品特征指标", "100", "合格率（%）", "%", "100", "≥99", "≥98", "≥97"],
    ]
    system = one(docx(tmp_path / "a.docx", TITLE, table))
    group = system["groups"][0]
    assert (group["name"], group["weight"], group["indicators"][0]["weight"]) == ("产品特征指标", 1, 1)
    assert indicators(system)["合格率（%）"]["baselines"] == {"I": 99, "II": 98, "III": 97}


def test_a_table_without_weights_and_with_groups_in_rows_of_their_own(tmp_path: Path) -> None:
    table = [
        ["清洁生产指标", "一级", "二级", "三级"],
        ["一、污染物产生指标", LEFT, LEFT, LEFT],
        ["废水量", "≤1", "≤2", "≤3"],
        ["二、环境管理要求", LEFT, LEFT, LEFT],
        ["环境审核", "按要求审核", LEFT, LEFT],
    ]
    system = one(docx(tmp_path / "a.docx", "清洁生产标准 示范业", table))
    assert system["weights"] == "none"
    assert [(g["name"], g["category"]) for g in system["groups"]] == [
        ("污染物产生指标", "pollutant"),
        ("环境管理要求", "management"),
    ]


# -- what a cell says


@pytest.mark.parametrize(
    ("cells", "unit", "comparator", "values"),
    [
        (["不大于0.35", "不高于 0．5", "不超过0.8"], "t", "<=", [0.35, 0.5, 0.8]),
        (["不低于95%", "不小于９０％", "85%及以上"], "%", ">=", [95, 90, 85]),
        (["小于3", "低于4", "<5"], "次", "<", [3, 4, 5]),
        (["＞7 000", "＞6000", "＞5000"], "h", ">", [7000, 6000, 5000]),
        (["≤-20", "≤−8", "≤0"], "kgce/t", "<=", [-20, -8, 0]),
        (["≤1×10-7".replace("-7", "⁻⁷"), "≤2×10⁻⁷", "≤3×10⁻⁷"], "cm/s", "<=", [1e-7, 2e-7, 3e-7]),
    ],
)
def test_numbers_in_their_spellings(tmp_path: Path, cells: list[str], unit: str, comparator: str, values: list[float]) -> None:
    found = single(tmp_path, *(c.replace("7 000", "7\u2009000") for c in cells), unit=unit)
    assert (found["comparator"], list(found["baselines"].values())) == (comparator, values)
    assert DOUBT not in found.get("note", "")


@pytest.mark.parametrize(
    ("cells", "unit", "comparator", "why"),
    [
        (["1", "2", "3"], "t", "<=", "由三级次序推断"),
        (["98", "95", "90"], "%", ">=", "由三级次序推断"),
        (["100", "100", "100"], "%", ">=", "100% 按"),
        (["3次以下", "5次以下", "6次以下"], "次", "<=", "是否含本数"),
        (["≥1", "≥2", "≥3"], "t", ">=", "次序与比较符不符"),
        (["≥0.95", "≥0.9", "≥0.8"], "%", ">=", "是否应乘以 100"),
        (["≥95", "90", "85"], "%", ">=", "有的级别没有比较符"),
        (["≥1 200", "≥1 100", "≥1 000"], "t", ">=", "数中有空格"),
        (["≥60", "≥40", ""], "%", ">=", "不作要求”还是缺漏"),
        (["6-9", "5-8", "4-10"], "", "between", "不在较宽一级之内"),
    ],
)
def test_numbers_that_are_read_but_doubtful(tmp_path: Path, cells: list[str], unit: str, comparator: str, why: str) -> None:
    found = single(tmp_path, *cells, unit=unit)
    assert found["comparator"] == comparator
    assert found["note"].startswith(DOUBT)
    assert why in found["note"]


@pytest.mark.parametrize(
    "cells",
    [
        ["3次以下", "3-4次", "5次"],
        ["<5", "≤8", "≤9"],
        ["≥80", "≥60", "有实施计划"],
        ["95\n90", "≥80", "≥70"],
        ["≤0,35", "≤0.5", "≤0.8"],
        ["≤0.35¹", "≤0.5", "≤0.8"],
        ["5", "5", "5"],
        ["2+3m", "≤8", "≤9"],
        ["£3", "£4", "£5"],
        ["³95", "³90", "³85"],
        ["≤3m且达标", "≤4m且达标", "≤5m且达标"],
    ],
)
def test_what_is_no_certain_number_keeps_its_text_and_is_doubtful(tmp_path: Path, cells: list[str]) -> None:
    found = single(tmp_path, *cells)
    assert "baselines" not in found
    assert [re.sub(r"\s", "", t) for t in found["texts"].values()] == [re.sub(r"\s", "", c) for c in cells]
    assert DOUBT in found["note"]


def test_ranges_and_levels_that_ask_for_nothing_are_certain(tmp_path: Path) -> None:
    assert single(tmp_path, "6.5-8", "6～9", "6—9")["baselines"]["I"] == {"min": 6.5, "max": 8}
    found = single(tmp_path, "≥60", "≥40", "不作要求", unit="%")
    assert (found["baselines"], found["blank"]) == ({"I": 60, "II": 40}, "no_requirement")
    assert "note" not in found
    found = single(tmp_path, "达不到", "达不到", "≤9", unit="kgce/t")
    assert (found["baselines"], found["blank"]) == ({"III": 9}, "unreachable")
    assert "note" not in found


def test_out_of_reach_is_no_benchmark_among_texts_or_beside_levels_that_ask_for_nothing(tmp_path: Path) -> None:
    found = single(tmp_path, "达不到", "≤9", "不作要求", unit="kgce/t")
    assert (found["baselines"], found["blank"]) == ({"II": 9}, "not_scorable")
    assert "有的级别不作要求、有的达不到" in found["note"]
    found = single(tmp_path, "达不到", "自动化", "有台账")
    assert found["texts"] == {"II": "自动化", "III": "有台账"}
    assert "Ⅰ级没有基准值" in found["note"]


def test_formulas_take_their_parameter_from_the_note(tmp_path: Path) -> None:
    head = [TITLE, "示范2020年第1号", "示范工序"]
    rows = [
        ["资源能源消耗指标", "1", "电耗", "kWh/m²", "0.2", "≤2+3n", "≤4+3.5n", "≤5+4n"],
        ["", "", "锌利用率", "%", "0.8/n", "≥82", "≥80", "≥75"],
    ]
    explained = one(filled(tmp_path / "a.xlsx", head, rows, below="注：n为镀种数。"))
    assert explained["parameters"] == [{"id": "n", "name": "镀种数", "source": "表注"}]
    power, zinc = indicators(explained).values()
    assert power["baselines"]["II"] == {"value": 4, "times": {"n": 3.5}}
    assert zinc["weight"] == {"value": 0.8, "divided_by": "n"}
    IndicatorSystem.model_validate(explained)
    assert DOUBT in one(filled(tmp_path / "b.xlsx", head, rows))["parameters"][0]["note"]


def test_a_letter_after_a_stroke_may_be_a_unit(tmp_path: Path) -> None:
    assert single(tmp_path, "≤5/a", "≤6/a", "≤7/a")["answer"] == "level"
    assert single(tmp_path, "≤5t/a", "≤6t/a", "≤7t/a")["unit"] == "t/a"


ODD = st.text(alphabet="0123456789.,．，０５≤≥<>-~～ \n\u2009×¹⁻%tn/+", max_size=9)


@given(ODD)
@example("007")
@example("1,20")
@example("９５\n９０")
def test_a_number_read_without_doubt_has_exactly_the_digits_that_are_printed(text: str) -> None:
    found = amounts.read(text)
    if found and found.plain and not found.doubts and "10" not in text:
        printed = re.sub(r"[^\d.-]", "", narrow(text).replace(",", ""))
        assert Decimal(printed) == found.value
        assert not re.search(r"\d\s*\n\s*\d", text)


# -- groups, weights, flags


@pytest.mark.parametrize(
    ("primary", "inside", "convention", "read", "doubtful"),
    [
        (("0.4", "0.6"), (("0.5", "0.5"), ("1",)), "share_of_group", 0.5, False),
        (("40%", "60%"), (("50%", "50%"), ("100%",)), "share_of_group", 0.5, False),
        (("40", "60"), (("20", "20"), ("60",)), "share_of_whole", 0.2, False),
        (("0．4", "0.6"), (("0.2", "0.2"), ("0.6",)), "share_of_whole", 0.2, False),
        (("0.4", "0.6"), (("0.5", "0.4"), ("1",)), "share_of_group", 0.5, True),
        (("0.4", "0.5"), (("0.5", "0.5"), ("1",)), "share_of_group", 0.5, True),
        (("0.4", "0.6"), (("0.3", "0.4"), ("0.8",)), "share_of_group", 0.3, True),
    ],
)
def test_weights_are_told_by_their_sums(
    tmp_path: Path, primary: Any, inside: Any, convention: str, read: float, doubtful: bool
) -> None:
    rows = [
        ["产品特征指标", primary[0], "甲", "", inside[0][0], "≥3", "≥2", "≥1"],
        ["", "", "乙", "", inside[0][1], "≥3", "≥2", "≥1"],
        ["清洁生产管理指标", primary[1], "丙", "", inside[1][0], "≥3", "≥2", "≥1"],
    ]
    path = filled(tmp_path / "a.xlsx", [TITLE, "示范2020年第1号", "示范工序"], rows)
    system = one(path)
    assert system["weights"] == convention
    assert system["groups"][0]["weight"] == 0.4
    assert indicators(system)["甲"]["weight"] == read
    text = announcements.text(announcements.drafts(path)[0][0])
    assert ("之和为" in text) == doubtful


def test_a_weight_printed_once_for_several_rows_is_doubtful(tmp_path: Path) -> None:
    table = [
        HEADER,
        ["产品特征指标", "1", "甲", "", "0.5", "≥3", "≥2", "≥1"],
        [UP, UP, "乙", "", UP, "≥3", "≥2", "≥1"],
    ]
    found = indicators(one(docx(tmp_path / "a.docx", TITLE, table)))
    assert all("合并单元格" in i["note"] for i in found.values())


@pytest.mark.parametrize("name", ["合格率*", "★合格率", "合格率（限定性指标）", "合格率＊"])
def test_limiting_indicators_by_their_marks(tmp_path: Path, name: str) -> None:
    found = single(tmp_path, "≥3", "≥2", "≥1", name=name)
    assert (found["name"], found["limiting"]) == ("合格率", True)


def test_bold_names_are_limiting_only_where_a_note_says_so(tmp_path: Path) -> None:
    def bold(path: Path, *blocks: Any) -> dict[str, Any]:
        import docx as word

        document = word.Document(str(docx(path, *blocks)))
        cell = document.tables[0].cell(1, 2)
        cell.paragraphs[0].runs[0].bold = True
        document.save(str(path))
        return indicators(one(path))["甲"]

    table = [HEADER, ["产品特征指标", "1", "甲", "", "1", "≥3", "≥2", "≥1"]]
    assert bold(tmp_path / "a.docx", TITLE, table, "注：加粗的指标为限定性指标。").get("limiting") is True
    assert "limiting" not in bold(tmp_path / "b.docx", TITLE, table)


def test_a_group_of_unknown_kind_is_never_guessed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = filled(tmp_path / "a.xlsx", [TITLE, "示范2020年第1号", "示范工序"], [["其他", "1", "甲", "", "1", "≥3", "≥2", "≥1"]])
    assert run(["systems", "import", str(path), "--out", str(tmp_path), "--id", "made"]) == 0
    assert "category" not in yaml.safe_load((tmp_path / "made.yaml").read_text(encoding="utf-8"))["groups"][0]
    assert run(["systems", "check", str(tmp_path / "made.yaml")]) == 1
    assert "groups.0.category" in capsys.readouterr().out


# -- nothing is lost


CELL = st.sampled_from(
    ["", "--", "≤1", "≥95%", "有制度", "合计", "一级", "注：见下", "12", "0.5", "*", "6-9", "单位", "二级指标"]
)


@given(st.lists(st.lists(CELL, min_size=8, max_size=8), min_size=1, max_size=6))
def test_every_printed_text_is_in_the_review_or_named_as_not_taken(rows: list[list[str]]) -> None:
    from cpaudit.loaders.announcements.draft import draft
    from cpaudit.loaders.announcements.sections import sections
    from cpaudit.loaders.opening.papers.printed import Announcement, Cell, PrintedTable

    marked = [
        [f"{c}{'甲乙丙丁戊己'[r]}{'子丑寅卯辰巳午未'[k]}" if c else "" for k, c in enumerate(row)] for r, row in enumerate(rows)
    ]
    grid = [[Cell(t, "") for t in row] for row in [HEADER, *marked]]
    found = Announcement("a", "0", [], [PrintedTable("表", grid, [f"第{n}行" for n in range(len(grid))])])
    made = sections(found)
    if not made:  # the file is refused as one without a table of indicators
        return
    drafts = [draft(s, found, "x", several=False) for s in made]
    kept = str([(d.review, d.doubts, d.notes, [(g.fields, g.doubts) for g in d.groups]) for d in drafts])
    assert [t for row in marked for t in row if t and t.strip("*") not in kept] == []


def test_powers_symbols_and_tracked_changes_of_a_word_file(tmp_path: Path) -> None:
    import docx as word
    from docx.oxml import parse_xml

    path = docx(tmp_path / "a.docx", TITLE, [HEADER, ["产品特征指标", "1", "甲", "m", "1", "≤0.35", "≤2", "≤3"]])
    document = word.Document(str(path))
    cells = document.tables[0].rows[1].cells
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    cells[3].paragraphs[0].add_run("3").font.superscript = True
    cells[5].paragraphs[0].add_run("1").font.superscript = True
    changed = cells[6].paragraphs[0]._p
    for run_ in list(changed):
        changed.remove(run_)
    changed.append(parse_xml(f'<w:del {space} w:id="1"><w:r><w:delText>≤9</w:delText></w:r></w:del>'))
    changed.append(parse_xml(f'<w:r {space}><w:sym w:font="Symbol" w:char="F0A3"/></w:r>'))
    changed.append(parse_xml(f'<w:ins {space} w:id="2"><w:r><w:t>0.5</w:t></w:r></w:ins>'))
    document.save(str(path))
    found = indicators(one(path))["甲"]
    assert found["unit"] == "m³"
    assert found["texts"]["I"] == "≤0.35¹"
    assert found["texts"]["II"] == "≤0.5"


def test_a_small_raised_figure_in_a_pdf_is_no_digit(tmp_path: Path) -> None:
    table = [HEADER, ["产品特征指标", "1", "甲", "m^3", "1", "≤0.35^1", "≤0.5", "≤0.8"]]
    found = indicators(one(pdf(tmp_path / "a.pdf", [TITLE, table])))["甲"]
    assert (found["unit"], found["texts"]["I"]) == ("m³", "≤0.35¹")


def test_a_value_that_runs_over_its_rules_is_a_doubt(tmp_path: Path) -> None:
    table = [HEADER, ["产品特征指标", "1", "甲", "m^3", "1", "≤0.35" + "或按当地要求" * 8, "≤0.5", "≤0.8"]]
    found = indicators(one(pdf(tmp_path / "a.pdf", [TITLE, table])))["甲"]
    assert "文字超出格线" in found["texts"]["I"]
    assert "I" not in found.get("baselines", {})
    assert DOUBT in found["note"]


def test_characters_of_a_private_font_are_marked_and_known_signs_read(tmp_path: Path) -> None:
    table = [HEADER, ["产品特征指标", "1", "甲", "t", "1", "\uf0a30.5", "\uf0a30.8", "\ue0010.9"]]
    found = indicators(one(docx(tmp_path / "a.docx", TITLE, table)))["甲"]
    assert found["texts"] == {"I": "≤0.5", "II": "≤0.8", "III": "〔字〕0.9"}
    assert "不能读成文字" in found["note"]


def test_dates_and_formulas_of_a_workbook_are_marked(tmp_path: Path) -> None:
    import datetime as dt

    path = filled(
        tmp_path / "a.xlsx", [TITLE, "示范2020年第1号", "示范工序"], [["产品特征指标", "1", "甲", "次", "1", "x", "y", "z"]]
    )
    book = openpyxl.load_workbook(path)
    sheet = book["指标表"]
    row = next(r for r in range(1, 20) if sheet.cell(r, 3).value == "甲")
    sheet.cell(row, 6).value = dt.datetime(2024, 3, 4)
    sheet.cell(row, 7).value = "=1+1"
    sheet.cell(row, 8).value = 0.5
    sheet.cell(row, 8).number_format = '"≤"0.0'
    book.save(path)
    found = indicators(one(path))["甲"]
    assert all(t.count("〔") for t in found["texts"].values())
    assert "不能读成文字" in found["note"]


# -- round trip


def sayable(indicator: Any) -> bool:
    """Whether the template can say an indicator: not several values, not variants, not level texts that are all the same."""
    if indicator.answer == "conditions" or indicator.variants or indicator.parameters:
        return False
    texts = [indicator.texts.I, indicator.texts.II, indicator.texts.III]
    if indicator.answer == "level":
        return all(texts) and len(set(texts)) > 1
    return indicator.answer != "yes_no" or [b.value for b in indicator.baselines.all] == [1, 1, 1]


def level_cells(indicator: Any) -> list[str]:
    if indicator.answer == "level":
        return [indicator.texts.I, indicator.texts.II, indicator.texts.III]
    if indicator.answer == "yes_no":
        return [getattr(indicator.texts, level) or "是" for level in ("I", "II", "III")]
    empty = {"no_requirement": "不作要求", "unreachable": "达不到"}.get(indicator.blank, "")
    sign = {"<=": "≤", ">=": "≥", "<": "<", ">": ">"}.get(indicator.comparator, "")
    found = [indicator.baselines.benchmark(n) for n in (1, 2, 3)]
    return [empty if b is None else f"{b.min}-{b.max}" if b.range else f"{sign}{b.value}" for b in found]


@pytest.mark.parametrize("system", [s for s in systems().values() if not s.stub and not s.parameters], ids=lambda s: s.id)
def test_a_system_typed_into_the_template_comes_back_the_same(system: IndicatorSystem, tmp_path: Path) -> None:
    convention = next(w for w, c in words().weight_conventions.items() if c == system.weights)
    rows, wanted = [], []
    for group in system.groups:
        for n, i in enumerate(i for i in group.indicators if sayable(i)):
            first = [group.name, str(group.weight or "")] if n == 0 else ["", ""]
            flags = ["是" if i.limiting else "否", CATEGORIES[group.category], "是" if i.hazardous_waste else "否"]
            rows.append([*first, i.name, i.unit, str(i.weight or ""), *level_cells(i), *flags])
            wanted.append((group.name, group.category, group.weight, group.bonus, i))
    assert len(rows) >= 0.8 * len(system.indicators())
    back = one(filled(tmp_path / "a.xlsx", [system.title, "示范1号", system.process, convention], rows))
    assert (back["title"], back["process"], back["weights"]) == (system.title, system.process, system.weights)
    # Sums can't hold where an indicator was left out; each by itself can.
    read = [
        (g["name"], g["category"], g.get("weight"), g.get("bonus", False), i) for g in back["groups"] for i in g["indicators"]
    ]
    from cpaudit.indicators.definition.benchmarks import Amount
    from cpaudit.indicators.definition.indicator import Indicator

    assert len(read) == len(wanted)
    for (name, category, weight, bonus, i), (its_name, its_category, its_weight, its_bonus, its) in zip(
        wanted, read, strict=True
    ):
        found = Indicator.model_validate(its)
        assert (its_name, its_category, its_bonus) == (name, category, bonus)
        assert (None if its_weight is None else Amount.model_validate(its_weight)) == weight
        same = ("name", "unit", "weight", "limiting", "hazardous_waste", "answer", "texts", "baselines")
        assert {f: getattr(found, f) for f in same} == {f: getattr(i, f) for f in same}
        if i.baselines.all and i.answer == "number":
            assert (found.comparator, found.blank) == (i.comparator, i.blank if len(i.baselines.all) < 3 else "not_scorable")


# -- the commands


@pytest.fixture
def draft_file(tmp_path: Path) -> Path:
    rows = [["产品特征指标", "1", "甲", "t", "1", "1", "2", "3"]]
    source = filled(tmp_path / "a.xlsx", [TITLE, "示范2020年第1号", "示范工序"], rows)
    assert run(["systems", "import", str(source), "--out", str(tmp_path / "out"), "--id", "made"]) == 0
    return tmp_path / "out" / "made.yaml"


def test_a_draft_is_confirmed_only_when_no_doubt_is_left(draft_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["systems", "confirm", str(draft_file)]) == 3
    assert "还有 2 处存疑" in capsys.readouterr().err
    lines = draft_file.read_text(encoding="utf-8").splitlines(keepends=True)
    settled = "".join(re.sub(rf", note: {DOUBT}[^}}]*", "", line) for line in lines if not line.startswith(f"# {DOUBT}"))
    draft_file.write_text(settled + "# 我的说明\n", encoding="utf-8")
    assert run(["systems", "confirm", str(draft_file)]) == 0
    after = draft_file.read_text(encoding="utf-8")
    assert after == (settled + "# 我的说明\n").replace("status: draft", "status: official")
    assert read_definition(draft_file, IndicatorSystem).status == "official"
    capsys.readouterr()
    assert run(["systems", "confirm", str(draft_file)]) == 3
    assert "已是 official" in capsys.readouterr().err


def test_a_draft_with_a_fault_is_not_confirmed(draft_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = draft_file.read_text(encoding="utf-8").replace(DOUBT, "").replace("weight: 1,", "weight: 0.5,")
    draft_file.write_text(broken, encoding="utf-8")
    assert run(["systems", "confirm", str(draft_file)]) == 3
    assert "权重之和" in capsys.readouterr().err
    assert draft_file.read_text(encoding="utf-8") == broken


def test_a_demonstration_system_is_never_made_official(tmp_path: Path) -> None:
    text = "id: x\ntitle: x\nprocess: x\nstatus: demonstration\nstub: true\ndocument: {title: x, number: 示范}\n"
    (tmp_path / "x.yaml").write_text(text, encoding="utf-8")
    assert run(["systems", "confirm", str(tmp_path / "x.yaml")]) == 3
    assert (tmp_path / "x.yaml").read_text(encoding="utf-8") == text


def test_a_draft_that_exists_is_kept(draft_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    draft_file.write_text("改过的", encoding="utf-8")
    again = ["systems", "import", str(tmp_path / "a.xlsx"), "--out", str(draft_file.parent), "--id", "made"]
    assert run(again) == 2
    assert "已存在" in capsys.readouterr().err
    assert draft_file.read_text(encoding="utf-8") == "改过的"
    assert run([*again, "--force"]) == 0
    assert sorted(p.name for p in draft_file.parent.iterdir()) == ["made.html", "made.yaml"]


def test_the_review_page_shows_source_and_reading_and_stands_by_itself(draft_file: Path) -> None:
    page = draft_file.with_suffix(".html").read_text(encoding="utf-8")
    for said in ("由三级次序推断为“≤”", "≤ 1", "指标表 第7行", "⚠ 甲", 'data-key="doubts" data-value="2"'):
        assert said in page
    assert re.findall(r'(?:src|href)="(?!#|data:)[^"]*"', page) == []


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    name = "<script>alert(1)</script>: [x] #y 'z'"
    source = filled(
        tmp_path / "a.xlsx", [TITLE, "示范2020年第1号", "示范工序"], [["产品特征指标", "1", name, "", "1", "≥3", "≥2", "≥1"]]
    )
    assert list(indicators(one(source))) == [name]
    assert run(["systems", "import", str(source), "--out", str(tmp_path), "--id", "made"]) == 0
    assert "<script>alert" not in (tmp_path / "made.html").read_text(encoding="utf-8")


# -- files that can't be read


def damaged(tmp_path: Path, name: str, content: bytes) -> Path:
    path = tmp_path / name
    path.write_bytes(content)
    return path


def with_part(source: Path, part: str, content: bytes) -> Path:
    with zipfile.ZipFile(source) as archive:
        parts = {i.filename: archive.read(i) for i in archive.infolist()}
    with zipfile.ZipFile(source, "w") as archive:
        for name, data in (parts | {part: content}).items():
            archive.writestr(name, data)
    return source


def test_a_file_that_cannot_be_read_is_told_in_one_sentence(tmp_path: Path) -> None:
    table = [HEADER, ["产品特征指标", "1", "甲", "", "1", "≥3", "≥2", "≥1"]]
    good = docx(tmp_path / "good.docx", TITLE, table).read_bytes()
    entity = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'
    scan = pdf(tmp_path / "scan.pdf", [[["", ""]]])
    wrong = {
        tmp_path / "没有.docx": "找不到",
        damaged(tmp_path, "a.txt", b"x"): "不能导入",
        damaged(tmp_path, "a.doc", b"\xd0\xcf\x11\xe0"): "另存为新格式",
        damaged(tmp_path, "empty.pdf", b""): "空文件",
        damaged(tmp_path, "html.xlsx", b"<html></html>"): "不是 .xlsx 格式",
        damaged(tmp_path, "cut.docx", good[: len(good) // 2]): "已损坏",
        damaged(tmp_path, "cut.pdf", b"%PDF-1.4\nxx"): "已损坏",
        damaged(tmp_path, "locked.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1xx"): "密码",
        scan: "扫描件",
        with_part(docx(tmp_path / "macro.docx", TITLE, table), "word/vbaProject.bin", b"x"): "宏",
        with_part(docx(tmp_path / "entity.docx", TITLE, table), "word/document.xml", entity): "外部实体",
        docx(tmp_path / "none.docx", "没有表"): "没有找到指标表",
    }
    for path, said in wrong.items():
        with pytest.raises(ReadError) as error:
            announcements.drafts(path)
        assert said in str(error.value), path
        assert str(error.value).endswith("。")
        assert "\n" not in str(error.value)


@given(st.integers(0, 200), st.integers(0, 255))
def test_a_damaged_file_never_ends_in_a_traceback(at: int, byte: int) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        content = bytearray(pdf(Path(folder) / "a.pdf", [TITLE, [["", ""]]]).read_bytes())
        content[len(content) * at // 201] = byte
        (Path(folder) / "b.pdf").write_bytes(bytes(content))
        with pytest.raises(ReadError):
            announcements.drafts(Path(folder) / "b.pdf")
