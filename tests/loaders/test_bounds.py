"""What small files can grow to: none takes the memory or the time of the program that others' files are read by."""

from __future__ import annotations

import io
import re
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import docx
import openpyxl
import pytest
import xlsxwriter

from cpaudit.errors import ReadError
from cpaudit.loaders import handback
from cpaudit.loaders.announcements.opening import open_announcement
from cpaudit.loaders.handback import answers, marks
from cpaudit.loaders.handback.listing import Problem
from cpaudit.loaders.opening import grids, readers, received, workers
from cpaudit.loaders.opening.files import Source
from cpaudit.loaders.opening.folders import found
from cpaudit.loaders.plants.decisions import Decisions
from cpaudit.reports.manifest import entries
from tests.support.workbooks import AS_OF, DONE, NAME_B, PROGRESS, A, B, book, load, roster

RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
NOTES = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"


# -- directories of archives


def endless(entries: int, said: int) -> bytes:
    """An archive of nothing but a directory; its end record says ``said`` entries."""
    entry = struct.pack("<IHHHHHHIIIHHHHHII", 0x02014B50, 20, 20, 0, 0, 0, 0x21, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    size = entries * len(entry)
    own = struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, 45, 45, 0, 0, said, said, size, 0)
    where = struct.pack("<IIQI", 0x07064B50, 0, size, 1)
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, min(said, 0xFFFF), min(said, 0xFFFF), 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return entry * entries + own + where + end


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows by one with each entry of an archive for which this process makes an object."""
    counted: list[int] = []
    make = zipfile.ZipInfo.__init__

    def counting(self: zipfile.ZipInfo, *given: object, **named: object) -> None:
        counted.append(1)
        make(self, *given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(zipfile.ZipInfo, "__init__", counting)
    return counted


@pytest.mark.parametrize("said", [300_000, 1], ids=["as many as it has", "one"])
@pytest.mark.parametrize("within", [False, True], ids=["sent", "within another"])
def test_an_endless_directory_of_an_archive_is_one_sentence(tmp_path: Path, made: list[int], said: int, *, within: bool) -> None:
    content = endless(300_000, said)
    if within:
        outer = io.BytesIO()
        with zipfile.ZipFile(outer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("内.zip", content)
        content = outer.getvalue()
    (tmp_path / "唐山市.zip").write_bytes(content)
    with found([tmp_path]) as there:
        [unread] = there.unread
    assert unread.source.name == ("唐山市.zip/内.zip" if within else "唐山市.zip")
    assert re.fullmatch(r"唐山市\.zip.* 的目录异常庞大（[^。]*），未读取；[^。]*。", unread.why)
    assert len(made) < 30_000


def test_many_archives_with_large_directories_are_looked_into_until_it_is_enough(tmp_path: Path, made: list[int]) -> None:
    outer = io.BytesIO()
    with zipfile.ZipFile(outer, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(12):
            archive.writestr(f"{number}.zip", endless(15_000, 15_000).replace(b"a" + b"PK\x01\x02", b"/" + b"PK\x01\x02"))
    (tmp_path / "唐山市.zip").write_bytes(outer.getvalue())
    with found([tmp_path]) as there:
        told = [unread.why for unread in there.unread]
    assert len([why for why in told if "目录异常庞大" in why]) > 8
    assert len(made) < 100_000


@pytest.mark.parametrize("said", [300_000, 1])
def test_a_workbook_or_announcement_with_an_endless_directory_is_one_sentence(tmp_path: Path, made: list[int], said: int) -> None:
    path = tmp_path / "石家庄市.xlsx"
    path.write_bytes(endless(300_000, said))
    with pytest.raises(ReadError, match=r"^石家庄市\.xlsx [^。]*。$"):
        readers.read(Source(path, path.name))
    with pytest.raises(ReadError, match=r"^石家庄市\.xlsx [^。]*。$"):
        open_announcement(path)
    assert len(made) < 30_000


# -- what is handed back


def with_notes(path: Path, parts: int, size: int, sheets: int) -> Path:
    """A return with more sheets, whose notes unfold to ``size`` bytes in each of ``parts`` parts."""
    book(path, {"进度": [PROGRESS, DONE], **{f"附{n}": [["无"]] for n in range(1, sheets)}})
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    one = b'<comment ref="A9999"/>'
    lead, tail = f'<comments xmlns="{MAIN}"><authors/><commentList>'.encode(), b"</commentList></comments>"
    declared = "".join(f'<Override PartName="/xl/comments{n}.xml" ContentType="{NOTES}"/>' for n in range(parts))
    types = content["[Content_Types].xml"]
    content["[Content_Types].xml"] = types.replace(b"</Types>", declared.encode() + b"</Types>")
    for number in range(1, sheets + 1):
        leads = f'<Relationship Id="rId1" Type="{RELATIONS}/comments" Target="../comments{number % parts}.xml"/>'
        relations = f'<Relationships xmlns="{PACKAGE}">{leads}</Relationships>'
        content[f"xl/worksheets/_rels/sheet{number}.xml.rels"] = relations.encode()
    for number in range(parts):
        content[f"xl/comments{number}.xml"] = lead + one * (size // len(one)) + tail
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, part in content.items():
            archive.writestr(name, part)
    return path


CHECK = """
import datetime as dt, re, sys
from pathlib import Path
from cpaudit.loaders import handback
from cpaudit.loaders.handback import checking
checking._BOUNDS = checking._BOUNDS._replace(memory=checking._BOUNDS.memory // 4)  # a quarter of the notes is too many
checked = handback.check(Path(sys.argv[1]), programme="hebei-2021-2", as_of=dt.date.fromisoformat(sys.argv[2]))
print(len(checked.content), *checked.remarks, sep="\\n")
# getrusage would count what the process that started this one had
print(int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024)
"""


@pytest.mark.parametrize(("parts", "size"), [(1, 50_000_000), (4, 15_000_000)], ids=["shared by all sheets", "each its own"])
def test_notes_that_unfold_without_end_take_no_memory_of_the_command(tmp_path: Path, parts: int, size: int) -> None:
    path = with_notes(tmp_path / "石家庄市.xlsx", parts, size, sheets=4)
    assert path.stat().st_size < 1_500_000
    run = [sys.executable, "-P", "-c", CHECK, str(path), AS_OF.isoformat()]
    said = subprocess.run(run, check=True, capture_output=True, text=True, timeout=900).stdout.splitlines()
    assert any("结构不规范" in remark for remark in said)
    assert int(said[0]) > 0
    assert int(said[-1]) < 400  # MB; it was more than twice as much


def test_a_part_that_many_lead_to_is_parsed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from cpaudit.loaders.handback import package

    path = with_notes(tmp_path / "石家庄市.xlsx", 8, 1000, sheets=8)
    parsed: list[bytes] = []
    parse = package.parse

    def counting(content: bytes) -> object:
        parsed.append(content)
        return parse(content)

    monkeypatch.setattr(package, "parse", counting)
    marks.mark(path.read_bytes(), [Problem("error", f"附{n}", "A1", "", "", "错", "改") for n in range(1, 8)], [])
    assert len([content for content in parsed if b"A9999" in content]) == 8
    assert len(parsed) < 2 * 8 + 8 + 12  # sheets and their relations, notes, the workbook's own parts


def test_where_not_even_the_cells_can_be_handed_back_the_list_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = book(tmp_path / "石家庄市.xlsx", {"进度": [PROGRESS, [*DONE[:3], "2022-13-40", *DONE[4:]]]})

    def ended(name: str, *_: object) -> None:
        raise ReadError(f"{name} 展开后占用的内存超过 2 GB，未读取。")

    monkeypatch.setattr(workers, "run", ended)
    checked = handback.check(path, programme="hebei-2021-2", as_of=AS_OF)
    assert len(checked.problems) > 0
    assert "这里只列出问题" in checked.remarks[-1]
    assert "另存的工作簿；" not in "".join(checked.remarks)
    empty, listed = openpyxl.load_workbook(io.BytesIO(checked.content)).worksheets
    assert [cell.value for row in empty.iter_rows() for cell in row if cell.value is not None] == []
    said = [[cell.value for cell in row] for row in listed.iter_rows()]
    assert any(row[2:4] == ["进度", "D2"] for row in said)
    assert any("这里只列出问题" in str(row[0]) for row in said)
    assert not any(cell.hyperlink for row in listed.iter_rows() for cell in row)  # there is nothing to lead to


def test_the_command_itself_reads_nothing_more_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = book(tmp_path / "石家庄市.xlsx", {"进度": [PROGRESS, DONE]})

    def refuse(*_: object) -> None:
        raise AssertionError

    for home, name in ((answers, "marks"), (answers, "plain"), (answers, "readers")):
        monkeypatch.setattr(home, name, refuse)
    assert handback.check(path, programme="hebei-2021-2", as_of=AS_OF).suffix == ".xlsx"


# -- what is read


def test_tables_that_are_too_much_together_are_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "石家庄市.docx"
    document = docx.Document()
    for _ in range(3):
        document.add_table(4, 5)
    document.save(str(path))
    assert len(readers.read(Source(path, path.name))) == 3
    monkeypatch.setattr(grids, "MOST_CELLS", 50)
    with pytest.raises(ReadError, match=r"^石家庄市\.docx [^。]*合计超过[^。]*。$"):
        readers.read(Source(path, path.name))


def test_a_long_text_that_thousands_of_cells_share_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "石家庄市.xlsx"
    workbook = xlsxwriter.Workbook(str(path))
    sheet, shown = workbook.add_worksheet("进度"), workbook.add_format({"num_format": '0"' + "万" * 10_000 + '"'})
    for row in range(20_000):
        sheet.write_number(row, 0, 1, shown)
    workbook.close()
    assert path.stat().st_size < 1_000_000
    with pytest.raises(ReadError, match=r"^石家庄市\.xlsx [^。]*的上限[^。]*。$"):
        workers.read(Source(path, path.name))


def test_files_that_are_too_much_together_are_said_and_the_first_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    roster(tmp_path)
    first = book(tmp_path / "石家庄市.xlsx", {"进度": [PROGRESS, DONE]})
    book(tmp_path / "石家庄市乙.xlsx", {"进度": [PROGRESS, [NAME_B, B, "2021-12-26", None, None, None, "正常推进"]]})
    before = [workers.read(Source(path, path.name)) for path in (tmp_path / "名单.xlsx", first)]
    held = sum(len(row) for sheets in before for sheet in sheets for row in sheet.rows)
    monkeypatch.setattr(received, "_MOST_CELLS", held)
    read = load(tmp_path).frames
    assert read["events"]["plant_id"].tolist() == [A]
    source = read["sources"].set_index("path").loc["石家庄市乙.xlsx"]
    assert source["read"] == "no"
    assert re.fullmatch(r"石家庄市乙\.xlsx 未读取：[^。]*上限[^。]*。", source["reason"])
    assert read["problems"]["message"].str.contains("本次读取的文件合计超过").any()


def test_files_that_take_too_long_together_are_said_and_the_first_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    roster(tmp_path)
    for number in range(6):
        book(tmp_path / f"石家庄市{number}.xlsx", {"进度": [PROGRESS, DONE]})
    now = 0.0

    def clock() -> float:
        nonlocal now
        now += 400
        return now

    monkeypatch.setattr("cpaudit.loaders.opening.received.time.monotonic", clock)
    monkeypatch.setattr("cpaudit.loaders.opening.received.workers.each", lambda sources, make: map(make, sources))
    read = load(tmp_path).frames
    assert read["sources"]["read"].tolist().count("no") == 2
    assert read["problems"]["message"].str.contains("已用去 30 分钟，其余不再打开").sum() == 2
    assert read["events"]["plant_id"].tolist() == [A]


def test_a_file_larger_than_any_disk_costs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sparse one takes no room where it comes from, and hours to read: nothing reads it, its hash included."""
    roster(tmp_path)
    book(tmp_path / "石家庄市.xlsx", {"进度": [PROGRESS, DONE]})
    for name in ("唐山市.xlsx", "扫描件.jpg", "归档.zip"):
        with (tmp_path / name).open("wb") as file:
            file.truncate(1 << 42)
    read = load(tmp_path).frames
    large = read["sources"].set_index("path").filter(regex="唐山|扫描|归档", axis=0)
    assert large["read"].tolist() == ["no"] * 3
    assert large["sha256"].isna().all()
    assert read["problems"]["message"].str.contains("4398047 MB").sum() >= 1
    assert read["events"]["plant_id"].tolist() == [A]


@pytest.mark.parametrize("size", [1 << 31, 1 << 42])
def test_decisions_and_manifests_larger_than_any_are_one_sentence(tmp_path: Path, size: int) -> None:
    for path in (tmp_path / "decisions.csv", tmp_path / "manifest.json"):
        with path.open("wb") as file:
            file.truncate(size)
    with pytest.raises(ReadError, match=re.escape("decisions.csv 无法读取（超过 64 MB）")):
        Decisions.read(tmp_path / "decisions.csv", {})
    assert entries(tmp_path) == {}


def test_problems_without_number_are_one_sentence_that_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cpaudit.loaders.problems._MOST", 100)
    roster(tmp_path)
    rows = [[f"{NAME_B}{n}", None, "x", "x", "x", "x", "正常推进"] for n in range(200)]
    book(tmp_path / "石家庄市.xlsx", {"进度": [PROGRESS, *rows]})
    with pytest.raises(ReadError, match=r"问题超过 100 处，其中 石家庄市\.xlsx 有 \d+ 处.*请先移出这个文件"):
        load(tmp_path)
