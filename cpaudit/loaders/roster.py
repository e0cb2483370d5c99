"""Rosters → the plants table: who is on them, told apart by code and site; duplicates and printed totals checked."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cpaudit.fields import field
from cpaudit.loaders import places, values
from cpaudit.loaders.identity import Name, Plant, read_name
from cpaudit.loaders.reading import Reading, code_of
from cpaudit.loaders.values import Wrong, clean, shown_whole, squeeze
from cpaudit.programme import find_industry, industries, units

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator

    from cpaudit.loaders.layouts import Row, Sheet

_CODED = ("permit_class", "assessor", "authority")
_LEVELS = {"1": 1, "2": 2, "3": 3, "i级": 1, "ii级": 2, "iii级": 3, "一级": 1, "二级": 2, "三级": 3, "i": 1, "ii": 2, "iii": 3}


@dataclass(slots=True)
class _Listed:
    """A row of a roster before it is known whether its code is shared."""

    row: Row
    name: Name
    code: str | None
    fields: dict[str, Any]


def read(sheets: Iterable[Sheet], reading: Reading) -> list[Plant]:
    """Read the rosters: rows go to ``reading.tables["plants"]``; the plants are returned for matching."""
    listed = [entry for sheet in sheets for entry in _rows(sheet, reading)]
    by_code: dict[str, list[_Listed]] = defaultdict(list)
    for entry in listed:
        if entry.code:
            by_code[entry.code].append(entry)
    taken: dict[str, _Listed] = {}
    accepted: dict[int, int] = defaultdict(int)
    plants = []
    for entry in listed:
        plant_id, site = _identity(entry, by_code, taken, reading)
        same = _same(plant_id, entry, taken)
        if same is not None:
            first = f"{same.row.sheet.grid.sheet} {same.row.at('name')}".strip()
            reading.report(Wrong("plant_duplicate", {"name": entry.name.plain, "first": first}), entry.row, "name")
            entry.row.sheet.rejected += 1
            continue
        taken[plant_id] = entry
        accepted[id(entry.row.sheet)] += 1
        plants.append(_accept(entry, plant_id, site, reading))
    for sheet in {id(e.row.sheet): e.row.sheet for e in listed}.values():
        _check_size(sheet, accepted[id(sheet)], reading)
    return plants


def _rows(sheet: Sheet, reading: Reading) -> Iterator[_Listed]:
    roster, listed_on = _titles(sheet)
    for row in sheet.rows:
        written = reading.take(values.text(row.get("name")), row, "name")
        unit = _unit(row, reading) if written else None
        if not written or unit is None:
            sheet.rejected += 1
            continue
        place = places.county(shown_whole(row.get("county")) if not values.is_blank(row.get("county")) else "", unit)
        fields: dict[str, Any] = {"unit": place.unit, "county": place.code, "roster": roster, "listed_on": listed_on, "_place": place}
        yield _Listed(row, read_name(written), code_of(row, strict=True).code, fields)


def _unit(row: Row, reading: Reading) -> str | None:
    written = row.get("unit")
    unit = places.unit_of(written) if isinstance(written, str) else None
    if unit is None:
        reading.report(values.unknown(written, row.sheet.layout.heading("unit"), [u.name for u in units().values()]), row, "unit")
    return unit.id if unit else None


def _titles(sheet: Sheet) -> tuple[str | None, dt.date | None]:
    """Return which roster it is (by title, sheet or file name) and the day on which it was published."""
    title = sheet.layout.title
    assert title is not None, "the roster layout has titles"
    texts = [text for _, text in sheet.remarks]
    roster = None
    for text in [*texts, sheet.grid.sheet, sheet.grid.file]:
        hits = [(text.find(word), key) for word, key in title.roster.items() if word in text]
        if hits:
            roster = min(hits)[1]
            break
    for position, text in enumerate(texts):
        _, found, tail = clean(text).partition(title.listed_on)
        if found:
            rest = " ".join([tail, *map(clean, texts[position + 1 : position + 2])])
            written = re.search(r"\d{4}\s*[年./-]\s*\d{1,2}\s*[月./-]\s*\d{1,2}", rest)
            day = values.date(written.group()) if written else None
            return roster, None if isinstance(day, Wrong) else day
    return roster, None


def _identity(
    entry: _Listed, by_code: dict[str, list[_Listed]], taken: dict[str, _Listed], reading: Reading
) -> tuple[str, str | None]:
    """Return the plant's id, and its site where several plants share the code."""
    if entry.code is None:
        return f"name:{entry.name.plain}", None
    sharing = by_code[entry.code]
    first = sharing[0]
    if entry.name.base != first.name.base and not _alike(entry.name, first.name):
        holes = {"value": entry.code, "name": first.name.plain}
        reading.report(Wrong("uscc_shared", holes), entry.row, "uscc")
        entry.code = None
        return f"name:{entry.name.plain}", None
    keys = {e.name.key for e in sharing if e.name.base == first.name.base}
    if len(keys) > 1 and entry.name.site:
        return f"{entry.code}@{clean(entry.name.site)}", entry.name.site
    return entry.code, None


def _alike(name: Name, first: Name) -> bool:
    return name.key.startswith(first.base) or first.key.startswith(name.base)


def _same(plant_id: str, entry: _Listed, taken: dict[str, _Listed]) -> _Listed | None:
    if plant_id in taken:
        return taken[plant_id]
    if entry.code is None:  # without a code, the same name in the same unit is the same plant
        return next((e for e in taken.values() if e.name.key == entry.name.key and e.fields["unit"] == entry.fields["unit"]), None)
    return next(
        (e for e in taken.values() if e.code is None and e.name.key == entry.name.key and e.fields["unit"] == entry.fields["unit"]), None
    )


def _accept(entry: _Listed, plant_id: str, site: str | None, reading: Reading) -> Plant:
    row, fields = entry.row, dict(entry.fields)
    place: places.Place = fields.pop("_place")
    plant = Plant(plant_id, entry.code, entry.name, place.unit, row.at("name"), former=[entry.name.former] if entry.name.former else [])
    if (wrong := code_of(row, strict=True).wrong) is not None:
        reading.report(wrong, row, "uscc", plant)
    if entry.name.former:
        reading.report(Wrong("name_former", {"former": entry.name.former}), row, "name", plant)
    _report_place(place, row, plant, reading)
    plant.industry = _industry(row, plant, reading)
    heading = row.sheet.layout.heading
    waste = values.number(row.get("hazardous_waste_t"), heading("hazardous_waste_t"))
    for key in _CODED:
        allowed = field("plants", key).codes
        assert isinstance(allowed, dict)
        fields[key] = reading.take(reading.code(row, key, allowed), row, key, plant)
    reading.tables.setdefault("plants", []).append(
        {
            "plant_id": plant_id,
            "uscc": entry.code,
            "site": site,
            "name": entry.name.plain,
            "former_names": entry.name.former or None,
            "industry": plant.industry,
            "reasons": _reasons(row, plant, reading),
            "hazardous_waste_t": reading.take(waste, row, "hazardous_waste_t", plant),
            "stricter_level": reading.take(_level(row), row, "stricter_level", plant),
            "batch": reading.programme.id,
            "status": "active",
            **fields,
            "file": row.sheet.grid.file,
            "sheet": row.sheet.grid.sheet,
            "cell": row.first(),
        }
    )
    return plant


def _report_place(place: places.Place, row: Row, plant: Plant, reading: Reading) -> None:
    holes = {"value": values.shown(row.get("county")), "county": place.name, "unit": units()[place.unit].name}
    code = {"former": "county_former", "corrected": "county_corrected", "unknown": "county_unknown"}.get(place.how)
    if code:
        reading.report(Wrong(code, holes), row, "county", plant)


def _industry(row: Row, plant: Plant, reading: Reading) -> str | None:
    written = row.get("industry")
    found = find_industry(clean(shown_whole(written)))
    if found is None:
        labels = [i.label for i in industries().values()]
        reading.report(values.unknown(written, row.sheet.layout.heading("industry"), labels), row, "industry", plant)
    return found


def _reasons(row: Row, plant: Plant, reading: Reading) -> str | None:
    written = row.get("reasons")
    allowed = field("plants", "reasons").codes
    assert isinstance(allowed, dict)
    if values.is_blank(written):
        return None
    parts = [p for p in re.split(r"[、,;/+\s]+", clean(shown_whole(written))) if p]
    heading, synonyms = row.sheet.layout.heading("reasons"), row.sheet.layout.values.get("reasons")
    found = [values.code(p, heading, allowed, synonyms) for p in parts]
    if wrong := next((f for f in found if isinstance(f, Wrong)), None):
        reading.report(wrong, row, "reasons", plant)
    named = {f for f in found if isinstance(f, str)}
    return ";".join(key for key in allowed if key in named) or None


def _level(row: Row) -> int | None | Wrong:
    written = row.get("stricter_level")
    if values.is_blank(written):
        return None
    level = _LEVELS.get(squeeze(values.shown(written)))
    return level if level else values.unknown(written, row.sheet.layout.heading("stricter_level"), ["Ⅰ级", "Ⅱ级", "Ⅲ级"])


def _check_size(sheet: Sheet, counted: int, reading: Reading) -> None:
    """Compare the printed number of plants, even one printed with letters, with those adopted."""
    title = sheet.layout.title
    assert title is not None
    before, after = (re.escape(part) for part in title.size.split("{n}"))
    for cell, text in sheet.remarks:
        match = re.search(rf"{before}\s*([0-9A-Za-z]{{1,6}})\s*{after}", clean(text))
        if match is None:
            continue
        digits = match.group(1).translate(str.maketrans("lIioO", "11100"))
        if not digits.isdigit() or int(digits) != counted:
            reading.problems.add(
                "roster_total", sheet.where(cell), value=match.group(), holes={"printed": match.group(), "counted": counted}
            )
