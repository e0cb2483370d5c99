"""Each shipped notice of another province or year: from empty form to report, in its own words and no others."""

from __future__ import annotations

import datetime as dt
import io
import re
import shutil
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

import cpaudit as cp
from cpaudit import loaders
from cpaudit.analysis import handover, progress
from cpaudit.cli import run
from cpaudit.dataset import Dataset
from cpaudit.loaders.templates.filling import find_kind, make
from cpaudit.render.web import html, markdown
from cpaudit.views.report.work_summary import work_summary_page

#: The day of the data, and words that the notice has no use for: steps, lists and places of others. Indicators and standards
#: have names of their own, and so has the notice: those aren't looked at.
NOTICES: dict[str, tuple[str, str]] = {
    "hebei-2018": ("2019-01-20", "告知|登录|许可证|信息公开|方案实施完成|验收|明显提升|1080|强制类|重点行业"),
    "hubei-2026": ("2026-11-20", "河北|石家庄|告知书|登录|许可证|信息公开|方案实施完成|验收|评估|明显提升|冀|强制类|重点行业"),
    "shenzhen-2024-1": ("2024-11-15", "河北|石家庄|告知书|登录|许可证|信息公开|方案实施完成|评估|明显提升|冀|强制类|重点行业"),
}
#: Notices with forms that those don't use, in files beside this one, and one as ``cpaudit programmes new`` drafts it.
OTHERS: dict[str, tuple[str, str]] = {
    "hebei-2021-1": ("2022-07-10", "告知|登录|许可证|信息公开|方案实施完成|验收|明显提升|冀环|1080|强制类|重点行业|评估"),
    "hebei-2020-2": ("2021-10-05", "告知|登录|许可证|方案实施完成|验收|明显提升|冀环|1080|强制类|重点行业|评估"),
    "guangdong-2027": (
        "2026-11-20",
        "河北|石家庄|冀|登录|许可证|信息公开|方案实施完成|明显提升|1080|强制类|重点行业|通知未填|>未填<",
    ),
}
DRAFTED = [
    *("--title", "广东省2027年度清洁生产审核", "--issuer", "广东省生态环境厅", "--roster", "强制性=9"),
    *("--unit", "广州市", "--unit", "深圳市", "--step", "告知企业=名单公布后10日内", "--step", "正式启动审核=告知企业后30日内"),
    *("--step", "完成评估=列：评估截止日期", "--step", "通过验收=完成评估后半年内"),
    *("--unit-step", "报送进展=每季度末", "--unit-step", "年度总结=每年3月15日"),
]
#: What a notice's sample is loaded into is made once for all its tests.
pytestmark = [pytest.mark.together, pytest.mark.slow]
COUNT = re.compile(r"(?<![\d.])446(?![\d.])")


@pytest.fixture(scope="module", params=NOTICES)
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The programme, its data set after a load by the command, and where the warehouse is."""
    day, folder = NOTICES[request.param][0], tmp_path_factory.mktemp(request.param)
    raw, warehouse = folder / "raw", folder / "warehouse"
    units = len(cp.programme.load_programme(request.param).units)
    assert run(["sample", str(raw), "--programme", request.param, "--plants", str(max(60, units)), "--as-of", day]) == 0
    asked = ["--programme", request.param, "--as-of", day]
    assert run(["load", str(raw), *asked, "--warehouse", str(warehouse)]) == 0
    return request.param, Dataset.open(warehouse, programme=request.param), warehouse


@pytest.fixture(scope="module", params=OTHERS)
def other(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The same of a notice that lies where one's own are put: in a workspace."""
    folder = tmp_path_factory.mktemp(request.param)
    own = folder / "office" / "definitions" / "programmes"
    assert run(["init", str(folder / "office")]) == 0
    own.mkdir(exist_ok=True)
    for file in (Path(__file__).parent / "notices").glob("*.yaml"):
        shutil.copy(file, own)
    assert run(["programmes", "new", "guangdong-2027", *DRAFTED, "--out", str(own / "guangdong-2027.yaml")]) == 0
    with pytest.MonkeyPatch.context() as patch, cp.project(folder / "office"):
        patch.setenv("CPAUDIT_PROJECT", str(folder / "office"))
        raw, warehouse = folder / "raw", folder / "warehouse"
        asked = ["--programme", request.param, "--as-of", OTHERS[request.param][0]]
        assert run(["sample", str(raw), "--plants", "60", *asked]) == 0
        assert run(["load", str(raw), *asked, "--warehouse", str(warehouse)]) == 0
        yield request.param, Dataset.open(warehouse, programme=request.param), warehouse


def test_a_notice_of_ones_own_runs_from_form_to_report_in_its_own_words(other: Any, capfd: pytest.CaptureFixture[str]) -> None:
    programme, ds, warehouse = other
    own, asked = indicators(ds), ["--programme", programme, "--warehouse", str(warehouse)]
    for command in ("progress", "progress --by to-do", "progress --by cohort", "funnel", "attainment --by target", "carry-over"):
        assert run([*command.split(), *asked]) == 0, command
        said = capfd.readouterr()
        assert strange(programme, said.out + said.err, own) == [], command
    pages = [cp.views.progress_page(ds), cp.views.city_report(ds, ds.programme.units[0]), cp.views.province_report(ds)]
    pages += [cp.views.plant_page(ds, ds.plants["name"].iloc[0]), cp.views.returns_page(ds), cp.compare(ds)]
    shown = [html.blocks_html(p) + p.title + p.subtitle for p in pages]
    assert [s for text in shown for s in strange(programme, text, own)] == []
    form = openpyxl.load_workbook(io.BytesIO(make("progress", programme=programme, plants=ds.plants)))
    cells = {c for ws in form for row in ws.iter_rows(values_only=True) for c in row}
    assert {m.date_heading for m in ds.programme.plant_milestones()} <= cells


def strange(programme: str, shown: str, own: str = "") -> list[str]:
    """What a text says that is no word of the notice."""
    for word in sorted(filter(None, own.split("\n")), key=len, reverse=True):
        shown = shown.replace(word, "")
    found = [*re.finditer((NOTICES | OTHERS)[programme][1], shown), *COUNT.finditer(shown)]
    return [shown[max(0, f.start() - 20) : f.end() + 20] for f in found]


def indicators(ds: Dataset) -> str:
    """Names of indicators and of the notice's own headings that hold a word that it has no use for."""
    from cpaudit.indicators import systems

    names = [i.name for s in systems().values() for i in s.indicators()] + [s.title for s in systems().values()]
    names += [*ds.programme.summary.contents, ds.programme.document.title]
    return "\n".join(name for name in set(names) if re.search((NOTICES | OTHERS)[ds.programme.id][1], name))


def test_every_table_page_and_report_speaks_of_this_notice_alone(told: Any) -> None:
    programme, ds, _ = told
    unit, name = ds.programme.units[0], ds.plants["name"].iloc[0]
    pages = [cp.views.progress_page(ds), cp.views.attainment_page(ds), cp.views.returns_page(ds), cp.views.units_page(ds)]
    pages += [cp.views.plant_page(ds, name), cp.views.city_report(ds, unit), cp.views.province_report(ds)]
    shown = [html.blocks_html(p) + p.title + p.subtitle for p in pages]
    shown.append(markdown.page(work_summary_page(ds, unit)))
    own = indicators(ds)
    assert [s for text in shown for s in strange(programme, text, own)] == []
    assert all(ds.programme.title in page.subtitle + page.title for page in pages)


def test_the_commands_answer_in_its_words(told: Any, capfd: pytest.CaptureFixture[str]) -> None:
    programme, ds, warehouse = told
    own, asked = indicators(ds), ["--programme", programme, "--warehouse", str(warehouse)]
    commands = [["progress"], ["progress", "--by", "plant"], ["progress", "--by", "to-do"], ["funnel"], ["pace"], ["bulletin"]]
    commands += [["attainment"], ["attainment", "--by", "target"], ["carry-over"], ["handover"], ["returns"]]
    for command in commands:
        assert run([*command, *asked]) == 0, command
        said = capfd.readouterr()
        assert strange(programme, said.out + said.err, own) == [], command
    columns = [m.id for m in ds.programme.plant_milestones()]
    assert set(progress.milestone_states(ds)["milestone"]) == set(columns)
    assert progress.summary(ds)["accepted"].item() > 0


def test_the_empty_forms_ask_for_its_steps_and_are_read_again(told: Any, tmp_path: Path) -> None:
    programme, ds, _ = told
    kinds = ("roster", "progress", *(["unit_work"] if any(m.scope == "unit" for m in ds.programme.milestones) else []))
    for kind in kinds:
        made = make(kind, programme=programme, plants=ds.plants, demonstration=True)
        book = openpyxl.load_workbook(io.BytesIO(made))
        cells = "\n".join(str(c) for ws in book for row in ws.iter_rows(values_only=True) for c in row if c is not None)
        assert strange(programme, cells, indicators(ds)) == [], kind
        if kind == "progress":
            assert all(m.date_heading in cells for m in ds.programme.plant_milestones())
        (tmp_path / f"{kind}.xlsx").write_bytes(made)
    found = loaders.read([tmp_path / "roster.xlsx", tmp_path / "progress.xlsx"], programme=programme, as_of=ds.as_of)
    assert len(found.frames["plants"]) == len(ds.plants)
    assert not found.frames["problems"]["severity"].eq("error").any(), found.frames["problems"]["message"].tolist()
    assert find_kind("进度表").id == "progress"


def test_what_the_notice_says_of_its_deadlines_stands_in_the_data(told: Any) -> None:
    programme, ds, _ = told
    found = progress.deadlines(ds).merge(ds.plants[["plant_id", "listed_on", "own_deadline"]], on="plant_id")
    last = found[found["milestone"] == ds.programme.final.id]
    if programme == "shenzhen-2024-1":
        assert (last["deadline"] == last["own_deadline"]).all()
        assert set(found.loc[found["milestone"] == "notified", "basis"]) == {"none"}
        quarters = progress.unit_states(ds).query("milestone == 'quarterly'")["deadline"].dt.date
        assert set(quarters) <= {dt.date(2024, 6, 30), dt.date(2024, 9, 30), dt.date(2024, 12, 31)}
    elif programme == "hubei-2026":
        year = [day.replace(year=day.year + 1) for day in last["listed_on"]]
        assert last["deadline"].tolist() == year
    else:
        assert set(last["deadline"].dt.date) == {dt.date(2019, 3, 31)}
    assert set(handover.lists_of(ds).lists) == {"carry_over"}


def test_a_report_comes_out_as_a_file(told: Any, tmp_path: Path) -> None:
    programme, ds, warehouse = told
    unit = cp.programme.units()[ds.programme.units[0]].name
    asked = ["--programme", programme, "--warehouse", str(warehouse), "--out", str(tmp_path)]
    assert run(["report", "--unit", unit, *asked]) == 0
    pages = list(tmp_path.rglob("*.html"))
    assert pages
    assert [s for p in pages for s in strange(programme, p.read_text("utf-8"), indicators(ds))] == []


def test_a_return_that_gives_another_deadline_than_the_list_is_asked_and_neither_holds(told: Any, tmp_path: Path) -> None:
    programme, ds, warehouse = told
    if programme != "shenzhen-2024-1":
        pytest.skip("the list of this notice gives no deadline of a plant's own")
    raw = shutil.copytree(warehouse.parent / "raw", tmp_path / "raw")
    file = next(path for path in sorted(raw.rglob("*进度表.xlsx")))
    book = openpyxl.load_workbook(file)
    cells = [cell for row in book.worksheets[0].iter_rows() for cell in row]
    heading = next(cell for cell in cells if str(cell.value or "").startswith("单独确定的验收期限"))
    changed = book.worksheets[0].cell(heading.row + 1, heading.column)
    changed.value = "2024-12-25"
    book.save(file)
    frames = loaders.read([raw], programme=programme, as_of=ds.as_of).frames
    [asked] = frames["problems"].query("code == 'own_deadline_differs'").to_dict("records")
    plant = frames["plants"].set_index("plant_id").loc[asked["plant_id"]]
    assert pd.isna(plant["own_deadline"])
    assert "own_deadline" in plant["unread_fields"]
