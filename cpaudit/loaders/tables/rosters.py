"""Rosters → plants: one row per plant, with its identity, place and duties."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from cpaudit.errors import UsageError
from cpaudit.fields import field
from cpaudit.loaders.cells import texts, values
from cpaudit.loaders.cells.credit_codes import Code, read_code, report_code
from cpaudit.loaders.cells.folding import simplified
from cpaudit.loaders.cells.places import bare, county_name, find_county, only_unit, own_unit, parents, successors
from cpaudit.loaders.plants.identity import is_several, is_site, site, split_former
from cpaudit.loaders.plants.matching import Known
from cpaudit.loaders.plants.own_columns import own_columns
from cpaudit.loaders.problems import ProblemPlace
from cpaudit.loaders.sheets.contacts import masked, without
from cpaudit.loaders.sheets.words import row_word
from cpaudit.loaders.tables import kinds
from cpaudit.loaders.tables.doubts import batches, namesakes, unread
from cpaudit.loaders.tables.doubts.namesakes import name_of
from cpaudit.loaders.tables.settle import settle
from cpaudit.programme import find_industry, find_unit, industries
from cpaudit.programme.document import by_clauses
from cpaudit.programme.units import divisions_of, units

if TYPE_CHECKING:
    import datetime as dt

    from cpaudit.loaders.sheets.layouts import Title
    from cpaudit.loaders.tables.gathered import Load
    from cpaudit.loaders.tables.reader import Row, Sheet


class _Titles(NamedTuple):
    """What holds of every plant in a table; ``roster`` as :func:`kinds.of_sheet`, ``unread`` as :func:`unread.positions`."""

    roster: str
    listed_on: dt.date | None
    unread: dict[str, int]


def read(sheets: list[Sheet]) -> None:
    """Read all rosters at once: a code that stands for several sites shows only over all rows."""
    sheets = [sheet for sheet in sheets if not _of_others(sheet)]
    rows = [(sheet, row) for sheet in sheets for row in sheet.rows() if not _off(row)]
    sites: dict[str, set[str]] = {}
    for _, row in rows:
        if code := read_code(row["uscc"]).code:
            sites.setdefault(code, set()).add(texts.key(split_former(name_of(row))[0]))
    namesakes.ask([row for _, row in rows])
    counted = dict.fromkeys(map(id, sheets), 0)
    titles = {id(sheet): _titles(sheet) for sheet in sheets}
    for sheet, row in rows:
        counted[id(sheet)] += _plant(titles[id(sheet)], row, sites)
    if sheets:
        _settle(sheets[0].load)
    for sheet in sheets:
        _check_total(sheet, counted[id(sheet)])
    if sheets:
        _check_sizes({titles[id(s)].roster: s for s in reversed(sheets)})


def _of_others(sheet: Sheet) -> bool:
    """Whether a table calls itself a list of plants that left, passed or failed: nobody is put on the roster by it (told)."""
    if said := kinds.of_others(sheet):
        sheet.given_up.append("roster_of_others")
        for row in sheet.rows():
            row.fate("rejected")
        sheet.load.problems.add("roster_of_others", sheet.place(sheet.what.header, sheet.what.span[0]), value=texts.text(said))
    return bool(said)


def _off(row: Row) -> bool:
    """Whether a row stands among plants that left, passed or failed (told): 二、调出."""
    if said := kinds.off(row):
        row.reject("roster_row_of_others", "name", None, value=said)
    return bool(said)


def _settle(load: Load) -> None:
    """Make the plants of what the rows say; one whose unit the lists dispute is nobody's."""
    settle(load, "plants")
    for plant in load.tables["plants"]:
        if not plant["unit"]:
            load.disputed.add(plant["plant_id"])
        load.registry.add(Known(*(plant[c] for c in ("plant_id", "uscc", "name", "unit", "former_names", "county"))))
    load.tables["plants"] = [p for p in load.tables["plants"] if p["unit"]]


def _plant(title: _Titles, row: Row, sites: dict[str, set[str]]) -> bool:
    """Read one row; whether it names a plant that none before it did."""
    load = row.sheet.load
    name, former = split_former(name_of(row))
    code = read_code(row["uscc"])
    if code.problem == "uscc_missing" and not_a_plant(row, name):
        row.reject("not_a_plant", "name", None, value=row["name"])
        return False
    if is_several(name):
        row.reject("name_several", "name", None, value=name)
        return False
    several = code.code is not None and (len(sites[code.code]) > 1 or is_site(site(name)))
    plant_id = _plant_id(name, code, several)
    unit = _unit(row, plant_id)
    if unit is None:
        row.fate("rejected")
        return False
    plants = load.claims.of["plants"]
    if code.code is None:  # it may stand on another list with its code
        plant_id = load.listed.get((texts.key(name), unit), plant_id)
    else:
        load.listed.setdefault((texts.key(name), unit), plant_id)
    first = (plant_id,) not in plants
    if first:
        report_code(code, row["uscc"], row.place("uscc"), plant_id, load.problems)
        if without(texts.text(row["name"])) != texts.text(row["name"]):
            row.tell("name_contacts", "name", plant_id, name=name)
        if former:
            row.tell("name_former", "name", plant_id, former=former, value=row["name"])
    record = {
        "plant_id": plant_id,
        "uscc": code.code,
        "site": site(name) if several else None,
        "name": name,
        "former_names": former,
        "unit": unit,
        "county": _county(row, unit, plant_id),
        "industry": _industry(row, plant_id),
        "roster": kinds.of_row(row, title.roster, plant_id),
        "reasons": _reasons(row, plant_id),
        "hazardous_waste_t": row.number("hazardous_waste_t", field("plants", "hazardous_waste_t").label, plant_id),
        **{c: row.code("plants", c, plant_id) for c in ("permit_class", "assessor", "authority")},
        "batch": load.programme.id,
        "cohort": batches.first(row, plant_id),
        "listed_on": _listed_on(row, plant_id) or title.listed_on,
        "stricter_level": _stricter(row, plant_id),
        "attributes": own_columns(row, plant_id),
        "status": "active",
        **row.source(),
    }
    if "own_deadline" in row.sheet.what.columns:
        record["own_deadline"] = row.date("own_deadline", row.sheet.label("own_deadline"), plant_id, future=True)
    row.claim("plants", (plant_id,), unread.noted(row, record, title.unread))
    return first


def not_a_plant(row: Row, name: str) -> bool:
    """Whether what stands in the column of names, without a code, is a heading, a list, a trade, a place, or counts rows."""
    said = texts.key(simplified(name)).removesuffix("企业").removesuffix("：")
    bare = re.sub(r"^(?:[(]?[一二三四五六七八九十\d]+[、.)）]+|第[一二三四五六七八九十\d]+(?:批|类)$)|[(].*[)]$", "", said)
    headings = {texts.key(word) for c in row.sheet.what.layout.columns.values() for word in c.headings}
    trades = {texts.key(i.label) for i in industries().values()}
    of = load_units(row)
    places = {texts.key(part) for u in of for d in divisions_of(u) for part in (d.name, d.parent_name)}
    places |= {texts.key(units()[u].name) for u in of}
    return (
        not bare
        or bool(kinds.heads(row.sheet, name))
        or bare in headings | trades | {f"{trade}行业" for trade in trades} | places
        or row_word(name) != ""
    )


def note_listing(row: Row, plant_id: str) -> None:
    """Take from a row when the plant was put on the list, where the list itself doesn't say so."""
    plant, listed_on = row.sheet.load.plant(plant_id), _listed_on(row, plant_id)
    plant["listed_on"] = plant.get("listed_on") or listed_on


def _listed_on(row: Row, plant_id: str) -> dt.date | None:
    return row.date("listed_on", field("plants", "listed_on").label, plant_id) if "listed_on" in row.sheet.what.columns else None


def _plant_id(name: str, code: Code, several: bool) -> str:
    if code.code is None:
        return f"name:{name}"
    return f"{code.code}@{site(name) or name}" if several else code.code


def _unit(row: Row, plant_id: str) -> str | None:
    try:
        county, said = row.text("county"), row.text("unit")
        of = load_units(row)
        if not (said or only_unit(county, of) or own_unit(county, of)):
            row.tell("unit_blank", "unit", plant_id, value=row["name"])
            return None
        if not said and (only := only_unit(county, of)):
            row.tell("unit_from_county", "unit", plant_id, county=county, unit=find_unit(only).name, value=said)
            return only
        named = find_unit(bare(said, of), of).id if said else None
        # 定州, 辛集 and 雄安's counties report for themselves, even where a list files them under the city that they were of.
        own = own_unit(county, of)
        if own and named and named not in (own, *parents(own)):
            holes = {"unit": find_unit(named).name, "county": county, "own": find_unit(own).name}
            row.tell("unit_county_differ", "unit", plant_id, value=said, **holes)
            return None
        return own or named
    except UsageError:
        allowed = f"{len(row.sheet.load.programme.units)} 个上报单位的名称"
        row.tell("code_unknown", "unit", plant_id, field=field("plants", "unit").label, value=row.text("unit"), allowed=allowed)
        return None


def load_units(row: Row) -> tuple[str, ...]:
    """Return the units of the programme that is loaded."""
    return row.sheet.load.programme.units


def _county(row: Row, unit: str, plant_id: str) -> str | None:
    said = row.text("county")
    if not said:
        return None
    found = find_county(said, unit)
    if found.problem:
        name = county_name(found.code) if found.code else ""
        heirs = "、".join(successors(said, unit))
        row.tell(found.problem, "county", plant_id, value=said, county=name, unit=find_unit(unit).name, heirs=heirs)
    return found.code


def _industry(row: Row, plant_id: str) -> str:
    said = row.text("industry")
    found = find_industry(said)
    if found is None:
        allowed = "、".join(i.label for i in industries().values())
        row.tell("code_unknown", "industry", plant_id, field=field("plants", "industry").label, value=said, allowed=allowed)
    return found or masked(said)


def _reasons(row: Row, plant_id: str) -> str | None:
    known = field("plants", "reasons").codes
    assert isinstance(known, dict)
    labels = {label: code for code, label in known.items()}
    found = []
    for said in filter(None, re.split(r"[、,;+/\s]+", row.text("reasons"))):
        if said in labels:
            found.append(labels[said])
        else:
            allowed = "、".join(labels)
            row.tell("code_unknown", "reasons", plant_id, field=field("plants", "reasons").label, value=said, allowed=allowed)
    return ";".join(found) or None


def _stricter(row: Row, plant_id: str) -> int | None:
    said = row.text("stricter_level")
    if not said:
        return None
    # NFKC turns Ⅰ into I
    found = {"I级": 1, "II级": 2, "III级": 3, "一级": 1, "二级": 2, "三级": 3, "1": 1, "2": 2, "3": 3}.get(said)
    if found is None:
        label = field("plants", "stricter_level").label
        row.tell("code_unknown", "stricter_level", plant_id, field=label, value=said, allowed="Ⅰ级、Ⅱ级、Ⅲ级")
    return found


def _titles(sheet: Sheet) -> _Titles:
    rule: Title = sheet.what.layout.title
    listed_on = None
    for _, _, said in sheet.texts():
        found = re.search(rf"{rule.listed_on}[:：]?\s*(\S+)", said)
        if found:
            try:
                listed_on = values.date(re.sub(r"[,，;；。)）].*", "", found[1]))
            except values.Wrong:
                continue
    return _Titles(kinds.of_sheet(sheet), listed_on, unread.positions(sheet))


def _check_total(sheet: Sheet, counted: int) -> None:
    before, after = sheet.what.layout.title.size.split("{n}")
    for at, column, said in sheet.texts():
        if found := re.search(rf"{re.escape(before)}\s*(\w+?)\s*{re.escape(after)}", said):
            if found[1] != str(counted):
                sheet.load.problems.add(
                    "roster_total", sheet.place(at, column), value=found[0], printed=found[0], counted=counted
                )
            return


def _check_sizes(sheets: dict[str, Sheet]) -> None:
    """Hold the rosters against the notice's numbers, once they name plants of all units: a part can't be held against it."""
    load = next(iter(sheets.values())).load
    plants = load.tables["plants"]
    if {p["unit"] for p in plants} < set(load.programme.units):
        return
    for roster in load.programme.rosters:
        counted = sum(p["roster"] == roster.id for p in plants)
        if roster.size is not None and roster.id in sheets and counted != roster.size:
            sheet = sheets[roster.id]
            holes = {"roster": roster.label, "counted": counted, "size": roster.size, "clause": by_clauses(roster.clause)}
            load.problems.add("roster_size", ProblemPlace(sheet.file, sheet.grid.sheet, "", None), **holes)


def demonstration(sheet: Sheet) -> bool:
    """Whether the sheet calls its content 示范数据, around the table or in a row of it (数据性质)."""
    rows = (row.text("data_kind") or "" for row in sheet.data()) if "data_kind" in sheet.what.columns else ()
    return any("示范数据" in said for said in (*(said for _, _, said in sheet.texts()), *rows))
