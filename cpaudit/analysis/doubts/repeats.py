"""Plausibility of repeats: the same run of values in several plants, options with the same numbers, the same list of options."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from cpaudit.analysis.doubts.leads import Kind, Lead, Tests, rules
from cpaudit.fields import benefits as benefit_fields
from cpaudit.fields import codes

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from cpaudit.analysis.doubts.numbers import Numbers
    from cpaudit.dataset import Dataset

#: How much the prior counts against what is seen: as much as so many other rows.
_PRIOR = 10
#: Values that differ by no more than this share of the smaller nearly agree.
_NEARLY = 0.0101
#: An indicator of which more than this share of all pairs nearly agree tells nothing of a pair.
_USUAL = 0.2


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


def _sheets(numbers: Numbers, *, both: bool = False) -> list[_Sheet]:
    """Return, per system (and period unless ``both``), values by row (plant, process) and indicator; owners, places, digits."""
    import numpy as np

    frame, size = numbers.frame, len(numbers.groups)
    if not size:
        return []
    process = frame["process"].factorize()[0][numbers.row]
    system = frame["system"].factorize()[0][numbers.row]
    after = (numbers.groups["period"] == "after").to_numpy()
    sheets = []
    family = system if both else system * 2 + after[numbers.group]
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


def nearly_alike(numbers: Numbers) -> Tests:
    """Test each two plants of a system and period for more values that nearly agree than any two have (beta-binomial).

    Plants of one level resemble one another, so the shares of any two spread more than a binomial's: the beta-binomial that is
    held against takes mean and spread from the pairs themselves. Values that agree exactly are :func:`blocks`'.
    """
    import numpy as np

    rule = rules().kinds["nearly_alike"]
    found: list[tuple[int, np.ndarray, np.ndarray, np.ndarray]] = []
    p: list[np.ndarray] = []
    sheets = _sheets(numbers, both=True)
    later = (numbers.groups["period"] == "after").to_numpy()
    for s, (matrix, owner, rows, _) in enumerate(sheets):
        logs = np.log(np.where(matrix > 0, matrix, np.nan)).astype(np.float32)
        telling = _telling(logs)
        if not telling.any() or len(matrix) < 2:
            continue
        after = later[numbers.group[rows.max(axis=0)]]
        # copied may be one period, or both
        parts = np.stack([telling & ~after, telling & after, telling], axis=1)
        used, shares = logs[:, telling], parts[telling].astype(np.float32)
        one, other = np.triu_indices(len(matrix), 1)
        k = np.concatenate([(np.abs(used[i + 1 :] - used[i]) <= _NEARLY) @ shares for i in range(len(used) - 1)])
        known = np.isfinite(used).astype(np.float32)
        apart = owner[one] != owner[other]
        n = np.concatenate([(known[i + 1 :] * known[i]) @ shares for i in range(len(used) - 1)])
        for part in range(3):
            asked = np.flatnonzero(apart & (n[:, part] >= rule.min_n))
            if len(asked):
                chance = _resemblance(n[asked, part], k[asked, part], rule)
                for at in np.flatnonzero(chance < 1):  # what agrees exactly is another kind's
                    x, y = (matrix[side[asked[at]], parts[:, part]] for side in (one, other))
                    if (np.isfinite(x) & np.isfinite(y) & (x != y)).sum() < rule.min_n:
                        chance[at] = 1.0
                p.append(chance)
                found.append((s, one[asked], other[asked], parts[:, part]))
    begins = np.cumsum([0, *(len(chance) for chance in p)])

    def tell(at: int) -> Lead:
        block = int(np.searchsorted(begins, at, side="right")) - 1
        s, one, other, part = found[block]
        i, j = int(one[at - begins[block]]), int(other[at - begins[block]])
        matrix, owner, rows, _ = sheets[s]
        both = np.isfinite(matrix[i]) & np.isfinite(matrix[j]) & part
        near = np.abs(matrix[i] - matrix[j]) <= _NEARLY * np.minimum(np.abs(matrix[i]), np.abs(matrix[j]))
        columns = np.flatnonzero(near & both)
        cells = np.concatenate([rows[i, columns], rows[j, columns]])
        groups = numbers.group[cells]
        holes = {
            "period": "、".join(codes("measurements", "period")[p] for p in numbers.groups["period"][groups].unique()),
            "n": int(both.sum()),
            "k": len(columns),
            "values": "、".join(f"{matrix[i, c]:g}/{matrix[j, c]:g}" for c in columns[:4]),
        }
        who = [numbers.plants[owner[i]], numbers.plants[owner[j]]]
        return Lead(numbers.frame, numbers.row[cells].tolist(), holes, who)

    return Tests("nearly_alike", np.concatenate(p) if p else np.zeros(0), tell)


def _telling(logs: np.ndarray) -> np.ndarray:
    """Return the columns of which not anybody is near to anybody, as far as some hundred pairs of rows tell."""
    import numpy as np

    one, other = np.random.default_rng(0).integers(0, len(logs), (2, 400))
    apart = one != other
    x, y = logs[one[apart]], logs[other[apart]]
    near, common = (np.abs(x - y) <= _NEARLY).sum(axis=0), np.isfinite(x + y).sum(axis=0)
    found: np.ndarray = near <= _USUAL * common
    return found


def _resemblance(n: np.ndarray, k: np.ndarray, rule: Kind) -> np.ndarray:
    """Return the chance of each pair to have ``k`` of ``n`` values near (1: too few to be told)."""
    import numpy as np
    from scipy.stats import betabinom

    usual = k / n < rule.min_effect
    told = np.flatnonzero(~usual)
    chance = np.ones(len(n))
    if len(told):
        mean = float((k[usual].sum() + 1) / (n[usual].sum() + 10))
        spread = ((k[usual] - n[usual] * mean) ** 2).sum() / (n[usual] * mean * (1 - mean)).sum() if usual.any() else 1.0
        rho = float(np.clip((spread - 1) / max(float(n.mean()) - 1, 1), 1e-3, 0.5))
        chance[told] = betabinom.sf(k[told] - 1, n[told], mean * (1 / rho - 1), (1 - mean) * (1 / rho - 1))
    return chance


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
