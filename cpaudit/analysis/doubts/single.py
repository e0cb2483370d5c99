"""Plausibility of single numbers and of how they are written: outliers, last and first digits, round numbers, zeros."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cpaudit.analysis.doubts.leads import Lead, Tests, rules
from cpaudit.analysis.doubts.numbers import group_median
from cpaudit.fields import codes

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from cpaudit.analysis.doubts.numbers import Numbers

#: The median absolute deviation of normal values is this share of their standard deviation …
_MAD = 0.6745
#: … and, as an estimate of it from n values, is worth a standard deviation with this times n degrees of freedom.
_WORTH = 0.37
#: A value of fewer steps of its last place isn't held against others.
_STEPS = 5


def outliers(numbers: Numbers) -> Tests:
    """Test each positive value against the logarithms of its group: median and median absolute deviation, Student's t."""
    import numpy as np

    rule = rules().kinds["outlier"]
    positive = numbers.value > 0
    logs = np.log(np.where(positive, numbers.value, 1.0))
    # of what is a few steps of its last place, the logarithm is a matter of rounding
    places = np.maximum(numbers.groups["decimals"].to_numpy()[numbers.group], numbers.decimals)
    positive &= numbers.value * 10.0**places >= _STEPS
    at = np.flatnonzero(positive & ~np.isin(numbers.group, _bounded(numbers)))
    group, size = numbers.group[at], len(numbers.groups)
    n = np.bincount(group, minlength=size)
    middle, p, z = robust_p(group, logs[at], size, rule.min_n, rule.min_effect)

    def tell(i: int) -> Lead:
        k, g = at[i], group[i]
        middle_value = float(np.exp(middle[g]))
        value = float(numbers.value[k])
        holes = {
            "name": numbers.groups["name"][g],
            "period": {**codes("measurements", "period"), "": ""}[numbers.groups["period"][g]],
            "value": f"{value:g}",
            "side": "高于" if z[i] > 0 else "低于",
            "n": int(n[g]),
            "median": f"{middle_value:.4g}",
            "times": f"{value / middle_value:.3g}",
            "z": f"{z[i]:.1f}",
        }
        return Lead(numbers.frame, [int(numbers.row[k])], holes, [numbers.plants[numbers.plant[k]]])

    # untested values (groups too small or without spread) are no tests
    tested = np.flatnonzero(np.isfinite(p))
    return Tests("outlier", p[tested], lambda i: tell(int(tested[i])))


def robust_p(
    group: np.ndarray, logs: np.ndarray, size: int, least: int, effect: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the median of each group, and by value p (NaN: the group can't be tested; 1: not ``effect`` times off) and z.

    The median absolute deviation is that of the side, if it is larger: amounts that can't fall below 0 lean to one side.
    """
    import numpy as np
    from scipy import special

    middle = group_median(group, logs, size)
    away = logs - middle[group]
    n = np.bincount(group, minlength=size)
    z, p = np.zeros(len(logs)), np.full(len(logs), np.nan)
    whole = group_median(group, np.abs(away), size)
    for side in (away >= 0, away <= 0):
        spread = np.fmax(group_median(group[side], np.abs(away[side]), size), whole) / _MAD
        usable = side & (spread[group] > 1e-9) & (n[group] >= least)
        z[usable] = away[usable] / spread[group][usable]
        p[usable] = 1.0
    far = np.isfinite(p) & (np.abs(away) >= np.log(effect))
    p[far] = 2 * special.stdtr(_WORTH * n[group][far], -np.abs(z[far]))
    return middle, p, z


def _bounded(numbers: Numbers) -> np.ndarray:
    """Return the groups that crowd at a bound (shares near 100 %): a logarithm says nothing of them."""
    import numpy as np

    size = len(numbers.groups)
    share = numbers.groups["name"].str.contains("%", regex=False).to_numpy()
    middle = numbers.median(numbers.value)
    return np.flatnonzero(share & (middle > 50)) if size else np.zeros(0, dtype=int)


def last_digits(numbers: list[Numbers]) -> Tests:
    """Test each plant and each unit for a favourite among the last significant digits (binomial, any of the nine).

    Only values of three digits and more count, in groups that range widely enough, at the rate that the digit has with others,
    but no less than one in nine. A last 0 can't be told from one that was left out, and values of the same precision in digits
    end in 0 the more often, the larger they are: 0 isn't tested.
    """
    import numpy as np
    from scipy import special

    rule = rules().kinds["last_digit"]
    found: list[tuple[Numbers, np.ndarray, pd.Index, int, np.ndarray, float, np.ndarray]] = []
    p: list[np.ndarray] = []
    for each in numbers:
        fits = each.groups["wide"].to_numpy()[each.group] & (each.digits >= 3)
        for owner, names in ((each.plant, each.plants), (each.unit, each.units)):
            counts = np.bincount(owner[fits] * 10 + each.last[fits], minlength=len(names) * 10).reshape(-1, 10)[:, 1:]
            n = counts.sum(axis=1)
            others = (counts.sum(axis=0) - counts + 1) / (n.sum() - n + 9)[:, None]
            codes_ = np.flatnonzero(n >= rule.min_n)
            most = counts[codes_].argmax(axis=1)
            k, rate = counts[codes_, most], np.maximum(others[codes_, most], 1 / 9)
            chance = np.minimum(9 * special.bdtrc(k - 1, n[codes_], rate), 1)
            p.append(np.where(k / n[codes_] >= rule.min_effect, chance, 1.0))
            found += [
                (each, owner, names, int(c), counts[c], float(r), fits)
                for c, r in zip(codes_.tolist(), rate.tolist(), strict=True)
            ]

    def tell(i: int) -> Lead:
        each, owner, names, code, counts, rate, fits = found[i]
        digit = int(counts.argmax()) + 1
        mine = np.flatnonzero(fits & (owner == code) & (each.last == digit))
        plant, unit = ("", str(names[code])) if names is each.units else (str(names[code]), "")
        holes: dict[str, Any] = {
            "who": "该企业" if plant else "该单位",
            "digit": digit,
            "n": int(counts.sum()),
        }
        holes |= {"share": f"{counts.max() / counts.sum():.0%}", "rate": f"{rate:.0%}"}
        return Lead(each.frame, each.row[mine].tolist(), holes, [plant] if plant else [], unit)

    return Tests("last_digit", np.concatenate(p) if p else np.zeros(0), tell)


def round_numbers(numbers: Numbers) -> Tests:
    """Test each plant for more values of at most two significant digits than the same groups of others have."""

    detailed = numbers.median(numbers.digits.astype(float)) >= 3
    return _more_than_others("round_numbers", numbers, (numbers.digits <= 2) & (numbers.value != 0), detailed)


def zeros(numbers: Numbers) -> Tests:
    """Test each plant for more zeros than the same groups of others have."""
    import numpy as np

    return _more_than_others("zero_filled", numbers, numbers.value == 0, np.ones(len(numbers.groups), dtype=bool))


def _more_than_others(kind: str, numbers: Numbers, flag: np.ndarray, groups: np.ndarray) -> Tests:
    """Test the flagged numbers of each plant against the rates of others (binomial at their mean: never too small a p)."""
    import numpy as np
    from scipy import special

    rule = rules().kinds[kind]
    fits = groups[numbers.group] & (numbers.groups["n"].to_numpy()[numbers.group] >= rule.min_n)
    size = len(numbers.plants)
    rate = numbers.rate_of_others(flag)
    n = np.bincount(numbers.plant[fits], minlength=size)
    k = np.bincount(numbers.plant[fits], weights=flag[fits], minlength=size)
    expected = np.bincount(numbers.plant[fits], weights=rate[fits], minlength=size) / np.maximum(n, 1)
    tested = np.flatnonzero(n >= rule.min_n)
    told = k[tested] / n[tested] >= rule.min_effect
    p = np.where(told, special.bdtrc(np.maximum(k[tested] - 1, 0), n[tested], expected[tested]), 1.0)

    def tell(i: int) -> Lead:
        plant = tested[i]
        mine = np.flatnonzero(fits & flag & (numbers.plant == plant))
        names = list(dict.fromkeys(numbers.groups["name"].to_numpy()[numbers.group[mine]]))
        holes = {
            "who": "该企业",
            "name": "、".join(names[:3]) + (" 等" if len(names) > 3 else ""),
            "n": int(n[plant]),
            "k": int(k[plant]),
            "share": f"{k[plant] / n[plant]:.0%}",
            "expected": f"{expected[plant]:.0%}",
        }
        return Lead(numbers.frame, numbers.row[mine].tolist(), holes, [numbers.plants[plant]])

    return Tests(kind, p, tell)


def zero_columns(numbers: Numbers) -> Tests:
    """Test each column of each unit's options for zeros alone where others have values."""
    import numpy as np

    rule = rules().kinds["zero_filled"]
    item, name = numbers.groups["item"].to_numpy(), numbers.groups["name"].to_numpy()
    column = item[numbers.group]
    size = int(item.max(initial=-1)) + 1
    key = numbers.unit * size + column
    zero = (numbers.value == 0).astype(float)
    n = np.bincount(key, minlength=len(numbers.units) * size)
    k = np.bincount(key, weights=zero, minlength=len(numbers.units) * size)
    tested = np.flatnonzero(n >= rule.min_n)
    others = tested % size if size else tested
    every, hits = np.bincount(column, minlength=size), np.bincount(column, weights=zero, minlength=size)
    rate = (hits[others] - k[tested] + 0.5) / (every[others] - n[tested] + 1)
    p = np.where(k[tested] == n[tested], rate ** n[tested], 1.0)

    def tell(i: int) -> Lead:
        code = int(tested[i])
        mine = np.flatnonzero(key == code)
        holes: dict[str, Any] = {"who": "该单位"}
        holes |= {"name": name[item == code % size][0], "n": int(n[code]), "k": int(k[code]), "expected": f"{rate[i]:.0%}"}
        return Lead(numbers.frame, numbers.row[mine].tolist(), holes, unit=str(numbers.units[code // size]))

    return Tests("zero_filled", p, tell)


def first_digits(numbers: Numbers) -> Tests:
    """Test the first digits of each unit's amounts against Benford's law, where they span three orders of magnitude."""
    import numpy as np
    from scipy import special

    rule = rules().kinds["first_digit"]
    law = np.log10(1 + 1 / np.arange(1, 10))
    found: list[tuple[int, np.ndarray, float, float]] = []
    p = []
    for unit in range(len(numbers.units)):
        mine = numbers.value[(numbers.unit == unit) & (numbers.value > 0)]
        if len(mine) < rule.min_n:
            continue
        low, high = np.percentile(mine, [5, 95])
        if high < 1000 * low:
            continue
        first = np.floor(mine / 10.0 ** np.floor(np.log10(mine) + 1e-12)).astype(int).clip(1, 9)
        counts = np.bincount(first, minlength=10)[1:]
        chi2 = float(((counts - len(mine) * law) ** 2 / (len(mine) * law)).sum())
        mad = float(np.abs(counts / len(mine) - law).mean())
        p.append(float(special.chdtrc(8, chi2)) if mad >= rule.min_effect else 1.0)
        found.append((unit, counts, chi2, mad))

    def tell(i: int) -> Lead:
        unit, counts, _, mad = found[i]
        holes = {"n": int(counts.sum()), "share": f"{counts[0] / counts.sum():.1%}", "mad": f"{mad:.3f}"}
        mine = np.flatnonzero(numbers.unit == unit)
        return Lead(numbers.frame, sorted(set(numbers.row[mine].tolist())), holes, unit=str(numbers.units[unit]))

    return Tests("first_digit", np.array(p), tell)
