"""Plausibility of what changed between before and after: one change unlike all others, every change the same, same decimals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.analysis.doubts.leads import Lead, Tests, rules
from cpaudit.analysis.doubts.numbers import group_median
from cpaudit.analysis.doubts.single import robust_p

if TYPE_CHECKING:
    import numpy as np

    from cpaudit.analysis.doubts.numbers import Numbers

#: Changes this near to one another (as shares) count as alike where the chance of it is estimated.
_NEAR = 0.01
#: A change is plain if rounding can have moved it by no more than this share of it.
_PLAIN = 0.15


def pairs(numbers: Numbers) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the places of the values before and after of the same plant, process and indicator, and the process as a code."""
    import numpy as np

    after = (numbers.frame["period"] == "after").to_numpy()[numbers.row]
    process, item = numbers.frame["process"].factorize()[0][numbers.row], numbers.groups["item"].to_numpy()[numbers.group]
    line = numbers.plant.astype(np.int64) * (process.max(initial=0) + 1) + process
    key = line * (item.max(initial=0) + 1) + item
    first, last = np.flatnonzero(~after), np.flatnonzero(after)
    _, a, b = np.intersect1d(key[first], key[last], return_indices=True)
    return first[a], last[b], line[first[a]]


def jumps(numbers: Numbers) -> Tests:
    """Test the logarithm of after ÷ before of each indicator of a plant against that of other plants."""
    import numpy as np

    rule = rules().kinds["change_outlier"]
    a, b, _ = pairs(numbers)
    good = (numbers.value[a] > 0) & (numbers.value[b] > 0)
    a, b = a[good], b[good]
    item = numbers.groups["item"].to_numpy()[numbers.group[a]] if len(a) else np.zeros(0, dtype=int)
    item = np.unique(item, return_inverse=True)[1]
    size = int(item.max(initial=-1)) + 1
    change = np.log(numbers.value[b] / numbers.value[a])
    middle, p, z = robust_p(item, change, size, rule.min_n, rule.min_effect)
    tested = np.flatnonzero(np.isfinite(p))

    def tell(n: int) -> Lead:
        i = int(tested[n])
        holes = {
            "name": numbers.groups["name"].iloc[numbers.group[a[i]]],
            "before": f"{numbers.value[a[i]]:g}",
            "after": f"{numbers.value[b[i]]:g}",
            "times": f"{np.exp(change[i]):.3g}",
            "median": f"{np.exp(middle[item[i]]):.3g}",
            "n": int((item == item[i]).sum()),
            "z": f"{z[i]:.1f}",
        }
        return Lead(numbers.frame, numbers.row[[a[i], b[i]]].tolist(), holes, [numbers.plants[numbers.plant[a[i]]]])

    return Tests("change_outlier", p[tested], tell)


def same_change(numbers: Numbers) -> Tests:
    """Test each process of a plant for changes by one and the same share, as far as rounding can tell (binomial).

    The share is the median of its changes: it belongs to those that are alike, if they are more than half.
    """
    import numpy as np
    from scipy import special

    rule = rules().kinds["same_change"]
    a, b, line = pairs(numbers)
    good = (numbers.value[a] != 0) & (numbers.value[a] != numbers.value[b])
    a, b, line = a[good], b[good], line[good]
    x, y = numbers.value[a], numbers.value[b]
    share = np.abs(y - x) / np.abs(x)
    # what rounding of the later value may have moved: half a unit of its last place, or of the usual one
    places = np.maximum(numbers.groups["decimals"].to_numpy()[numbers.group[b]], numbers.decimals[b])
    slack = 0.5 * 10.0**-places / np.abs(x) + 1e-9
    told = (slack < _PLAIN * share) & (share < 1)
    a, b, share, slack = a[told], b[told], share[told], slack[told]
    line = np.unique(line[told], return_inverse=True)[1]
    size = int(line.max(initial=-1)) + 1
    middle = group_median(line, share, size)
    alike = np.abs(share - middle[line]) <= 2 * slack
    n, k = np.bincount(line, minlength=size), np.bincount(line, weights=alike, minlength=size)
    ranked = np.sort(share)
    near = np.searchsorted(ranked, middle + _NEAR, side="right") - np.searchsorted(ranked, middle - _NEAR, side="left")
    density = near / max(len(share), 1) / (2 * _NEAR)  # of all changes, around this one
    width = np.bincount(line, weights=4 * slack, minlength=size) / np.maximum(n, 1)
    chance = np.minimum(1.0, density * width + 1 / max(len(share), 1))
    tested = np.flatnonzero(n >= rule.min_n)
    odd = k[tested] / n[tested] >= rule.min_effect
    # any of them may be the one that the others are like
    p = n[tested] * special.bdtrc(np.maximum(k[tested] - 2, 0), n[tested] - 1, chance[tested])

    def tell(i: int) -> Lead:
        mine = np.flatnonzero((line == tested[i]) & alike)
        some = "、".join(f"{numbers.value[a[m]]:g}→{numbers.value[b[m]]:g}" for m in mine[:4])
        holes = {"n": int(n[tested[i]]), "k": len(mine), "share": f"{middle[tested[i]]:.1%}", "values": some}
        rows = numbers.row[np.concatenate([a[mine], b[mine]])].tolist()
        return Lead(numbers.frame, rows, holes, [numbers.plants[numbers.plant[a[mine[0]]]]])

    return Tests("same_change", np.where(odd, np.minimum(p, 1), 1.0), tell)


def same_decimals(numbers: Numbers) -> Tests:
    """Test each plant's pairs of different values before and after for the same decimals more often than by chance."""
    import numpy as np
    from scipy import special

    rule = rules().kinds["same_decimals"]
    frame = numbers.frame
    usual = numbers.groups["decimals"].to_numpy()[numbers.group]
    a, b, _ = pairs(numbers)
    places = np.minimum(usual[a], usual[b])
    scale = 10.0**places
    x, y = np.rint(numbers.value[a] * scale), np.rint(numbers.value[b] * scale)
    fits = (places >= 1) & (np.abs(x - y) >= scale) & (numbers.decimals[a] <= places) & (numbers.decimals[b] <= places)
    a, b, x, y, scale = a[fits], b[fits], x[fits], y[fits], scale[fits]
    same = (x - y) % scale == 0
    size = len(numbers.plants)
    owner = numbers.plant[a]
    n, k = np.bincount(owner, minlength=size), np.bincount(owner, weights=same, minlength=size)
    expected = np.bincount(owner, weights=1 / scale, minlength=size) / np.maximum(n, 1)
    tested = np.flatnonzero(n >= rule.min_n)
    told = k[tested] / n[tested] >= rule.min_effect
    p = np.where(told, special.bdtrc(np.maximum(k[tested] - 1, 0), n[tested], expected[tested]), 1.0)

    def tell(i: int) -> Lead:
        plant = tested[i]
        mine = np.flatnonzero(same & (owner == plant))
        some = "、".join(f"{numbers.value[a[m]]:g}→{numbers.value[b[m]]:g}" for m in mine[:4])
        holes = {"n": int(n[plant]), "k": int(k[plant]), "expected": f"{expected[plant]:.0%}", "values": some}
        return Lead(frame, numbers.row[b[mine]].tolist(), holes, [numbers.plants[plant]])

    return Tests("same_decimals", p, tell)
