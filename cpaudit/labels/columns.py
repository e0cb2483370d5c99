"""Frames as people read them: headings with units, labels for codes; what each column means says the field dictionary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cpaudit.errors.arguments import dataset_of, frame_of
from cpaudit.fields import Field, Meaning, Words, everyday, meanings, ours
from cpaudit.labels import provenance
from cpaudit.labels.lists import SEVERAL, codes
from cpaudit.labels.records import in_words
from cpaudit.labels.wording import Own, own_words
from cpaudit.workspace.caches import cache

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy as np
    import pandas as pd

    from cpaudit.dataset import Dataset

_FLAG = {True: "是", False: "否"}


def labelled(frame: pd.DataFrame | pd.Series, ds: Dataset | None = None) -> pd.DataFrame:
    """返回给人看的表：中文列名（带单位），代码换成名称，级别和阶段成为有序类别。

    ``frame`` is what any analysis, or a table of a data set, holds, or what was made of them (a series becomes a frame of one
    column). Columns that the field dictionary doesn't know (one's own) stay as they are, and so do values that are no code of
    their column. A heading that anybody may have (name, value, unit; ``everyday`` in fields.yaml) is taken for one's own unless
    columns beside it are of ours (plant_id, level_after …) or it holds nothing but codes of its list. Levels and stages are
    ordered categoricals: the further the greater, so ``>= "Ⅱ级"`` is Ⅱ级及以上. Flags become 是 and 否.

    ``ds``, where given, is the data set that the frame is of: milestones are called as its programme calls them, and the
    result carries where it comes from (``attrs``), which :func:`cpaudit.xlsx` prints.

    >>> import pandas as pd
    >>> labelled(pd.DataFrame({"unit": ["xinji"], "level_after": [2], "investment_wan_yuan": [1.5]})).to_dict("records")
    [{'上报单位': '辛集市', '审核后级别': 'Ⅱ级', '投资（万元）': 1.5}]

    Raises:
        UsageError: ``frame`` is no frame of pandas, or ``ds`` no data set.
    """
    import pandas as pd

    frame_of(frame, '请给一张表，如 progress.plants(ds)；数据集自己的表请写 ds.labelled("plants")')
    if ds is not None:
        dataset_of(ds, "参数 ds ")
    frame = frame.to_frame() if isinstance(frame, pd.Series) else frame
    own = own_words(ds)
    sure = _of_ours(frame)
    made = _spread(frame, own, sure)
    if made is None:
        made = _with_headings(in_words(frame, own.milestones) if sure else frame, own, sure)
    if any(name is not None for name in frame.index.names):
        made.index = _index(frame.index, own, sure)
    if ds:
        made.attrs[provenance.SOURCE] = provenance.source(ds)
    return made


#: Lists whose codes nobody else writes: a column of nothing else shows that the frame is of ours.
_TELLING = ("units", "counties", "industries", "milestones", "systems")


def _of_ours(frame: pd.DataFrame) -> bool:
    """Whether columns, by their names or as codes of our lists, show that a frame is of ours."""
    import pandas as pd

    called = [name for names in (frame.columns.names, frame.index.names) for name in names]
    called += [part for at in range(frame.columns.nlevels) for part in frame.columns.get_level_values(at)]
    if ours([str(name) for name in called if name is not None]):
        return True
    each = [(str(name), column.array) for name, column in frame.items()]
    for index in (frame.index, frame.columns):
        each += [(str(name), index.get_level_values(at).array) for at, name in enumerate(index.names) if name is not None]
    return any(
        coded is not None and known is not None and known.codes in _TELLING
        for name, values in each
        for _, _, known, coded in _read(pd.DataFrame({name: values}), sure=False)
    )


def _with_headings(frame: pd.DataFrame, own: Own, sure: bool) -> pd.DataFrame:
    import pandas as pd

    names: list[str] = []
    arrays: dict[int, Any] = {}
    for at, (name, column, known, coded) in enumerate(_read(frame, own=own, sure=sure)):
        heading = known.heading if known else name
        names.append(heading if heading not in names else f"{heading}（{name}）")
        if coded:
            arrays[at] = coded.ordered() if isinstance(known, Meaning) and known.ordered else coded.texts()
        elif known and known.type == "flag":
            arrays[at] = pd.array([_FLAG[value] for value in column], dtype="str")
        else:
            arrays[at] = column.array
    return _frame(frame, arrays, names)


def _index(index: pd.Index, own: Own, sure: bool) -> pd.Index:
    """Return a frame's index with its levels called, and their codes in words, as columns would be."""
    import pandas as pd

    called = [f"{at}" if n is None else str(n) for at, n in enumerate(index.names)]
    levels = pd.DataFrame({name: index.get_level_values(at) for at, name in enumerate(called)})
    said = _with_headings(levels, own, sure)
    names = [None if n is None else h for n, h in zip(index.names, said.columns, strict=True)]
    if len(names) == 1:
        one: pd.Index = pd.Index(said.iloc[:, 0].array, name=names[0])
        return one
    return pd.MultiIndex.from_arrays([said.iloc[:, at].array for at in range(len(names))], names=names)


def _spread(frame: pd.DataFrame, own: Own, sure: bool) -> pd.DataFrame | None:
    """Return a frame that was unstacked or pivoted with its columns in words; None where its columns are just columns."""
    import pandas as pd

    called = list(frame.columns.names)
    parts: list[list[Any]] = []
    arrays = {at: frame.iloc[:, at].array for at in range(frame.shape[1])}
    for at, name in enumerate(called):
        values = frame.columns.get_level_values(at)
        if name is None:  # what was unstacked: columns of their own
            plain = [_with_headings(pd.DataFrame({base: arrays[n]}), own, sure) for n, base in enumerate(values)]
            parts.append([one.columns[0] for one in plain])
            arrays = {n: one.iloc[:, 0].array for n, one in enumerate(plain)}
            continue
        ((_, _, known, coded),) = _read(pd.DataFrame({str(name): values}), own=own)
        if known is None or coded is None or coded.known() < len(coded.values):
            return None
        parts.append(list(coded.texts()))
        called[at] = known.heading
    if called == list(frame.columns.names):
        return None
    made = _frame(frame, arrays, list(range(len(arrays))))
    made.columns = pd.MultiIndex.from_arrays(parts, names=called) if len(parts) > 1 else pd.Index(parts[0], name=called[0])
    return made


def worded(frame: pd.DataFrame, ds: Dataset | None = None, **maps: Mapping[Any, str]) -> pd.DataFrame:
    """Return ``frame`` with codes turned into labels, its columns called as before; ``maps``: labels of further columns.

    ``ds``: in the words of its programme.
    """
    arrays: dict[int, Any] = {}
    for at, (_, column, _, coded) in enumerate(_read(frame, maps, own_words(ds))):
        arrays[at] = coded.texts() if coded else column.array
    return _frame(frame, arrays, list(frame.columns))


def _frame(like: pd.DataFrame, arrays: dict[int, Any], names: list[Any]) -> pd.DataFrame:
    import pandas as pd

    made = pd.DataFrame(arrays, index=like.index)
    made.columns = pd.Index(names)
    made.attrs = dict(like.attrs)
    return made


@dataclass(frozen=True, slots=True)
class _Coded:
    """A column of codes: which of the distinct ``values`` each row has (-1: none), and the codes' labels."""

    where: np.ndarray
    values: list[Any]
    labels: Mapping[Any, str]
    several: bool

    def known(self) -> int:
        """Return how many of the values are codes."""
        if self.several:
            return sum(isinstance(v, str) and all(part in self.labels for part in v.split(";")) for v in self.values)
        return sum(value in self.labels for value in self.values)

    def texts(self) -> Any:
        """Return the labels; what is no code stays as it is."""
        import pandas as pd

        if self.several:
            shown = [SEVERAL.join(self.labels.get(part, part) for part in str(v).split(";")) for v in self.values]
        else:
            shown = [self.labels.get(v, str(v)) for v in self.values]
        return pd.array(shown, dtype="str").take(self.where, allow_fill=True)

    def ordered(self) -> Any:
        """Return an ordered categorical; plain texts where a value is no code, as it would vanish."""
        import numpy as np
        import pandas as pd

        if self.known() < len(self.values):
            return self.texts()
        order = {code: at for at, code in enumerate(self.labels)}
        places = np.array([*(order[value] for value in self.values), -1])  # the last is what missing values take
        names = pd.Index(list(self.labels.values()), dtype="str")
        return pd.Categorical.from_codes(places[self.where], names, ordered=True)


def _read(
    frame: pd.DataFrame,
    maps: Mapping[str, Mapping[Any, str]] | None = None,
    own: Own | None = None,
    *,
    sure: bool = True,
) -> Iterator[tuple[str, pd.Series, Field | None, _Coded | None]]:
    """Give each column with what it means (None: the field dictionary doesn't know it) and, if so, its codes.

    ``maps``: labels of single columns; ``own``: a programme's own words. ``sure``: the frame is of ours; else an
    everyday heading is only where the column holds nothing but codes.
    """
    import pandas as pd

    beside, words = set(frame.columns), own.words if own else ()
    for key, column in frame.items():
        name = str(key)
        possible = [m for m in meanings(name, words) if (not isinstance(m, Meaning) or m.stands(beside)) and _fits(m, column)]
        given = (maps or {}).get(name)
        mine = sure or name not in everyday()
        if given is None and not any(m.codes for m in possible):
            yield name, column, possible[0] if possible and mine else None, None
            continue
        where, distinct = pd.factorize(column)
        values = list(distinct)
        if given is not None:
            yield name, column, None, _Coded(where, values, given, False)
            continue
        coded = [(m, _Coded(where, values, _codes(name, m, own), m.type == "codes")) for m in possible if m.codes]
        best = max(coded, key=lambda pair: pair[1].known())
        known = best[1].known()
        whole = best[0].type != "integer" or known == len(values)  # 2.0 is a level only where all numbers are
        if not mine:
            every = bool(values) and known == len(values) and best[0].type != "integer"  # anybody has numbers from 1 to 4
            yield name, column, best[0] if every else None, best[1] if every else None
        elif (known and whole) or not values:
            yield name, column, *best
        else:
            yield name, column, next((m for m in possible if not m.codes), best[0]), None


def _codes(name: str, known: Field, own: Own | None) -> Mapping[Any, str]:
    """Return the labels of a field's codes: stages and milestones as the programme has them."""
    if own and own.stages and name == "stage":
        return own.stages
    if own and own.rosters and name == "roster":
        return own.rosters
    return codes(known, own.milestones if own else None)


def usual(name: str, words: Words = (), *, beside: str = "", code: str = "") -> Field:
    """Return what a column means where nothing stands beside it, in the words of a programme.

    ``beside``: where that column does; ``code``: where its codes, or the list of its codes, are these.

    Raises:
        KeyError: the field dictionary has no such column.
    """
    for known in meanings(name, words):
        others = (*known.beside, *(["field"] if known.by_field else [])) if isinstance(known, Meaning) else ()
        codes_fit = known.codes == code or (isinstance(known.codes, dict) and code in known.codes)
        if codes_fit if code else beside in others if beside else not others:
            return known
    raise KeyError(name)


@cache
def by_heading() -> dict[str, Field]:
    """Return heading → field, of every column that the field dictionary knows; the first of those with one heading."""
    from cpaudit.fields import columns

    found: dict[str, Field] = {}
    for name in columns():
        for known in meanings(name):
            found.setdefault(known.heading, known)
    return found


def _fits(known: Field, column: pd.Series) -> bool:
    """Whether a column's dtype can hold what a field holds."""
    kind = column.dtype.kind
    match known.type:
        case "flag":
            return kind == "b"
        case "number" | "integer":
            return kind in "iuf"
        case "date":
            return kind == "M"
    return kind not in "iufbM"
