"""A page as HTML and as notebook output: whole, escaped, readable without help from outside."""

from __future__ import annotations

import datetime as dt
import json
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cpaudit import views
from cpaudit.render.notebook import show as notebook
from cpaudit.render.web import html
from cpaudit.views import theme
from cpaudit.views.page import Caveat, Column, Figure, Heading, KeyFigure, KeyFigures, Page, Stamp, Table, Text
from tests.support.builders import dataset, event, plant

HOSTILE = "<img src=x onerror=alert(1)></script><!-- 'x' \"y\" &amp;"
STAMP = Stamp(dt.date(2022, 11, 15), "第二批", "冀环科宣函〔2021〕1080号", "abc123", 446, True)
VOID = {"meta", "link", "br", "img", "hr", "input"}


class Checker(HTMLParser):
    """Collects tags, attributes and text; says which elements are not closed properly."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def parsed(text: str) -> Checker:
    checker = Checker()
    checker.feed(text)
    checker.close()
    assert not checker.faults
    assert not checker.open
    return checker


def table(rows: int = 2, **fields: Any) -> Table:
    frame = pd.DataFrame(
        {
            "name": ["甲厂", *[f"厂{i}" for i in range(1, rows)]],
            "n": pd.array([1234] * rows, dtype="Int64"),
            "x": [1234.567] * (rows - 1) + [float("nan")],
            "p": [33.333] * rows,
            "d": pd.to_datetime(["2022-11-05"] * rows),
            "level": ["Ⅰ级"] * rows,
        }
    )
    columns = {
        "name": Column("企业名称"),
        "n": Column("企业", "integer", "家"),
        "x": Column("投资", "number", "万元", 2),
        "p": Column("占比", "percent"),
        "d": Column("期限", "date"),
        "level": Column("级别", "level"),
    }
    return Table("t", "一张表", frame, columns, **fields)


def figure(title: str = "图的结论") -> Figure:
    import plotly.graph_objects as go

    return Figure("f", title, theme.figure(go.Bar(x=[1], y=["甲"])), "甲 1 家", 1, "注")


def page(*blocks: Any, title: str = "页") -> Page:
    return Page("p", title, "副题", STAMP, blocks)


def test_a_page_is_a_whole_document_in_chinese_that_asks_no_other_host() -> None:
    text = html.page_document(page(Heading("一"), Text("字"), figure(), table()))
    checker = parsed(text)
    assert text.startswith("<!DOCTYPE html>")
    assert ("lang", "zh-CN") in checker.attributes
    assert ("content", "width=device-width, initial-scale=1") in checker.attributes
    links = [v for k, v in checker.attributes if k in ("src", "href")]
    assert links == ["data:,", "assets/page.css", "assets/plotly.min.js", "assets/page.js"]
    assert not [k for k, _ in checker.attributes if k.startswith("on")]
    assert {"header", "main", "section", "figure", "figcaption", "caption"} <= set(checker.tags)


def test_the_stamp_says_where_the_numbers_come_from() -> None:
    text = parsed(html.header_html(page())).text
    for part in ("示范数据", "数据日期 2022-11-15", "冀环科宣函〔2021〕1080号", "快照版本 abc123", "企业 446 家"):
        assert part in text


@pytest.mark.parametrize(
    "block",
    [
        Text(HOSTILE),
        Heading(HOSTILE),
        Caveat(HOSTILE),
        KeyFigures((KeyFigure("k", HOSTILE, 1, HOSTILE, note=HOSTILE),)),
        Table("t", HOSTILE, pd.DataFrame({"a": [HOSTILE]}), {"a": Column(HOSTILE)}, HOSTILE),
        Table("t", HOSTILE, pd.DataFrame({"a": []}), {"a": Column("列")}, "", HOSTILE),
        figure(HOSTILE),
    ],
)
def test_whatever_a_plant_is_called_it_stays_text(block: Any) -> None:
    checker = parsed(html.block_html(block))
    assert "img" not in checker.tags
    assert HOSTILE in checker.text


def test_a_hostile_plant_name_stays_text_on_both_pages() -> None:
    ds = dataset(plants=[plant("p1", name=HOSTILE), plant("p2", name=HOSTILE)], events=[event("p1", "notified", "2022-01-01")])
    for made in (views.progress_page(ds), views.city_report(ds, "石家庄")):
        checker = parsed(html.page_document(made))
        assert "img" not in checker.tags
        assert HOSTILE in checker.text


def test_the_json_of_a_figure_cannot_end_its_script() -> None:
    import plotly.graph_objects as go

    text = html.figure_json(theme.figure(go.Bar(x=[1], y=["</script><!--\u2028"])))
    assert not set(text) & set("<>&\u2028")
    assert json.loads(text)["data"][0]["y"] == ["</script><!--\u2028"]


def test_the_template_of_figures_lies_in_the_script_once() -> None:
    import plotly.graph_objects as go

    usual, own = theme.figure(go.Bar(x=[1])), go.Figure(go.Bar(x=[1]), {"template": {"layout": {"bargap": 0.5}}})
    assert "template" not in json.loads(html.figure_json(usual))["layout"]
    assert json.loads(html.figure_json(own))["layout"]["template"]["layout"]["bargap"] == 0.5
    given = next(line for line in html.script().splitlines() if line.startswith("globalThis.cpaudit.template = "))
    assert json.loads(given.partition(" = ")[2].rstrip(";")) == json.loads(usual.to_json())["layout"]["template"]


def test_numbers_are_written_as_offices_write_them() -> None:
    text = html.block_html(table())
    assert '<td class="cp-num">1,234</td>' in text
    assert '<td class="cp-num" data-v="1234.567">1,234.57</td>' in text
    assert '<td class="cp-num" data-v="33.333">33.3%</td>' in text
    assert '<td class="cp-date">2022-11-05</td>' in text
    assert "cp-level-1" in text
    assert '<span class="cp-none">—</span>' in text
    assert "投资（万元）" in text
    assert 'scope="col"' in text
    assert '<th scope="row" class="cp-words">甲厂</th>' in text


def test_a_key_figure_carries_its_value_and_its_denominator() -> None:
    text = html.block_html(KeyFigures((KeyFigure("accepted", "已验收", 1312, of=4000), KeyFigure("nothing", "无", None, "t/a"))))
    assert '<span class="cp-value" data-key="accepted" data-value="1312">1,312</span>' in text
    assert "共 4,000 家，占 32.8%" in text
    assert '<span class="cp-value" data-key="nothing" data-value="">—</span></dd>' in text
    assert "nan" not in html.block_html(KeyFigures((KeyFigure("zero", "零", 0, of=0),)))


def test_the_value_of_a_key_figure_can_be_read_back_exactly() -> None:
    for value in (0, 7, 446, 1234567, 0.1, 12705.55, 2_551_960.83):
        text = html.block_html(KeyFigures((KeyFigure("k", "数", value, decimals=1),)))
        found = re.search(r'data-value="([^"]*)"', text)
        assert found
        assert float(found[1]) == value


def test_long_tables_say_how_many_rows_are_left_out() -> None:
    text = html.block_html(table(12, limit=5))
    assert text.count("<tr>") == 6
    assert "列出前 5 行，另有 7 行未列出。" in text
    assert "未列出" not in html.block_html(table(5, limit=5))


def test_an_empty_table_says_so_instead() -> None:
    empty = Table("t", "逾期清单", pd.DataFrame({"a": []}), {"a": Column("列")}, "说明", "没有逾期。")
    text = parsed(html.block_html(empty)).text
    assert "没有逾期。" in text
    assert "说明" not in text


def test_blank_lines_make_paragraphs() -> None:
    assert html.block_html(Text("一\n\n二\n三")).count("<p ") == 2


def test_each_section_stands_under_its_heading() -> None:
    text = html.blocks_html(page(Text("前"), Heading("甲"), Text("一"), Heading("乙"), Text("二")))
    assert text.count("<section") == text.count("</section>") == 2
    assert parsed(text).tags[0] == "p"


def test_links_to_sections_lead_somewhere() -> None:
    made = page(Heading("总体情况"), Heading("进度"), Heading("数据质量（一）"))
    targets = re.findall(r'href="#([^"]+)"', html.contents_html(made))
    assert len(targets) == 3
    assert all(f'id="{target}"' in html.blocks_html(made) for target in targets)


def test_assets_are_copied_whole(tmp_path: Path) -> None:
    html.write_assets(tmp_path / "assets")
    names = sorted(p.name for p in (tmp_path / "assets").iterdir())
    assert names == ["page.css", "page.js", "plotly.min.js"]
    assert (tmp_path / "assets" / "plotly.min.js").stat().st_size > 1_000_000


def test_the_style_sheet_touches_nothing_but_pages() -> None:
    text = re.sub(r"/\*.*?\*/", "", html.style(), flags=re.S)
    selectors = [s.strip() for rule in re.findall(r"(?:^|[{}])\s*([^{}@]+?)\s*\{", text) for s in rule.split(",")]
    assert selectors
    assert all(re.match(r"(body)?\.cp(\.cp-[a-z]+)*(::backdrop)?(\s|$)", s) for s in selectors), selectors
    assert "url(" not in text


def test_a_notebook_gets_one_output_per_block(monkeypatch: pytest.MonkeyPatch) -> None:
    outputs: list[tuple[dict[str, Any], dict[str, Any]]] = []
    monkeypatch.setattr("IPython.display.publish_display_data", lambda data, metadata: outputs.append((data, metadata)))
    made = page(Heading("一"), figure("一<b>二"), table())
    notebook.show(made)
    assert [m["cpaudit"]["role"] for _, m in outputs] == ["style", "header", "block", "block", "block"]
    assert [m["cpaudit"].get("kind") for _, m in outputs[2:]] == ["Heading", "Figure", "Table"]
    assert "一&lt;b&gt;二" in outputs[3][0]["text/html"]
    drawn = outputs[3][0]["application/vnd.plotly.v1+json"]
    assert drawn["layout"]["title"]["text"] == "一&lt;b>二"
    assert outputs[4][0]["text/plain"] == "一张表"
    json.dumps([data for data, _ in outputs])


def test_jupyterlab_takes_nothing_in_a_page_for_a_formula() -> None:
    for block in (Text("$\\phantom{逾期}$示例厂$1$"), table(), figure()):
        first = re.match(r"<div class=\"([^\"]*)\">", notebook.bundle(block)["text/html"])
        assert first
        assert "mathjax_ignore" in first[1].split()  # the class whose content MathJax leaves alone


def test_nothing_uploads_a_figure() -> None:
    config = notebook.bundle(figure())["application/vnd.plotly.v1+json"]["config"]
    assert config["modeBarButtons"] == [["toImage"]]
    assert config["plotlyServerURL"] == ""


def test_colours_are_the_same_everywhere_and_told_apart_by_lightness() -> None:
    def lightness(colour: str) -> float:
        red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
        return 0.3 * red + 0.59 * green + 0.11 * blue

    shades = sorted(lightness(c) for c in theme.VERDICT_COLOURS.values())
    assert all(b - a > 10 for a, b in pairwise(shades))
    assert theme.ADVANCE_COLOURS["overdue"] == theme.STATE_COLOURS["overdue"]
