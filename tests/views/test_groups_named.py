"""Every group of a table has a name, also the one of the plants for which nothing is filled in."""

from __future__ import annotations

import pytest

import cpaudit as cp
from cpaudit.views.tables import base, bulletin, plausibility

TABLES = {
    "progress": lambda ds: base.progress(ds, "consultant"),
    "attainment": lambda ds: base.attainment(ds, "consultant"),
    "benefits": lambda ds: base.benefits(ds, "consultant"),
    "funnel": lambda ds: bulletin.funnel(ds, "consultant"),
    "pace": lambda ds: bulletin.pace(ds, "consultant"),
    "leads": lambda ds: plausibility.plausibility(ds, by="consultant"),
}


@pytest.mark.parametrize("table", TABLES)
def test_plants_without_a_consultant_are_a_group_with_a_name(table: str) -> None:
    ds = cp.example()
    assert ds.plants["consultant"].isna().any()
    found = TABLES[table](ds).frame["consultant"]
    assert not found.isna().any()
    assert table == "benefits" or "（未填）" in set(found)
