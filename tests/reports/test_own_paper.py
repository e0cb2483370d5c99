"""An office's letterhead, from the workspace's templates to Word and PDF; a mistake in one is told before anything runs."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docx
import pdfplumber
import pytest

import cpaudit as cp
from cpaudit import snapshots
from cpaudit.cli import run
from tests.support import stationery as made
from tests.support.stationery import header, paragraph, said

pytestmark = pytest.mark.together
Told = pytest.CaptureFixture[str]
OFFICE = "示例市生态环境局"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A workspace with a snapshot of a few plants, its templates those that ship with the office's name put in."""
    home = tmp_path_factory.mktemp("paper") / "office"
    assert run(["init", str(home)]) == 0
    ds = cp.example()
    few = ds.reduced(ds.plants["plant_id"][:3])
    with cp.project(home):
        assert run(["--project", str(home), "letterhead"]) == 0
        snapshots.write(home / "warehouse", ds.programme.id, ds.as_of, few.tables(), demonstration=True, program_version="0")
        mine = home / "templates"
        (mine / "reference.docx").write_bytes(made.reference(header(paragraph(OFFICE))))
        (mine / "letterhead.docx").write_bytes(made.letterhead(said("word/document.xml", "文件</w:t>", "示例</w:t>")))
        page = (mine / "page.typ").read_text(encoding="utf-8")
        (mine / "page.typ").write_text(page.replace("office = none", f'office = "{OFFICE}文件"'), encoding="utf-8")
        yield home


def made_of(home: Path, kind: str, *more: str, formats: str = "docx,pdf", code: int = 0) -> dict[str, Any]:
    """Make a report; return its entry in the manifest."""
    out = home / "output" / "reports"
    asked = ["--project", str(home), "report", "--kind", kind, "--format", formats, "--jobs", "1", *more]
    assert run([*asked, "--out", str(out)]) == code
    entries = json.loads((out / "manifest.json").read_text(encoding="utf-8"))["reports"]
    (entry,) = [e for e in entries if e["kind"] == kind]
    return dict(entry)


def word_of(home: Path, entry: dict[str, Any]) -> Any:
    return docx.Document(str(home / "output" / "reports" / entry["files"]["docx"]["name"]))


def test_reports_are_on_the_offices_paper_and_the_manifest_says_which(office: Path) -> None:
    entry = made_of(office, "bulletin")
    document = word_of(office, entry)
    lines = [p.text for p in document.paragraphs]
    assert lines[0] == "〔待填：发文机关〕示例"
    assert "〔待填：主送机关〕：" in lines
    with pdfplumber.open(office / "output" / "reports" / entry["files"]["pdf"]["name"]) as book:
        first = book.pages[0].extract_text()
    assert f"{OFFICE}文件" in first
    assert "〔待填：发文字号〕" in first
    files = entry["files"]
    assert [sorted(files[kind].get("templates", {})) for kind in ("docx", "pdf", "html")] == [
        ["letterhead.docx", "reference.docx"],
        ["page.typ"],
        [],
    ]
    city = made_of(office, "province", formats="docx")
    assert OFFICE in word_of(office, city).sections[0].header.paragraphs[0].text
    assert list(city["files"]["docx"]["templates"]) == ["reference.docx"]


def test_what_another_template_made_is_made_again_and_nothing_else(office: Path, capsys: Told) -> None:
    made_of(office, "bulletin")
    out = office / "output" / "reports"
    before = {p.name: p.stat().st_mtime_ns for p in out.glob("清洁生产审核通报*")}
    capsys.readouterr()
    made_of(office, "bulletin")
    assert "1 份没有变化" in capsys.readouterr().out
    letterhead = office / "templates" / "letterhead.docx"
    letterhead.write_bytes(made.changed(letterhead.read_bytes(), said("word/document.xml", "示例</w:t>", "改过</w:t>")))
    assert word_of(office, made_of(office, "bulletin")).paragraphs[0].text.endswith("改过")
    (pdf,) = out.glob("清洁生产审核通报*.pdf")
    assert pdf.stat().st_mtime_ns > before[pdf.name]  # put anew from the same bytes


def test_a_reference_document_can_be_named(office: Path, tmp_path: Path) -> None:
    (tmp_path / "另一种.docx").write_bytes(made.reference(header(paragraph("另一种页眉"))))
    entry = made_of(office, "province", "--reference-doc", str(tmp_path / "另一种.docx"), formats="docx")
    assert "另一种页眉" in word_of(office, entry).sections[0].header.paragraphs[0].text


def test_letters_reminders_and_summaries_are_under_the_letterhead(office: Path, tmp_path: Path) -> None:
    home = ["--project", str(office)]
    assert run([*home, "handover", "--to", "results", "--out", str(tmp_path / "移交")]) == 0
    assert run([*home, "returns", "--remind", str(tmp_path / "催报")]) == 0
    (unit,) = {name.split("-")[1] for name in (p.name for p in (tmp_path / "催报").glob("*.docx"))}
    assert run([*home, "summary", "--unit", unit, "--format", "docx", "--out", str(tmp_path / "总结.docx")]) == 0
    papers = [*tmp_path.glob("移交/*.docx"), *tmp_path.glob("催报/*.docx"), tmp_path / "总结.docx"]
    assert len(papers) == 3
    for paper in papers:
        whole = [p.text for p in docx.Document(str(paper)).paragraphs]
        assert any(
            (line.startswith("〔待填：发文") and line.endswith("〕改过")) or line.endswith("改过") for line in whole[:3]
        ), paper
        assert any("待填：成文日期" in line or "待填：报送日期" in line for line in whole), paper


def test_a_mistake_in_a_template_is_told_before_anything_runs(office: Path, tmp_path: Path, capsys: Told) -> None:
    letterhead, sound = office / "templates" / "letterhead.docx", (office / "templates" / "letterhead.docx").read_bytes()
    letterhead.write_bytes(made.changed(sound, said("word/document.xml", 'w:name="主送"', 'w:name="其他"')))
    home = ["--project", str(office)]
    try:
        for asked in (
            ["report", "--kind", "bulletin", "--format", "docx", "--out", str(tmp_path / "a")],
            ["handover", "--out", str(tmp_path / "b")],
            ["returns", "--remind", str(tmp_path / "c")],
            ["summary", "--unit", "石家庄", "--format", "docx", "--out", str(tmp_path / "d.docx")],
        ):
            capsys.readouterr()
            assert run([*home, *asked]) == 2, asked
            (line,) = capsys.readouterr().err.strip().splitlines()
            assert line.startswith(f"模板 {letterhead} 中没有书签“主送”（to）")
        assert not list(tmp_path.iterdir())
        assert run([*home, "definitions", "check"]) == 1
        assert "没有书签“主送”" in capsys.readouterr().out
        # What is no document needs no template.
        assert run([*home, "report", "--kind", "bulletin", "--out", str(tmp_path / "网页")]) == 0
    finally:
        letterhead.write_bytes(sound)


def test_the_shipped_templates_are_written_once_and_sound(office: Path, tmp_path: Path, capsys: Told) -> None:
    assert run(["--project", "-", "letterhead", str(tmp_path / "用纸")]) == 0
    assert sorted(p.name for p in (tmp_path / "用纸").iterdir()) == ["letterhead.docx", "page.typ", "reference.docx"]
    capsys.readouterr()
    assert run(["--project", "-", "letterhead", str(tmp_path / "用纸")]) == 2
    assert "已有 reference.docx，没有写入任何内容" in capsys.readouterr().err
    assert run(["--project", "-", "letterhead"]) == 2
    assert "请写明目录" in capsys.readouterr().err
    assert run(["--project", str(office), "definitions", "check"]) == 0
    book = docx.Document(io.BytesIO((tmp_path / "用纸" / "reference.docx").read_bytes()))
    assert {p.style.name for p in book.paragraphs} >= {"Title", "Heading 1", "公文正文", "表格文字", "注释"}
