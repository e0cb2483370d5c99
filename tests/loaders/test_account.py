"""Nothing is lost on the way: rows, sheets and files balance, counted here by another reader; else nothing is written."""

from __future__ import annotations

import csv
import random
import tempfile
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from cpaudit import cli, loaders
from cpaudit.loaders import account, loading
from tests.support.examples import examples
from tests.support.workbooks import AS_OF, DONE, NAME_A, NAME_B, OPTIONS, PROGRESS, A, B, book, roster

FATES = ["rows_stored", "rows_repeated", "rows_rejected", "rows_held"]
WORK = ["工作事项", "上报日期", "上报文号"]
PLANTS = [(NAME_A, A), (NAME_B, B), ("示例丙钢铁有限公司", None), (NAME_A, None), (None, None)]
DAYS = ["2021-12-25", "2021-12-28", "2022年1月", "见附件", None, 44561, "2023-01-01"]
STATES = ["正常推进", "停产", "不详", None]


def load(folder: Path) -> dict[str, pd.DataFrame]:
    return loaders.read([folder], programme="hebei-2021-2", as_of=AS_OF).frames


def progress_rows(draw: random.Random, many: int) -> list[list[Any]]:
    return [[*draw.choice(PLANTS), *(draw.choice(DAYS) for _ in range(4)), draw.choice(STATES)] for _ in range(many)]


def option_rows(draw: random.Random, many: int) -> list[list[Any]]:
    names = ["换电机", "换水泵", "其中：设备费", "安装费", None]
    numbers = [1, 2, "WD1", "ZG1", None, "—"]
    kinds = ["无/低费", "中/高费", "其他", None]
    return [
        [
            *draw.choice(PLANTS),
            draw.choice(numbers),
            draw.choice(names),
            draw.choice(kinds),
            "已实施",
            draw.choice([1, 2.5, "约3"]),
        ]
        for _ in range(many)
    ]


def work_rows(draw: random.Random, many: int) -> list[list[Any]]:
    said = ["许可落实情况上报", "别的工作", None]
    return [[draw.choice(said), draw.choice(DAYS), f"示例函〔2022〕{n}号"] for n in range(many)]


TABLES = {"进度": (PROGRESS, progress_rows), "方案": (OPTIONS, option_rows), "辖区工作": (WORK, work_rows)}


def mangled(folder: Path, seed: int) -> None:
    """Write a few returns that repeat, contradict and break each other."""
    draw = random.Random(seed)
    roster(folder)
    made: list[list[list[Any]]] = []
    for n in range(draw.randint(1, 3)):
        sheets: dict[str, list[list[Any]]] = {}
        for m in range(draw.randint(1, 3)):
            head, rows = draw.choice(list(TABLES.values()))
            body = draw.choice(made) if made and draw.random() < 0.3 else [head, *rows(draw, draw.randint(0, 6))]
            made.append(body)
            title = [[draw.choice(["石家庄市报表", "导出时间：2022-11-05", "报表"])]] if draw.random() < 0.6 else []
            sheets[f"表{m}"] = [*title, *body]
        unit = draw.choice(["石家庄市", "唐山市", "报表"])
        name = f"{unit}{n}{draw.choice(['', '（修改版）', '（2）', '20221105', '20221001'])}"
        if draw.random() < 0.25:
            rows = next(iter(sheets.values()))
            with (folder / f"{name}.csv").open("w", encoding="utf-8-sig", newline="") as file:
                csv.writer(file).writerows(rows)
            continue
        path = book(folder / f"{name}.xlsx", sheets)
        workbook = openpyxl.load_workbook(path)
        for sheet in workbook.worksheets[1:]:
            if draw.random() < 0.2:
                sheet.sheet_state = "hidden"
            if draw.random() < 0.2:
                sheet.row_dimensions[sheet.max_row].hidden = True
        workbook.save(path)


def counted(path: Path) -> tuple[int, int]:
    """Return how many rows below the headers are surely data, and how many hold anything, as another library reads them.

    A lone text in the first column, or below all others, may be a remark.
    """
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            sheets = [list(csv.reader(file))]
    else:
        workbook = openpyxl.load_workbook(path, read_only=True)
        sheets = [[list(row) for row in sheet.iter_rows(values_only=True)] for sheet in workbook]
    surely = maybe = 0
    for rows in sheets:
        held = [{at: v for at, v in enumerate(row) if v not in (None, "")} for row in rows]
        header = next(at for at, row in enumerate(held) if len(row) > 2)
        body = [row for row in held[header + 1 :] if row]
        last = max((at for at, row in enumerate(body) if len(row) > 1), default=-1)
        lone = [len(row) == 1 and isinstance(next(iter(row.values())), str) for row in body]
        surely += sum(not alone or (at < last and 0 not in row) for at, (row, alone) in enumerate(zip(body, lone, strict=True)))
        maybe += len(body)
    return surely, maybe


@examples(10, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10**9))
def test_every_row_below_a_header_ends_somewhere(seed: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        mangled(folder, seed)
        frames = load(folder)
        problems, sources = frames["problems"].fillna({"sheet": "", "cell": ""}), frames["sources"].set_index("path")
        assert sorted(sources.index) == sorted(p.name for p in folder.iterdir())
        for path in sorted(folder.iterdir()):
            about = sources.loc[path.name]
            assert about["rows_read"] == about[FATES].sum()
            if path.name == "名单.xlsx":
                continue
            surely, maybe = counted(path)
            assert surely <= about["rows_read"] <= maybe, path.name
            here = problems[problems["file"] == path.name]
            told = {(p.sheet, p.cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")) for p in here.itertuples() if p.cell}
            assert len(told) >= about["rows_rejected"] + about["rows_held"] + about["rows_repeated"]
            assert maybe or len(here)


@examples(5, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10**9))
def test_no_two_records_share_a_key_and_no_order_of_files_decides(seed: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        mangled(folder, seed)
        paths = sorted(folder.iterdir())
        frames = load(folder)
        assert not frames["options"].duplicated(["plant_id", "class", "number"]).any()
        assert not frames["events"].duplicated(["plant_id", "unit", "milestone", "channel"]).any()
        back = loaders.read(paths[::-1], programme="hebei-2021-2", as_of=AS_OF).frames
        said = ["plant_id", "unit", "milestone", "channel", "date", "result"]
        assert _same(frames["events"][said], back["events"][said])
        assert _same(frames["plants"][["plant_id", "status"]], back["plants"][["plant_id", "status"]])


def _same(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    return sorted(map(str, one.itertuples(index=False))) == sorted(map(str, other.itertuples(index=False)))


@pytest.mark.parametrize("content", ["picture", "header", "title", "blank"])
def test_a_file_that_gives_nothing_says_so(tmp_path: Path, content: str) -> None:
    roster(tmp_path)
    rows = {"picture": [], "header": [["唐山市进度表"], PROGRESS], "title": [[]], "blank": [[None, ""]]}[content]
    book(tmp_path / "唐山市.xlsx", {"表": rows})
    frames = load(tmp_path)
    (problem,) = frames["problems"].query("file == '唐山市.xlsx'").itertuples()
    assert (problem.severity, problem.unit) == ("error", "tangshan")
    assert "没有读到数据" in problem.message


def test_a_document_without_a_table_says_so(tmp_path: Path) -> None:
    import docx

    roster(tmp_path)
    document = docx.Document()
    document.add_paragraph("石家庄市各企业均已完成评估。")
    document.save(str(tmp_path / "石家庄市.docx"))
    assert "没有读到数据" in load(tmp_path)["problems"].query("file == '石家庄市.docx'")["message"].iloc[0]


@pytest.mark.parametrize(
    ("sheet", "state", "rows", "severity"),
    [
        ("附表", "hidden", [["企业", "数量"], ["甲", 1]], "warning"),
        ("附表", "veryHidden", [["企业名称", "完成验收日期"], ["甲", 1]], "warning"),
        ("附表", "visible", [["企业", "数量"], ["甲", 1]], "error"),
        ("说明", "visible", [["企业名称", "统一社会信用代码", "方案名称"], [NAME_A, A, "换电机"]], "warning"),
        ("封面", "visible", [["石家庄市报表"]], None),
        ("空白", "hidden", [], None),
    ],
)
def test_a_sheet_that_is_not_read_is_said(
    tmp_path: Path, sheet: str, state: str, rows: list[list[Any]], severity: str | None
) -> None:
    roster(tmp_path)
    path = book(tmp_path / "石家庄市.xlsx", {"进度": [PROGRESS, DONE], sheet: rows})
    workbook = openpyxl.load_workbook(path)
    workbook[sheet].sheet_state = state
    workbook.save(path)
    frames = load(tmp_path)
    said = frames["problems"].query("sheet == @sheet")
    assert said["severity"].tolist() == ([severity] if severity else [])
    about = frames["sources"].set_index("path").loc["石家庄市.xlsx"]
    assert about[["sheets_read", "sheets_said"]].tolist() == [1, 1 if severity else 0]


def test_a_table_above_the_one_that_is_known_is_said(tmp_path: Path) -> None:
    roster(tmp_path)
    book(tmp_path / "石家庄市.xlsx", {"进度": [["企业", "数量", "备注"], ["甲", 1, "x"], ["乙", 2, "y"], [], PROGRESS, DONE]})
    assert load(tmp_path)["problems"][["code", "severity", "cell"]].to_numpy().tolist() == [["rows_above", "warning", "A1"]]


def test_a_row_of_which_one_word_is_left_is_said(tmp_path: Path) -> None:
    roster(tmp_path)
    lone = [None, None, None, None, None, None, "停产"]
    book(tmp_path / "石家庄市.xlsx", {"进度": [PROGRESS, lone, DONE, ["注：以上为全部企业"]]})
    assert load(tmp_path)["problems"][["code", "cell"]].to_numpy().tolist() == [["row_unnamed", "A2"]]


def test_load_and_its_rehearsal_end_with_the_account(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    roster(tmp_path / "in")
    book(tmp_path / "in/石家庄市.xlsx", {"进度": [PROGRESS, DONE, DONE, ["示例丙钢铁有限公司", None, *DONE[2:]]]})
    for more in (["--dry-run"], []):
        cli.run(["load", str(tmp_path / "in"), "--as-of", "2022-11-15", "--warehouse", str(tmp_path / "w"), *more])
        said = " ".join(capsys.readouterr().out.split())
        assert "账目：文件 2 个，读取 2 个；" in said
        assert "数据 5 行：采用 3 行、重复 1 行、未采用 1 行、矛盾 0 行。" in said


def test_an_account_that_does_not_balance_is_a_fault_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    roster(tmp_path / "in")
    book(tmp_path / "in/石家庄市.xlsx", {"进度": [PROGRESS, DONE]})
    monkeypatch.setitem(loading._READERS, "progress", lambda _: None)  # a reader that forgets its rows
    assert cli.run(["load", str(tmp_path / "in"), "--as-of", "2022-11-15", "--warehouse", str(tmp_path / "w")]) == 70
    assert "程序出错" in capsys.readouterr().err
    assert not (tmp_path / "w").exists()


def test_two_records_of_one_key_are_a_fault(tmp_path: Path) -> None:
    roster(tmp_path)
    frames = load(tmp_path)
    frames["plants"] = pd.concat([frames["plants"], frames["plants"]])
    with pytest.raises(Exception, match="两条记录"):
        account.unique(frames)
