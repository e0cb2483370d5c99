"""The overview's first screen answers five questions; the right answers of three days of ten plants are worked out by hand."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest

from cpaudit import views
from cpaudit.analysis import forecast
from cpaudit.dataset import Dataset
from cpaudit.errors import SnapshotError
from cpaudit.render.web.html import body_html
from cpaudit.views.first import overview
from tests.support.builders import dataset, event, plant, returned

EARLY = [("notified", "2021-12-28"), ("registered", "2022-01-20"), ("disclosed", "2022-01-20"), ("permit_written", "2022-01-20")]
PLANS = [("plan_ready", "2022-05-20"), ("assessment_applied", "2022-05-25")]
#: Assessed: two early, six by the end of June; the ninth fails; the tenth is never heard of again. The sixth has no plan.
ASSESSED = {
    1: "2022-06-10",
    2: "2022-06-12",
    3: "2022-06-20",
    4: "2022-06-20",
    5: "2022-06-22",
    6: "2022-06-24",
    7: "2022-06-27",
    8: "2022-06-28",
}
UNIT = {n: "shijiazhuang" if n <= 6 else "tangshan" for n in range(1, 11)}
DAYS = ("2022-06-15", "2022-07-10", "2022-11-10")


def on(day: str, *, silent: tuple[int, ...] = ()) -> Dataset:
    """The ten plants as a snapshot of that day has them; of the silent ones nothing came."""
    events: list[dict[str, Any]] = []
    for n, unit in UNIT.items():
        done = [*EARLY, *(PLANS if n != 6 else [])]
        done += [("assessed", ASSESSED[n])] if n in ASSESSED else []
        done += [("implemented", "2022-10-20"), ("acceptance_applied", "2022-10-30")] if n <= 6 else []
        done += [("accepted", f"2022-11-0{n + 4}")] if n <= 2 else []
        events += [event(f"p{n}", step, when, unit=unit) for step, when in done if when <= day and n not in silent]
    if day >= "2022-06-30" and 9 not in silent:
        events.append(event("p9", "assessed", "2022-06-30", result="failed", unit="tangshan"))
    plants = [plant(f"p{n}", unit=unit, county="130104" if n <= 6 else "130202") for n, unit in UNIT.items()]
    more: dict[str, Any] = {}
    if silent:
        more["returns"] = [returned(f"p{n}", unit=unit) for n, unit in UNIT.items() if n not in silent]
    return dataset(dt.date.fromisoformat(day), plants=plants, events=events, **more)


def answers(day: str, before: Dataset | None, monkeypatch: pytest.MonkeyPatch, **given: Any) -> tuple[str, dict[str, str]]:
    """What stands on top, and the answer to each question, as the page's HTML shows them."""
    monkeypatch.setattr(overview, "previous", lambda _: before)
    text = body_html(views.progress_page(on(day, **given)))
    (lead,) = re.findall(r'<p class="cp-lead">(.*?)</p>', text)
    found = dict(re.findall(r'data-answer="(\w+)"><dt>[^<]*</dt>(.*?)</div>', text, flags=re.S))
    plain = {id: re.sub(r"<[^>]+>", " ", said.replace("</li>", "；")) for id, said in found.items()}
    return lead, {id: re.sub(r"\s+", "", said) for id, said in plain.items()}


def test_the_first_of_three_snapshots(monkeypatch: pytest.MonkeyPatch) -> None:
    lead, told = answers(DAYS[0], None, monkeypatch)
    assert list(told) == ["standing", "changed", "in_doubt", "data", "to_do"]
    # From 1 June to 1 July; fourteen of thirty days are over: 4.67 plants of ten were to be through, two are.
    assert "还有 16 天" in lead
    assert "10 家中已完成 2 家，占 20.0%，比匀速推进慢 3 家" in lead
    assert "有逾期的企业 1 家" in lead
    assert "“完成评估”，还有16天：应完成10家，已完成2家，占20.0%，尚差8家，比匀速推进慢3家" in told["standing"]
    assert "没有更早的快照可比" in told["changed"]
    assert told["in_doubt"].startswith("尚未“完成评估”的8家（石家庄市4家、唐山市4家）")
    assert "不作推算" in told["in_doubt"]
    assert "没有未报送的企业，报来的文件中没有错误" in told["data"]
    assert "催办“完成评估”于2022年7月1日到期的企业8家" in told["to_do"]
    assert "督办有逾期的企业1家（石家庄市1家）" in told["to_do"]


def test_the_second_says_what_is_late_since(monkeypatch: pytest.MonkeyPatch) -> None:
    lead, told = answers(DAYS[1], on(DAYS[0]), monkeypatch)
    assert "距“提出验收申请”期限还有 114 天" in lead
    assert "比匀速推进慢 1 家；有逾期的企业 3 家" in lead
    assert "“提出验收申请”没有增加；新出现逾期的▲2家（唐山市2家）" in told["changed"]
    assert "没有进展" not in told["changed"]  # nobody had anything to apply for
    assert "督办有逾期的企业3家（唐山市2家、石家庄市1家）" in told["to_do"]
    assert "督促整改评估或验收未通过的企业1家（唐山市1家）" in told["to_do"]


def test_the_third_says_who_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    lead, told = answers(DAYS[2], on(DAYS[1]), monkeypatch)
    # From 1 to 30 November, nine of 29 days: 3.1 plants.
    assert "距“完成验收”期限还有 20 天，10 家中已完成 2 家，占 20.0%，比匀速推进慢 1 家；有逾期的企业 5 家" in lead
    assert "“完成验收”▲2家（石家庄市2家）；新出现逾期的▲2家（唐山市2家）；唐山市没有进展" in told["changed"]
    assert "尚未“完成验收”的8家（石家庄市4家、唐山市4家）" in told["in_doubt"]


def test_of_the_silent_nothing_is_said_but_that_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    tangshan = (7, 8, 9, 10)
    lead, told = answers(DAYS[2], on(DAYS[1], silent=tangshan), monkeypatch, silent=tangshan)
    assert "6 家中已完成 2 家" in lead
    assert "有逾期的企业 1 家" in lead
    assert "未报送的企业4家（唐山市4家）" in told["data"]
    assert "催报未报送的企业4家（唐山市4家）" in told["to_do"]
    assert not re.search("唐山市", told["changed"] + told["in_doubt"] + told["standing"])
    everybody = tuple(UNIT)
    lead, told = answers(DAYS[2], None, monkeypatch, silent=everybody)
    assert "未报送" in lead
    assert "无法判断" in lead
    assert "有逾期" not in lead + told["standing"] + told["in_doubt"]


def test_a_snapshot_before_that_cannot_be_read_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def damaged(_: Dataset) -> Dataset:
        raise SnapshotError("快照 2022-07-10 已损坏。")

    monkeypatch.setattr(overview, "previous", damaged)
    said = {item.id: item.text for item in overview.of_progress(on(DAYS[2])).items}
    assert said["changed"] == "上期的快照不能读取，无从比较：快照 2022-07-10 已损坏。"


@pytest.mark.parametrize("day", DAYS)
def test_what_an_answer_names_leads_somewhere(day: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overview, "previous", lambda _: None)
    text = body_html(views.progress_page(on(day)))
    tables = re.findall(r'href="#(t-\w+)"', text)
    assert tables
    assert all(f'id="{table}"' in text for table in tables)
    assert {"shijiazhuang", "tangshan"} <= set(re.findall(r'class="cp-unit-name" data-unit="(\w+)"', text))


def test_plants_whose_county_nobody_filled_in_are_counted_and_placed_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overview, "previous", lambda _: None)
    where = {1: "130104", 2: "130102", 3: None}
    plants = [plant(f"p{n}", county=county) for n, county in where.items()]
    done = [event(f"p{n}", step, when) for n in (1, 2) for step, when in EARLY]
    said = {
        item.id: item.points for item in overview.of_progress(dataset(dt.date(2022, 2, 10), plants=plants, events=done)).items
    }
    assert any(point.endswith("有逾期的企业 1 家") for point in said["to_do"])


def test_how_many_may_not_make_it_is_what_the_forecast_itself_says(ds: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    unchecked = forecast.forecast(ds, "accepted", unchecked=True)
    before = forecast.checks(ds, "accepted", 15)
    monkeypatch.setattr(overview, "_chances", lambda *_: unchecked)
    monkeypatch.setattr(overview, "_checked", lambda *_: before)
    (said,) = (item.text for item in overview.of_progress(ds).items if item.id == "in_doubt")
    about, least, most = map(int, re.search(r"约 (\d+) 家（(\d+)—(\d+) 家）不能按期", said).groups())  # type: ignore[union-attr]
    whole = forecast.together(unchecked, before)
    assert whole
    assert about == pytest.approx(whole.n - whole.expected, abs=0.51)
    assert least <= whole.n - whole.upper
    assert most >= whole.n - whole.lower
    assert least < about < most
