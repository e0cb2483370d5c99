"""One list of units: what is spelt in many ways is one unit, and conversion loses no digit."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
import yaml

from cpaudit.errors import DefinitionError
from cpaudit.fields import tables
from cpaudit.indicators import systems
from cpaudit.loaders.sheets.layouts import layouts
from cpaudit.quantities.conversion import converted, ratio, yearly
from cpaudit.quantities.spellings import MeasureUnits, meant
from cpaudit.reference import read_definition, root


@pytest.mark.parametrize(
    ("written", "wanted", "times"),
    [
        *(("亿kWh", "万kWh", "10000"), ("亿千瓦时", "万kWh", "10000"), ("GWh", "万kWh", "100"), ("MW·h", "万kWh", "0.1")),
        *(("万千瓦·时", "万kWh", "1"), ("度", "万kWh", "0.0001"), ("KWH", "kWh", "1"), ("万度", "kWh", "10000")),
        *(("千元", "万元", "0.1"), ("人民币元", "万元", "0.0001"), ("百万元", "万元", "100"), ("亿元", "万元", "10000")),
        *(("公吨", "t", "1"), ("kt", "t", "1000"), ("公斤", "t", "0.001"), ("万吨", "t", "10000"), ("mg", "kg", "0.000001")),
        *(("公斤标煤", "tce", "0.001"), ("吨标准煤", "tce", "1"), ("万t标煤", "tce", "10000"), ("kgce/t", "tce/t", "0.001")),
        *(("万m³", "m³", "10000"), ("万立方米", "m3", "10000"), ("L/t", "m³/t", "0.001"), ("Nm³", "立方米", "1")),
        *(("百分比", "%", "1"), ("‰", "%", "0.1"), ("kgce/吨钢", "kgce/t", "1"), ("g/(kW·h)", "g/kWh", "1")),
        *(("kg·t⁻¹", "kg/t", "1"), ("千克每吨", "kg/t", "1"), ("㎏／ｔ", "kg/t", "1"), ("kg/元", "kg/万元", "10000")),
    ],
)
def test_units_of_one_kind_convert_exactly(written: str, wanted: str, times: str) -> None:
    assert ratio(written, wanted) == Fraction(Decimal(times))


@pytest.mark.parametrize(
    ("number", "written", "wanted", "printed"),
    [
        *((1.1, "千元", "万元", "0.11"), (125000, "元", "万元", "12.5"), (0.07, "亿kWh", "万kWh", "700.0")),
        *((3.3, "kg", "t", "0.0033"), (16.1, "万m³", "m³", "161000.0"), (1.005, "GWh", "kWh", "1005000.0")),
    ],
)
def test_a_converted_number_prints_as_one_would_by_hand(number: float, written: str, wanted: str, printed: str) -> None:
    times = ratio(written, wanted)
    assert times is not None
    assert str(converted(number, times)) == printed


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("kWh", "kgce"),
        ("t", "m³"),
        ("tce", "t"),
        ("tCO2", "t"),
        ("元", "t"),
        ("次", "人"),
        ("美元", "元"),
        ("kg/", "kg/t"),
        ("", "%"),
    ],
)
def test_what_measures_something_else_never_converts(written: str, wanted: str) -> None:
    assert ratio(written, wanted) is None


def test_only_the_year_may_be_left_out() -> None:
    assert yearly("万千瓦时/年", "万kWh/a") == yearly("万kWh", "万kWh/a") == 1
    assert {yearly(said, "t/a") for said in ("t/d", "吨/月", "t/h", "吨/天")} == {None}


def test_a_cubic_metre_of_water_is_a_ton_where_the_column_says_so() -> None:
    assert yearly("万m³/a", "t/a", {"m³": "t"}) == 10000
    assert yearly("万m³/a", "t/a") is None


@pytest.mark.parametrize(
    "text", ["元氏县", "石家庄市", "分公司", "日期", "3", "1/0", "9**9**9", "__import__('os')", "mPA", "kg/t/"]
)
def test_what_is_no_unit_is_taken_for_none(text: str) -> None:
    assert meant(text) is None


def test_every_unit_that_a_form_a_field_or_a_system_uses_is_listed() -> None:
    used = {f.unit for t in tables().values() for f in t.columns.values() if f.unit}
    used |= {h.unit for layout in layouts().values() for h in layout.columns.values() if h.unit}
    used |= {i.unit for s in systems().values() for i in s.inputs()}
    used |= {u for t in tables().values() for f in t.columns.values() for pair in f.also.items() for u in pair}
    assert [u for u in sorted(used) if meant(u, exact=True) is None] == []


def test_a_spelling_listed_twice_is_refused_by_name(tmp_path: Path) -> None:
    content = yaml.safe_load((root() / "measure_units.yaml").read_text(encoding="utf-8"))
    content["units"]["kg"]["spelt"].append("公 吨")
    path = tmp_path / "measure_units.yaml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    with pytest.raises(DefinitionError, match="公吨"):
        read_definition(path, MeasureUnits)


def test_telling_equal_units_apart_from_others_loads_no_library() -> None:
    program = "import sys; from cpaudit.quantities.conversion import ratio; ratio('吨', 't'); sys.exit('pint' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
