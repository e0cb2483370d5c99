"""Lists that are handed on: every plant where it belongs, once, with nothing claimed that the data don't hold."""

from __future__ import annotations

import csv
import datetime as dt
import io
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest

from cpaudit import indicators
from cpaudit.analysis import attainment, handover, progress
from cpaudit.analysis.carry_over import carry_over
from cpaudit.cli import run
from cpaudit.cli.lists import _LISTS
from cpaudit.dataset import Dataset
from cpaudit.errors import CpauditError
from cpaudit.programme import load_programme
from cpaudit.render.folder import write_folder
from cpaudit.render.paper import letter, xlsx
from cpaudit.selection import Selection
from cpaudit.views.tables import handover as view
from tests.support import independent
from tests.support.builders import dataset, event, option, plant, snapshot_of

NOTICE = independent.read("programmes/hebei-2021-2.yaml")
LISTS = list(handover.definitions().lists)
LATE = dt.date(2022, 12, 5)


def listed(ds: Dataset, list_id: str) -> dict[str, dict[str, Any]]:
    return {r["plant_id"]: r for r in independent.rows(handover.listing(ds, list_id))}


# -- who stands on which list


def test_the_three_authorities_of_the_notice_and_the_public_have_their_list() -> None:
    programme = load_programme("hebei-2021-2")
    assert [h.id for h in programme.handovers] == LISTS[:3]
    assert tuple(LISTS) == _LISTS
    ds = dataset()
    assert handover.receiver(ds, "enforcement") == ("生态环境执法部门", "通知四（三）")
    assert handover.receiver(ds, "results") == ("", "通知二（二）5")


def test_enforcement_gets_whoever_failed_or_is_late_as_counted_by_hand(ds: Dataset) -> None:
    for day in (ds.as_of, LATE, dt.date(2022, 3, 1)):
        then = snapshot_of(ds, day)
        events, plants = independent.rows(ds.events), independent.rows(then.plants)
        states = independent.milestone_states(NOTICE, plants, events, day)
        told = {(m, matter.state) for matter in handover.definitions().matters.values() for m in matter.milestones}
        said = {(p, m) for (p, m), state in states.items() if (m, state) in told} | {
            (p, m) for (p, m), state in states.items() if state == "failed" and (m, "failed") in told
        }
        doubtful = independent.in_doubt(NOTICE, states, events, independent.rows(ds.problems), day)
        said -= doubtful
        found = listed(then, "enforcement")
        assert set(found) == {p for p, _ in said}
        assert said, day
        for plant_id, row in found.items():
            assert row["steps"].split(";") == [m["id"] for m in NOTICE["milestones"] if (plant_id, m["id"]) in said]


def test_every_plant_stands_once_on_the_lists_of_all_with_its_verdict_and_result(ds: Dataset) -> None:
    verdicts = attainment.plants(ds).set_index("plant_id")["verdict"]
    accepted = {r["plant_id"] for r in independent.rows(progress.plants(ds)) if r["accepted_on"]}
    states = independent.milestone_states(NOTICE, independent.rows(ds.plants), independent.rows(ds.events), ds.as_of)
    results = {p: states[p, "accepted"] for p in ds.plants["plant_id"]}
    wrong = independent.wrong_cells(independent.rows(ds.problems))
    for p, state in results.items():
        if state not in ("done_on_time", "done_late", "left", "failed") and states[p, "assessed"] == "unclear":
            results[p] = "unclear"
    for list_id in ("energy_supervision", "permit_authority", "results"):
        rows = listed(ds, list_id)
        held = {p for p, r in results.items() if r == "unclear"}
        if list_id == "permit_authority":
            held |= {p for (p, m), state in states.items() if (m, state) == ("permit_written", "unclear")}
            held |= {p for (p, m), state in states.items() if (m, state) == ("permit_written", "applies_unknown")}
        if list_id == "results":  # published: what is in doubt isn't
            held |= {
                e["plant_id"]
                for e in independent.rows(ds.events)
                if e["milestone"] in ("assessed", "accepted") and (e["file"], e["sheet"], e["cell"]) in wrong
            }
            values = independent.rows(ds.measurements)
            levels = attainment.plants(ds).set_index("plant_id")["level_after"].dropna()
            held |= {
                v["plant_id"] for v in values if (v["file"], v["sheet"], v["cell"]) in wrong and v["plant_id"] in levels.index
            }
        assert list(rows) == [p for p in ds.plants["plant_id"] if p not in held]
        assert handover.held(ds, list_id) == len(held)
        assert {p for p, r in rows.items() if r["result"] == "accepted"} == accepted - held
        if list_id != "results":
            assert all(r["verdict"] == verdicts[p] for p, r in rows.items())
    counts = handover.results(ds).iloc[0]
    assert counts[list(handover.RESULTS)].sum() == counts["plants"] == len(ds.plants)
    by_unit = handover.results(ds, "unit")
    assert by_unit[list(handover.RESULTS)].sum().tolist() == counts[list(handover.RESULTS)].tolist()


def test_energy_savings_are_those_of_the_implemented_options(ds: Dataset) -> None:
    frame = handover.listing(ds, "energy_supervision")
    mine = ds.options[ds.options["status"].eq("implemented") & ds.options["plant_id"].isin(frame["plant_id"])]
    for column in ("energy_tce", "electricity_wan_kwh", "coal_t"):
        assert frame[column].sum() == pytest.approx(mine[column].sum())


def test_the_level_of_the_energy_indicators_is_the_worst_process_and_open_where_an_answer_could_change_it(ds: Dataset) -> None:
    asked: dict[tuple[str, ...], list[Any]] = {}
    for row in independent.rows(indicators.explain(ds.measurements)):
        if row["category"] == "resource_energy" and not row["bonus"] and row["counts"]:
            asked.setdefault(tuple(row[k] for k in ("plant_id", "period", "system", "process")), []).append(row)
    expected: dict[tuple[str, ...], list[int | None]] = {}
    for (plant_id, period, *_), mine in asked.items():
        known = max((r["level_met"] for r in mine if r["state"] == "reported"), default=None)
        sure = all(r["state"] == "reported" for r in mine) or known == independent.NONE
        expected.setdefault((plant_id, period), []).append(known if sure else None)
    rows = listed(ds, "energy_supervision")
    assert {r["energy_after"] for r in rows.values()} >= {None, 1, 2}
    for plant_id, row in rows.items():
        for period in ("before", "after"):
            several = expected.get((plant_id, period), [None])
            assert row[f"energy_{period}"] == (None if None in several else max(x for x in several if x))


def test_the_carry_over_list_is_the_analysis_own(ds: Dataset) -> None:
    late = snapshot_of(ds, LATE)
    assert handover.listing(late, "carry_over")["plant_id"].tolist() == carry_over(late)["plant_id"].tolist()


def test_results_days_and_matters_follow_the_events() -> None:
    plants = [plant(p) for p in ("on_time", "late", "failed", "assessed", "nothing", "left", "left_accepted")]
    plants[5] |= {"status": "closed", "status_since": "2022-05-01"}
    plants[6] |= {"status": "suspended", "status_since": "2022-12-01"}
    steps = ["registered", "disclosed", "plan_ready", "assessment_applied", "implemented", "acceptance_applied"]
    events = [event(p["plant_id"], m, "2022-01-10") for p in plants[:4] for m in steps]
    events += [event(p["plant_id"], "assessed", "2022-06-20") for p in plants[:4]]
    events += [event("on_time", "accepted", "2022-11-30"), event("late", "accepted", "2022-12-04")]
    events += [event("failed", "accepted", "2022-11-20", result="failed"), event("left_accepted", "accepted", "2022-11-01")]
    ds = dataset(dt.date(2022, 12, 10), plants=plants, events=events)
    rows = listed(ds, "permit_authority")
    assert {p: r["result"] for p, r in rows.items()} == {
        "on_time": "accepted",
        "late": "accepted",
        "failed": "acceptance_failed",
        "assessed": "not_accepted",
        "nothing": "not_assessed",
        "left": "left",
        "left_accepted": "accepted",
    }
    assert {p: r["late_days"] for p, r in rows.items() if r["late_days"]} == {
        "late": 4, "failed": 10, "assessed": 10, "nothing": 10,
    }  # fmt: skip
    told = listed(ds, "enforcement")
    assert set(told) == {"failed", "assessed", "nothing"}
    assert told["failed"]["matter"] == "验收未通过；逾期未通过验收"
    assert told["failed"]["worst_days"] == 10
    assert told["assessed"]["matter"] == "逾期未通过验收"
    assert told["nothing"]["matter"] == "逾期未通过验收；逾期未完成审核程序；逾期未公开信息"
    assert told["nothing"]["worst_days"] == (dt.date(2022, 12, 10) - dt.date(2022, 1, 31)).days


def test_the_law_on_mandatory_audits_is_not_claimed_of_plants_on_the_other_roster() -> None:
    plants = [plant("a"), plant("b", roster="key_industry")]
    told = listed(dataset(LATE, plants=plants), "enforcement")
    assert "第三十九条（" in told["a"]["basis"]
    assert "由执法部门认定" in told["b"]["basis"]
    assert all(row["basis"].startswith("通知四（三）") for row in told.values())
    assert all(b.status == "secondary" and b.seen_at for b in handover.definitions().bases.values())
    note = handover.definitions().lists["enforcement"].note
    assert "是否违法由执法部门认定" in note
    assert "未核对正式文本" in note


def test_a_plant_in_three_target_groups_stands_once_on_each_list() -> None:
    ds = dataset(LATE, plants=[plant("a", industry="cement", hazardous_waste_t=500.0)], options=[option("a", "WD1")])
    extra = [t.model_copy(update={"id": f"{t.id}_again"}) for t in ds.programme.targets if "cement" in t.applies_to.industries]
    ds = replace(ds, programme=ds.programme.model_copy(update={"targets": (*ds.programme.targets, *extra)}))
    assert len(ds.programme.targets_for("cement", 500.0)) == 3
    for list_id in LISTS:
        assert len(handover.listing(ds, list_id)) == 1, list_id


def test_before_the_notice_nobody_is_late_and_nobody_carried_over(ds: Dataset) -> None:
    then = snapshot_of(ds, dt.date(2021, 6, 1))
    blank = int(ds.plants["permit_class"].isna().sum())  # of them nobody knows whether a permit must say so
    wrong = handover.held(then, "results")  # values of no day of their own
    assert {i: len(handover.listing(then, i)) for i in LISTS} == {
        "energy_supervision": 446, "permit_authority": 446 - blank, "enforcement": 0, "results": 446 - wrong, "carry_over": 0,
    }  # fmt: skip
    assert "没有须列入的企业" in view.listing(then, "enforcement").empty


@pytest.mark.parametrize("list_id", LISTS)
def test_a_unit_without_plants_has_empty_lists_and_a_correct_note(list_id: str) -> None:
    for ds in (dataset(), dataset(plants=[plant("a")]).select(Selection(units=("xiongan",)))):
        assert view.listing(ds, list_id).frame.empty
        note = view.letter(ds, list_id)
        assert "没有列入名单的企业" in "".join(note.paragraphs)
        assert letter.letter(note)
        assert xlsx.workbook(view.listing(ds, list_id), source="来源")


def test_no_list_shows_people_or_phones() -> None:
    words = "".join(h.label for h in handover.definitions().columns.values())
    assert [w for w in ("联系人", "电话", "法人", "手机") if w in words] == []


# -- the cover note


def test_the_note_says_to_whom_by_which_clause_how_many_and_leaves_the_rest_open(ds: Dataset) -> None:
    note = view.letter(ds, "energy_supervision")
    text = "".join(note.paragraphs)
    accepted = int(progress.plants(ds)["accepted_on"].notna().sum())
    assert note.to == "节能监察部门"
    assert "冀环科宣函〔2021〕1080号" in text
    assert "第四部分第（三）项" in text
    assert "2022年11月15日" in text
    assert f"通过验收 {accepted} 家" in text
    assert "示范数据" in note.badge
    assert note.number == "〔待填：发文字号〕"
    assert note.date == "〔待填：成文日期〕"
    assert f"{len(handover.listing(ds, 'energy_supervision'))} 家" in note.attachments[0]


def test_real_data_carry_no_badge() -> None:
    assert view.letter(dataset(demonstration=False, plants=[plant("a")]), "results").badge == ""


def test_the_note_is_a_document_in_office_fonts(ds: Dataset) -> None:
    document = docx.Document(io.BytesIO(letter.letter(view.letter(ds, "enforcement"))))
    text = [p.text for p in document.paragraphs]
    assert "生态环境执法部门：" in text
    assert any("河北省生态环境厅" in line for line in text)
    own = [p.style.element.rPr.find(docx.oxml.ns.qn("w:rFonts")) for p in document.paragraphs]
    usual = document.styles["Normal"].element.rPr.rFonts
    fonts = {(usual if f is None else f).get(docx.oxml.ns.qn("w:eastAsia")) for f in own}
    assert fonts >= {"仿宋", "方正小标宋简体"}
    assert f"移交的企业{len(handover.listing(ds, 'enforcement'))}家" in "".join(text)


def height(paragraph: Any, width: float) -> float:
    """The points that a paragraph takes, its characters counted as wide as Chinese ones, figures and letters half."""
    own, usual = paragraph.style.font.size, paragraph.style.base_style
    wide = sum(1.0 if ord(c) > 255 else 0.6 for c in paragraph.text) * (own or usual.font.size).pt

    def points(name: str) -> float:
        style, found = paragraph.style, getattr(paragraph.paragraph_format, name)
        while found is None and style is not None:
            style, found = style.base_style, getattr(style.paragraph_format, name)
        return found.pt if found else 0

    lines = math.ceil((wide + points("first_line_indent")) / width)
    return lines * points("line_spacing") + points("space_before") + points("space_after")


@pytest.mark.parametrize("list_id", LISTS)
def test_every_note_fits_on_one_page(ds: Dataset, list_id: str) -> None:
    for unit in ("", "xiongan", "shijiazhuang"):
        part = ds.select(Selection(units=(unit,))) if unit else ds
        document = docx.Document(io.BytesIO(letter.letter(view.letter(part, list_id, unit))))
        page = document.sections[0]
        width = (page.page_width - page.left_margin - page.right_margin) / 12700
        room = (page.page_height - page.top_margin - page.bottom_margin) / 12700
        assert sum(height(p, width) for p in document.paragraphs) <= room


def test_documents_number_their_pages(ds: Dataset) -> None:
    document = docx.Document(io.BytesIO(letter.letter(view.letter(ds, "results"))))
    assert 'w:instr="PAGE"' in document.sections[0].footer.paragraphs[0]._p.xml


def test_every_list_names_its_clause_below(ds: Dataset) -> None:
    for list_id in LISTS:
        assert f"依据：{handover.receiver(ds, list_id)[1]}。" in view.listing(ds, list_id).note


# -- files


def test_the_command_writes_each_list_as_workbook_text_and_note_with_the_same_rows(warehouse: Path, tmp_path: Path) -> None:
    out = tmp_path / "移交"
    assert run(["handover", "--warehouse", str(warehouse), "--unit", "唐山市", "--out", str(out)]) == 0
    assert len(list(out.iterdir())) == 3 * len(LISTS)
    for what in handover.definitions().lists.values():
        sheet = openpyxl.load_workbook(out / f"{what.file}.xlsx").active
        assert sheet
        lines = list(csv.reader(io.StringIO((out / f"{what.file}.csv").read_text(encoding="utf-8-sig"))))
        assert [*(c.value for c in sheet[3]), "数据性质"] == lines[0]
        assert [str(r[1].value) for r in sheet.iter_rows(min_row=4, max_row=2 + len(lines))] == [line[1] for line in lines[1:]]
        assert "唐山市" in str(sheet["A2"].value)
        assert "示范数据" in str(sheet["A2"].value)
        assert (out / f"{what.file}-函.docx").stat().st_size > 0


def test_a_list_that_cannot_be_written_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "b.csv").mkdir()
    (tmp_path / "a.csv").write_bytes(b"old")
    with pytest.raises(CpauditError, match="无法写入"):
        write_folder(tmp_path, {"a.csv": b"new", "b.csv": b"new"})
    assert (tmp_path / "a.csv").read_bytes() == b"old"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.csv", "b.csv"]


def test_without_a_folder_the_lists_are_printed(warehouse: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    base = ["handover", "--warehouse", str(warehouse), "--unit", "雄安新区"]
    assert run(base) == 0
    shown = capsysbinary.readouterr().out.decode()
    assert all(what.title in shown for what in handover.definitions().lists.values())
    assert run([*base, "--to", "results", "--format", "csv"]) == 0
    assert len(capsysbinary.readouterr().out.decode("utf-8-sig").splitlines()) == 1 + 4
    assert run([*base, "--format", "csv"]) == 2
    assert capsysbinary.readouterr().err.decode().count("\n") == 1
