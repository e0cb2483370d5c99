"""Mistakes in who a row is about: codes, names, counties, rows twice or on no roster, totals of rosters."""

from __future__ import annotations

from cpaudit.programme import load_programme, units
from cpaudit.sample.mess.mistakes import Found, Mistakes
from cpaudit.sample.workbooks.sheets import Cell, Row, Sheet, Spot
from cpaudit.sample.world import Plant, names

#: “No code” as seen in one real file.
_NO_CODE = ("-", "\u200b", "0", "\u200b0", "`")
_TAILS = ("）", "(__)", "01）")

#: unit, county as it is, county as written
_WRONG_COUNTIES = (
    ("xingtai", "襄都区", "囊都区"),
    ("xingtai", "任泽区", "仁泽区"),
    ("baoding", "易县", "义县"),
    ("tangshan", "滦州市", "滦州区"),
    ("shijiazhuang", "深泽县", "深泽市"),
)
_FORMER_COUNTIES = (
    ("handan", "永年区", "永年县"),
    ("baoding", "满城区", "满城县"),
    ("shijiazhuang", "藁城区", "藁城市"),
    ("xingtai", "任泽区", "任县"),
)
_SPLIT_COUNTIES = (("shijiazhuang", "桥西区", "桥东区"), ("handan", "丛台区", "邯郸县"), ("xingtai", "信都区", "邢台县"))
_FOREIGN_COUNTIES = (("cangzhou", "遵化市"), ("langfang", "涿州市"), ("hengshui", "示例区"))

_UNKNOWN_CODES = (
    ("permit_class", "一般管理"),
    ("permit_class", "见附表"),
    ("assessor", "国家级"),
    ("assessor", "另行确定"),
    ("authority", "水利"),
)


def plant(m: Mistakes, rounds: int) -> None:
    """Plant them all, so many times over; what is wrong of a roster as a whole once."""
    m.begin("identity")
    taken = {p.uscc for p in m.plants}
    for _ in range(rounds):
        _round(m, taken)
    _ambiguous(m, 2 * rounds)
    _totals(m)


def _round(m: Mistakes, taken: set[str]) -> None:
    _rosters(m)
    for layout, spellings in (("roster", _NO_CODE), ("progress", _NO_CODE), ("system_export", ("-", "`"))):
        for text in spellings:
            _code(m, "uscc_missing", layout, text, f"无代码的写法 {text!r}")
    _codes(m)
    _organisations(m)
    _names(m)
    _other_codes(m, taken)
    _strangers(m, taken)
    _doubtful(m)


def _code(m: Mistakes, kind: str, layout: str, value: Cell, note: str) -> None:
    found = m.take(m.of(layout))
    if found:
        m.put(kind, found, "uscc", value, note)


def _codes(m: Mistakes) -> None:
    for layout, tails in (("roster", _TAILS), ("progress", _TAILS), ("system_export", _TAILS[:1])):
        for tail in tails:
            found = m.take(m.of(layout))
            if found and found[1].plant:
                m.put("uscc_cleaned", found, "uscc", found[1].plant.uscc + tail, f"代码后多出 {tail}")
    for layout in ("roster", "roster", "progress", "progress", "system_export"):
        found = m.take(m.of(layout))
        if found and found[1].plant:
            m.put("uscc_check_digit", found, "uscc", _wrong_digit(found[1].plant.uscc), "校验码错一位")
    for layout in ("roster", "progress", "system_export"):
        found = m.take(m.of(layout))
        if found and found[1].plant:
            m.put("uscc_length", found, "uscc", found[1].plant.uscc[:-1], "代码少一位")
        found = m.take(m.of(layout), lambda r: bool(r.plant and "0" in r.plant.uscc[8:]))
        if found and found[1].plant:
            code = found[1].plant.uscc
            at = code.rindex("0")
            m.put("uscc_letters", found, "uscc", f"{code[:at]}O{code[at + 1 :]}", "数字 0 写成字母 O")
        found = m.take(m.of(layout))
        if found and found[1].plant:
            m.put("uscc_organisation_digit", found, "uscc", _wrong_organisation(found[1].plant.uscc), "组织机构代码校验码错")
    for layout in ("roster", "roster", "progress", "progress", "system_export"):
        found = m.take(m.of(layout), lambda r: bool(r.plant and r.plant.uscc.isdigit()))
        if found and found[1].plant:
            # A spreadsheet keeps fifteen digits of a number.
            m.put("uscc_number", found, "uscc", float(found[1].plant.uscc[:15] + "000"), "代码存成了数字")


def _organisations(m: Mistakes) -> None:
    """Organisation codes in place of credit codes, as forms from before 2018 have them."""
    for layout, form in (("progress", "{}-{}"), ("progress", "{}{}"), ("system_export", "{}{}")):
        found = m.take(m.of(layout))
        if found and found[1].plant:
            code = found[1].plant.uscc[8:17]
            m.put("organisation_code", found, "uscc", form.format(code[:-1], code[-1]), "仍填组织机构代码")
        found = m.take(m.of(layout))
        if found and found[1].plant:
            code = found[1].plant.uscc[8:17]
            wrong = next(d for d in "0123456789" if d != code[-1])
            m.put("organisation_code_digit", found, "uscc", form.format(code[:-1], wrong), "组织机构代码错一位")


def _wrong_digit(code: str) -> str:
    from stdnum.cn import uscc

    return next(c for d in "0123456789" if not uscc.is_valid(c := code[:-1] + d))


def _wrong_organisation(code: str) -> str:
    """Change digit 17 and make the last one fit again, as somebody does who makes up a code."""
    from stdnum.cn import uscc

    stem = code[:16] + next(d for d in "0123456789" if d != code[16])
    return stem + str(uscc.calc_check_digit(stem))


def _other_codes(m: Mistakes, taken: set[str]) -> None:
    """Sound codes that aren't the plant's, and names that nobody could take for the plant's beside its code."""
    for layout in ("progress", "system_export"):
        found = m.take(m.of(layout))
        if found and found[1].plant:
            number = list(units()).index(found[1].plant.unit) + 1
            m.put("uscc_differs", found, "uscc", names.credit_code(number, m.rng, taken), "代码与名单不同")
        found = m.take(m.of(layout))
        if found and found[1].plant:
            m.put("name_differs", found, "name", f"示例{found[1].plant.mark[::-1]}控股集团", "名称与名单不同")


def _doubtful(m: Mistakes) -> None:
    """Rows without a code whose name is like a plant's or part of it: nobody can be sure."""
    for change in ("wrong", "wrong", "cut"):
        found = m.take(m.of("progress"), lambda r: bool(r.plant and len(r.plant.name) > 12))
        if not found or not found[1].plant:
            continue
        sheet, like = found
        p = found[1].plant
        name = p.name.replace(p.mark, f"{p.mark[0]}某") if change == "wrong" else p.name[:-4]
        row = _inserted(sheet, Row({**like.cells, "name": name, "uscc": None, "permit_no": None}), len(sheet.rows))
        m.keep(row)
        m.record("plant_doubtful", (sheet, row), "name", "错一字，没有代码" if change == "wrong" else "名称不全，没有代码")


def _names(m: Mistakes) -> None:
    for layout, cut in (("progress", -4), ("progress", -2), ("progress", 9), ("system_export", 10), ("measurements", -3)):
        found = m.take(m.of(layout), lambda r: bool(r.plant and len(r.plant.name) > 12))
        if found and found[1].plant:
            name = found[1].plant.name
            short = name[:cut] if layout != "progress" or cut > 0 else name[:cut] + ".."
            m.put("name_truncated", found, "name", short, "名称被截断")
    for opening, closing in (("（", "）"), ("(", ")"), ("(", "")):
        found = m.take(m.of("roster"))
        if found and found[1].plant:
            p = found[1].plant
            former = f"河北示例{p.mark[::-1]}实业厂"
            m.put("name_former", found, "name", f"{p.name}{opening}原{former}{closing}", "名称内注明曾用名")


def _strangers(m: Mistakes, taken: set[str]) -> None:
    """Rows about firms that are on no roster."""
    for layout in ("progress", "progress", "measurements"):
        found = m.take(m.of(layout))
        if not found:
            continue
        sheet, like = found
        number = list(units()).index(sheet.unit) + 1
        sign = "".join(m.rng.choice(signs) for signs in ("一二三四五六七八九", "甲乙丙丁戊己庚辛", "金木水火土石谷田"))
        name = f"河北示例无名{sign}实业有限公司"
        code = names.credit_code(number, m.rng, taken)
        cells = {k: v for k, v in like.cells.items() if k not in ("permit_no", "own_deadline")} | {"name": name, "uscc": code}
        row = _inserted(sheet, Row(cells), sheet.rows.index(like) + 1)
        m.keep(row)
        m.record("plant_not_on_roster", (sheet, row), "name", "不在名单之内的企业")


def _ambiguous(m: Mistakes, count: int) -> None:
    """Rows whose name fits two plants: a short name without code, and a firm's name without the site."""
    twins = list({p.mark: p for p in m.plants if p.twin}.values())
    firms = list({p.uscc: p for p in m.plants if p.site}.values())
    chosen: list[tuple[Plant, str, str | None]] = [
        (p, f"示例{p.mark}化工", None) for p in m.rng.sample(twins, min(count, len(twins)))
    ]
    chosen += [(p, p.name, p.uscc) for p in m.rng.sample(firms, min(count, len(firms)))]
    for about, name, code in chosen:
        sheet, rows = next((s for s in m.of("progress") if s.unit == about.unit), None), m.rows_of(about, "progress")
        if not sheet or not rows:  # the unit sent nothing
            continue
        like = rows[0]
        row = _inserted(sheet, Row({**like.cells, "name": name, "uscc": code, "permit_no": None}), len(sheet.rows))
        m.keep(row)
        m.record("plant_ambiguous", (sheet, row), "name", "名称对应两家企业")


def _inserted(sheet: Sheet, row: Row, at: int) -> Row:
    sheet.rows.insert(at, row)
    _number(sheet)
    return row


def _number(sheet: Sheet) -> None:
    if "seq" in sheet.columns:
        for seq, row in enumerate(sheet.rows, start=1):
            row.cells["seq"] = seq


def _rosters(m: Mistakes) -> None:
    for unit, county, written in _WRONG_COUNTIES:
        _county(m, "county_corrected", unit, county, written)
    for unit, county, written in _FORMER_COUNTIES:
        _county(m, "county_former", unit, county, written)
    for unit, county, written in _SPLIT_COUNTIES:
        _county(m, "county_split", unit, county, written)
    for unit, written in _FOREIGN_COUNTIES:
        _county(m, "county_unknown", unit, None, written)
    for _ in range(2):
        _no_unit(m)
    for key, text in _UNKNOWN_CODES:
        found = m.take(m.of("roster"))
        if found:
            m.put("code_unknown", found, key, text, "不在允许的取值之内")
    for sheet in (m.of("roster")[0], *m.of("roster")):
        _duplicate(m, sheet)


def _totals(m: Mistakes) -> None:
    """What is wrong of a roster as a whole: it isn't as long as announced, and its printed total isn't what it holds."""
    announced = {r.label: r.size for r in load_programme("hebei-2021-2").rosters}
    for sheet in m.of("roster"):
        listed = len({id(row.plant) for row in sheet.rows})
        if listed != next(size for label, size in announced.items() if label in sheet.titles[1]):
            m.record_at("roster_size", sheet, Spot("sheet"), "与通知所附家数不同")
        _total(m, sheet, listed)


def _county(m: Mistakes, kind: str, unit: str, county: str | None, written: str) -> None:
    found = m.take(m.of("roster"), lambda r: bool(r.plant and r.plant.unit == unit))
    if not found or not found[1].plant:
        return
    if county:  # the plant is moved there, so that only the roster is wrong
        found[1].plant.county = county
        for layout in ("progress", "system_export"):
            for row in m.rows_of(found[1].plant, layout):
                row.cells["county"] = county
    m.put(kind, found, "county", written, f"应为{county}" if county else "不属于该市")


def _no_unit(m: Mistakes) -> None:
    """Leave out the city of a plant whose county there is only once."""
    twice = ("桥西区", "新华区")
    found = m.take(m.of("roster"), lambda r: bool(r.plant and r.plant.county not in twice))
    if found:
        m.put("unit_from_county", found, "unit", None, "没有填写所属市")


def _total(m: Mistakes, sheet: Sheet, listed: int) -> None:
    """Print a total that is wrong, with letters in place of digits."""
    printed = f"共{str(listed - 2).replace('1', 'l').replace('0', 'O')}家"
    if sheet.file.endswith(".xlsx"):
        sheet.titles[1] += f"（{printed}）"
        place = Spot("title", index=1)
    else:
        sheet.notes.append(f"3.本名单{printed}。")
        place = Spot("note", index=len(sheet.notes) - 1)
    m.record_at("roster_total", sheet, place, f"写作“{printed}”")


def _duplicate(m: Mistakes, sheet: Sheet) -> None:
    found: Found | None = m.take([sheet])
    if not found:
        return
    original = found[1]
    m.keep(original)
    at = m.rng.randint(sheet.rows.index(original) + 1, len(sheet.rows))
    row = _inserted(sheet, Row(dict(original.cells), original.plant), at)
    m.keep(row)
    m.record("plant_duplicate", (sheet, row), "name", "同一企业列了两次")
