"""Plausibility of repeats: the same run of values in several plants, options with the same numbers, the same list of options."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from cpaudit.analysis.doubts.leads import Lead, Tests, rules
from cpaudit.fields import benefits as benefit_fields
from cpaudit.fields import codes

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from cpaudit.analysis.doubts.numbers import Numbers
    from cpaudit.dataset import Dataset

#: How much the prior counts against what is seen: as much as so many other rows.
_PRIOR = 10


def blocks(numbers: Numbers) -> Tests:
    """Find runs of consecutive indicators with the same values in several plants; p: the chance of such a run anywhere.

    The chance that another row has a value is how often it occurs in its group, drawn towards what so many significant
    digits would give (a value of three digits: 1 in 100), times all pairs of rows and places where a run may begin.
    """
    import numpy as np

    rule = rules().kinds["repeated_block"]
    found: dict[tuple[int, int, int, tuple[float, ...]], set[int]] = {}
    sheets = _sheets(numbers)
    families = 0
    for s, (matrix, owner, _, _) in enumerate(sheets):
        if len(np.unique(owner)) < 2 or matrix.shape[1] < rule.min_n:
            continue
        families += 1
        for i, j in _sharing(matrix, rule.min_n):
            if owner[i] == owner[j]:
                continue
            for start, end in _runs(matrix[i] == matrix[j], rule.min_n):
                found.setdefault((s, start, end, tuple(matrix[i, start:end])), set()).update((i, j))
    keys = list(found)
    p = [
        _chance(sheets[s][0], sheets[s][3], start, end, next(iter(found[s, start, end, values])), rule.min_n)
        for s, start, end, values in keys
    ]

    def tell(i: int) -> Lead:
        s, start, end, values = keys[i]
        matrix, owner, rows, _ = sheets[s]
        lines = sorted(found[keys[i]])
        cells = rows[lines][:, start:end].ravel()
        group = numbers.group[cells[0]]
        holes = {
            "first": numbers.groups["name"][group],
            "period": codes("measurements", "period")[numbers.groups["period"][group]],
            "n": end - start,
            "values": "、".join(f"{v:g}" for v in values),
            "rows": len(matrix),
        }
        who = list(dict.fromkeys(numbers.plants[owner[line]] for line in lines))
        return Lead(numbers.frame, numbers.row[cells].tolist(), holes, who)

    return Tests("repeated_block", np.array(p + [1.0] * max(families - len(p), 0)), tell)


_Sheet = tuple["np.ndarray", "np.ndarray", "np.ndarray", "np.ndarray"]


def _sheets(numbers: Numbers) -> list[_Sheet]:
    """Return, per system and period, values by row (plant and process) and indicator; owners, positions, digits alike."""
    import numpy as np

    frame, size = numbers.frame, len(numbers.groups)
    if not size:
        return []
    process = frame["process"].factorize()[0][numbers.row]
    system = frame["system"].factorize()[0][numbers.row]
    after = (numbers.groups["period"] == "after").to_numpy()
    sheets = []
    family = system * 2 + after[numbers.group]
    for code in np.unique(family):
        at = np.flatnonzero(family == code)
        columns, column = np.unique(numbers.group[at], return_inverse=True)
        lines, line = np.unique(numbers.plant[at].astype(np.int64) * (process.max() + 1) + process[at], return_inverse=True)
        matrix = np.full((len(lines), len(columns)), np.nan)
        rows = np.zeros(matrix.shape, dtype=int)
        digits = np.ones(matrix.shape, dtype=int)
        matrix[line, column], rows[line, column], digits[line, column] = numbers.value[at], at, numbers.digits[at]
        sheets.append((matrix, (lines // (process.max() + 1)).astype(int), rows, digits))
    return sheets


def _sharing(matrix: np.ndarray, length: int) -> set[tuple[int, int]]:
    """Return the pairs of rows that share ``length`` consecutive values somewhere (each row with the first that has them)."""
    import numpy as np

    windows = np.lib.stride_tricks.sliding_window_view(matrix, length, axis=1)
    pairs: set[tuple[int, int]] = set()
    rng = np.random.default_rng(0)  # one number per place: equal windows have equal sums, others practically never
    key = windows @ rng.random(length)
    ranked = np.sort(key, axis=0)
    for place in np.flatnonzero((ranked[1:] == ranked[:-1]).any(axis=0)):
        column = key[:, place]
        rows = np.flatnonzero(np.isfinite(column))
        _, at, counts = np.unique(column[rows], return_inverse=True, return_counts=True)
        for shared in np.flatnonzero(counts > 1):
            first, *rest = rows[at == shared].tolist()
            pairs.update((first, other) for other in rest)
    return pairs


def _runs(same: np.ndarray, length: int) -> list[tuple[int, int]]:
    """Return start and end of each run of trues that is long enough."""
    import numpy as np

    edges = np.flatnonzero(np.diff(np.concatenate([[0], same.astype(np.int8), [0]])))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True) if b - a >= length]


def _chance(matrix: np.ndarray, digits: np.ndarray, start: int, end: int, row: int, shortest: int) -> float:
    import numpy as np

    block = matrix[:, start:end]
    others = np.isfinite(block).sum(axis=0) - 1
    equal = (block == block[row]).sum(axis=0) - 1
    each = (equal + _PRIOR * 10.0 ** (1 - digits[row, start:end])) / (others + _PRIOR)
    n = len(matrix)
    return float(min(1.0, n * (n - 1) / 2 * (matrix.shape[1] - shortest + 1) * np.prod(each)))


def options_alike(ds: Dataset, options: pd.DataFrame) -> Tests:
    """Find options of different plants whose stated amounts are all the same; ``options`` as of ``numbers.stated``."""
    import numpy as np

    from cpaudit.analysis.doubts.numbers import written

    rule = rules().kinds["repeated_option"]
    matrix = options[["investment_wan_yuan", *benefit_fields()]].to_numpy(dtype=float)
    stated = np.isfinite(matrix) & (matrix != 0)
    enough = np.flatnonzero(stated.sum(axis=1) >= rule.min_n)
    groups: dict[bytes, list[int]] = {}
    for row, key in zip(enough.tolist(), np.nan_to_num(matrix[enough], nan=-1.0), strict=True):
        groups.setdefault(key.tobytes(), []).append(row)
    owners = options["plant_id"].to_numpy()
    found = [rows for rows in groups.values() if len(rows) > 1 and len(set(owners[rows])) > 1]
    counts = np.isfinite(matrix).sum(axis=0)

    def chance(rows: list[int]) -> float:
        mine = np.flatnonzero(stated[rows[0]])
        values = matrix[rows[0], mine]
        equal = (matrix[:, mine] == values).sum(axis=0) - 1
        each = (equal + _PRIOR * 10.0 ** (1 - written(values)[1])) / (counts[mine] - 1 + _PRIOR)
        return float(min(1.0, len(enough) * (len(enough) - 1) / 2 * np.prod(each)))

    def tell(i: int) -> Lead:
        rows = found[i]
        values = matrix[rows[0]][stated[rows[0]]]
        names = list(dict.fromkeys(options["name"].iloc[rows]))
        holes = {
            "names": "、".join(names[:3]),
            "n": len(values),
            "values": "、".join(f"{v:g}" for v in values),
            "rows": len(enough),
        }
        return Lead(options, rows, holes, list(dict.fromkeys(owners[rows])))

    return Tests("repeated_option", np.array([chance(rows) for rows in found]), tell)


def lists_alike(ds: Dataset, options: pd.DataFrame) -> Tests:
    """Find plants whose options bear the same names in the same order (who wrote them isn't in the data)."""
    import numpy as np

    rule = rules().kinds["repeated_list"]
    names = options["name"].to_numpy()
    rows: dict[str, list[int]] = {}
    for row, plant in enumerate(options["plant_id"].tolist()):
        rows.setdefault(plant, []).append(row)
    groups: dict[tuple[str, ...], list[str]] = {}
    for plant, mine in rows.items():
        if len(mine) >= rule.min_n:
            groups.setdefault(tuple(names[mine]), []).append(plant)
    found = [(listed, plants) for listed, plants in groups.items() if len(plants) > 1]
    having: dict[str, int] = {}
    for mine in rows.values():
        for name in set(names[mine]):
            having[name] = having.get(name, 0) + 1
    n = len(rows)

    def chance(listed: tuple[str, ...]) -> float:
        # a name that nobody else uses would still be met in one plant of twenty, for all we know
        each = [(having[name] - 1 + _PRIOR * 0.05) / (n - 1 + _PRIOR) for name in listed]
        return min(1.0, n * (n - 1) / 2 * math.prod(each))

    def tell(i: int) -> Lead:
        listed, plants = found[i]
        holes = {"n": len(listed), "names": "、".join(listed), "rows": n}
        return Lead(options, [row for plant in plants for row in rows[plant]], holes, plants)

    return Tests("repeated_list", np.array([chance(listed) for listed, _ in found]), tell)
