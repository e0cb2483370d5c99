"""Claims → rows of the tables: one record per thing; rows that say the same, or otherwise, of it are told and decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from cpaudit.fields import UNREAD, tables
from cpaudit.loaders.tables.doubts import unread
from cpaudit.loaders.tables.versions import Versions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cpaudit.loaders.tables.claims import Claim, Fate
    from cpaudit.loaders.tables.gathered import Load
    from cpaudit.loaders.tables.reader import Row

#: Claims that become rows of a table of another name; “_status” is carried into the plants later.
_INTO = {"unit_work": "events", "status": "_status"}
_PROVENANCE = ("file", "sheet", "cell")
#: Table → the column that tells the records of one claim apart, and the columns that say something; else each field does.
_PARTED = {
    "events": ("milestone", ("date", "result", "score")),
    "unit_work": ("milestone", ("date", "result", "score")),
    "measurements": ("period", ("value", "state")),
}
#: What tells a thing from others, and what only hangs on another column, is no statement of its own.
_KEYS = {
    "plant_id",
    "number",
    "plant",
    *_PROVENANCE,
    "status_since",
    "proof",
    "site",
    "batch",
    "listed_on",
    "uscc",
    "former_names",
    "unread_fields",
}


class _Said(NamedTuple):
    """What a claim says in one respect: the values, the column where it does, the record that holds them (None: blank)."""

    values: tuple[Any, ...]
    column: str
    record: dict[str, Any] | None


class _Difference(NamedTuple):
    """A respect in which a row differs from another: what it is called, and the column at which it shows."""

    slot: str
    column: str


def settle(load: Load, *wanted: str) -> None:
    """Turn the claims of some tables into their rows, in the order of reading; tell what was told twice, and the rows' fates."""
    versions = Versions(load)
    fates: dict[tuple[int, int], tuple[Row, set[str]]] = {}
    for table in wanted:
        for about, claims in load.claims.of.get(table, {}).items():
            if len(claims) == 1:
                records: Sequence[dict[str, Any]] = claims[0].records
            else:
                records = _Group(load, (table, *about), claims, versions, fates).records()
            load.tables[_INTO.get(table, table)].extend(records)
    if fates:  # a row may be the only one to say some other thing
        for table in wanted:
            for claims in load.claims.of.get(table, {}).values():
                if len(claims) == 1 and (id(claims[0].row.sheet), claims[0].row.at) in fates:
                    fates[id(claims[0].row.sheet), claims[0].row.at][1].add("stored")
    for row, found in fates.values():
        if (note := load.repeats.pop((id(row.sheet), row.at), None)) and not found & {"held", "rejected"}:
            row.tell(note[0], note[1], note[2], **note[3])
        row.fate(next(fate for fate in ("held", "stored", "rejected", "repeated") if fate in found))


class _Group:
    """The claims of one thing, more than one."""

    def __init__(
        self, load: Load, about: tuple[Any, ...], claims: list[Claim], versions: Versions, fates: dict[Any, Any]
    ) -> None:
        self._load, self._table, self._versions, self._fates = load, about[0], versions, fates
        self._about = about
        # the one that replaces the others comes first, so that nothing of theirs is taken that it says too
        self._claims = claims
        best = next((n for n in range(len(claims)) if all(m == n or self._verdict(n, m) for m in range(len(claims)))), 0)
        self._claims = [claims[best], *claims[:best], *claims[best + 1 :]]
        self._said = [self._statements(c) for c in self._claims]
        self._outcomes: list[set[Fate]] = [set() for _ in self._claims]
        self._lost: dict[tuple[int, int, str], list[_Difference]] = {}
        self._apart: dict[tuple[int, int], list[_Difference]] = {}

    def records(self) -> list[dict[str, Any]]:
        """Return the records that hold, and tell of the rest."""
        slots = list(dict.fromkeys(slot for said in self._said for slot in said))
        decided = {slot: self._decide(slot) for slot in slots}
        made = self._parted(decided) if self._table in _PARTED else self._whole(decided)
        self._tell()
        return made

    def _statements(self, claim: Claim) -> dict[str, _Said]:
        """Return respect → what a claim says; a cell that is blank says so too, a column that isn't there says nothing."""
        row, has = claim.row, claim.row.sheet.has
        adds = self._versions.adds(row)
        if self._table in _PARTED:
            part, fields = _PARTED[self._table]
            found = {}
            for record in claim.records:
                values = tuple(record.get(f) if self._asks(row, f, record[part]) else ... for f in fields)
                if values[0] is None and record.get("result") == UNREAD:  # a day that can't be read is no blank
                    values = (UNREAD, *values[1:])
                found[record[part]] = _Said(values, self._column(record[part]), record)
            if self._table == "events" and not adds:
                for column in row.sheet.what.columns:
                    kind, _, milestone = column.partition(":")
                    if kind == "event" and milestone not in found:
                        found[milestone] = _Said((None, None, None), column, None)
            if self._table == "unit_work" and not (adds or found):
                found[self._about[-1]] = _Said((None, None, None), "date", None)
            return {s: v for s, v in found.items() if not (adds and v.record and v.record.get("state") == "missing")}
        (record,) = claim.records
        given = row.sheet.given
        doubt = (record.get("unread_fields") or "").split(";")  # what isn't understood is no blank
        said = {
            f: _Said((UNREAD if f in doubt else v,), f, record)
            for f, v in record.items()
            if f not in _KEYS and (has(f) or f in given or f == "roster" or (f == "attributes" and _of_its_own(row)))
        }
        if "status" in said and "status_since" in record:
            said["status"] = _Said((record["status"], record["status_since"], record["proof"]), "status", record)
        return {f: v for f, v in said.items() if not (adds and row.text(f) == "")}

    def _asks(self, row: Row, field: str, part: str) -> bool:
        """Whether a table has the column for a part of a record; where not, the row says nothing of it."""
        return self._table != "events" or field == "date" or row.sheet.has(f"{field}:{part}")

    def _column(self, slot: str) -> str:
        return {"events": f"event:{slot}", "measurements": f"value:{slot}"}.get(self._table, "date")

    def _decide(self, slot: str) -> _Said | None:
        """Return what holds in one respect; None where nobody can say."""
        said = [(n, s[slot]) for n, s in enumerate(self._said) if slot in s]
        winner = min(said, key=lambda one: one[1].values.count(...))  # it says most
        groups: dict[tuple[Any, ...], list[int]] = {}  # one file sent a thousand times says one thing
        for n, s in said:
            groups.setdefault(s.values, []).append(n)
        against = {v: sorted(m for o, those in groups.items() if not _agree(v, o) for m in those) for v in groups}
        if any(against.values()):
            best = [(n, s) for n, s in said if all(self._verdict(n, m) for m in against[s.values])]
            if not best:
                for n, s in said:
                    if against[s.values]:
                        m = against[s.values][0]
                        self._apart.setdefault((n, m), []).append(_Difference(slot, self._shows(s, self._said[m][slot])))
                        self._outcomes[n].add("held")
                return None
            winner = best[0]
            for n, s in said:
                if not _agree(s.values, winner[1].values):
                    why = str(self._verdict(winner[0], n))
                    self._lost.setdefault((n, winner[0], why), []).append(_Difference(slot, self._shows(s, winner[1])))
                    self._outcomes[n].add("rejected")
        self._outcomes[winner[0]].add("stored")
        return winner[1]

    def _verdict(self, one: int, other: int) -> str | None:
        """Return why one claim replaces another; None where it doesn't."""
        found = self._versions.between(self._claims[other].row, self._claims[one].row)
        return found.why if found and found.second else None

    def _shows(self, said: _Said, other: _Said) -> str:
        """Return the column at which two statements differ."""
        if self._table != "events" or said.values[0] != other.values[0]:
            return said.column
        milestone = said.column.partition(":")[2]
        return (
            f"result:{milestone}"
            if ... not in (said.values[1], other.values[1]) and said.values[1] != other.values[1]
            else f"score:{milestone}"
        )

    def _parted(self, decided: dict[str, _Said | None]) -> list[dict[str, Any]]:
        """Return one record per part; where nobody can say what it is, one that is unread."""
        made = []
        for slot, said in decided.items():
            if said is None:
                record = next(r for s in self._said if slot in s and (r := s[slot].record))
                fields = dict.fromkeys(_PARTED[self._table][1]) | {"state" if "state" in record else "result": UNREAD}
                made.append({**record, **{f: v for f, v in fields.items() if f in record or v}})
            elif said.record:
                made.append(said.record)
        return made

    def _whole(self, decided: dict[str, _Said | None]) -> list[dict[str, Any]]:
        """Return the one record; a field of which nobody can say what holds is unread, or empty."""
        record, unclear = self._claims[0].records[0], list[str]()
        known = tables()["plants" if self._table == "status" else self._table].columns
        for slot, said in decided.items():
            if slot in unread.fields() and (said is None or said.values == (UNREAD,)):
                record[slot] = None
                unclear.append(slot)
            elif said is None:
                codes = known[slot].codes if slot in known else None
                record[slot] = UNREAD if isinstance(codes, dict) and UNREAD in codes else None
                if slot == "status" and "proof" in record:
                    record |= {"status_since": None, "proof": None}
                elif slot == "name":
                    record[slot] = " / ".join(dict.fromkeys(s[slot].values[0] for s in self._said if slot in s))
                elif slot == "industry":
                    record[slot] = ""
            elif said.record:
                record[slot] = said.values[0]
                if slot == "status" and "proof" in record:
                    record |= {"status_since": said.values[1], "proof": said.values[2]}
        if "unread_fields" in record:
            notes = unread.joined(*(claim.records[0]["unread_fields"] for claim in self._claims)) or ""
            record["unread_fields"] = unread.joined(*unclear, *(c for c in notes.split(";") if c not in decided))
        return [record]

    def _tell(self) -> None:
        for (n, winner, why), found in self._lost.items():
            self._differ("superseded", n, winner, found, why=why)
        for (n, other), found in self._apart.items():
            self._differ("contradiction", n, other, found)
        for n, claim in enumerate(self._claims):
            row, outcome = claim.row, self._outcomes[n]
            if not outcome:
                outcome.add("repeated" if n else "stored")
                if n:  # told once it is known that nothing else which the row says is disputed
                    subject = row.sheet.what.layout.required[0]
                    holes = {"value": row.text(subject), "first": _place(self._claims[0].row, subject)}
                    code = "plant_duplicate" if self._table == "plants" else "row_repeated"
                    self._load.repeats.setdefault((id(row.sheet), row.at), (code, subject, self._plant(), holes))
            self._fates.setdefault((id(row.sheet), row.at), (row, set()))[1].update(outcome)

    def _differ(self, code: str, n: int, other: int, found: list[_Difference], **holes: str) -> None:
        """Tell of the respects in which two rows differ: of each part at its cell, of the fields of one record at the first."""
        row, there = self._claims[n].row, self._claims[other].row
        groups = [[d] for d in found] if self._table in _PARTED else [found]
        for group in groups:
            column = group[0].column
            holes |= {"field": "、".join(self._label(d) for d in group), "value": self._shown(n, group[0])}
            holes |= {"other": self._shown(other, group[0]), "here": _place(row, column), "there": _place(there, column)}
            row.tell(code, column, self._plant(), **holes)

    def _shown(self, n: int, found: _Difference) -> str:
        """Return what a row says in a respect: its cell's text, or what holds of it by its title, sheet or file."""
        row = self._claims[n].row
        if found.column in row.sheet.what.columns or self._table in _PARTED:
            return row.text(found.column) or "空白"
        about = tables()["plants" if self._table == "status" else self._table].columns.get(found.slot)
        said = next((str(value) for value in self._said[n][found.slot].values if value), "空白")
        return str(about.codes.get(said, said)) if about and isinstance(about.codes, dict) else said

    def _label(self, found: _Difference) -> str:
        if self._table == "measurements":
            periods = tables()["measurements"].columns["period"].codes
            assert isinstance(periods, dict)
            return f"“{self._claims[0].row.text('indicator')}”{periods[found.slot]}"
        if self._table in _PARTED:
            return next(m.label for m in self._load.programme.milestones if m.id == found.slot)
        return tables()["plants" if self._table == "status" else self._table].columns[found.slot].label

    def _plant(self) -> str | None:
        return next((r["plant_id"] for c in self._claims for r in c.records), None)


def _agree(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    """Whether the values of two statements are the same, as far as both say anything."""
    return all(a == b or a is ... or b is ... for a, b in zip(one, other, strict=True))


def _place(row: Row, column: str) -> str:
    at = row.place(column)
    return f"{at.file} “{at.sheet}”{at.cell}" if at.sheet else f"{at.file} {at.cell}"


def _of_its_own(row: Row) -> bool:
    """Whether a roster has a column that the programme declares."""
    return any(column.startswith("attribute:") for column in row.sheet.what.columns)
