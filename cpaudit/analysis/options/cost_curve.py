"""成本曲线：得到一个单位的效益要花多少投资，从便宜到贵。

The marginal cost curve of one benefit: what a unit of it costs, option by option, the cheapest first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.analysis import benefits
from cpaudit.errors.arguments import number_of, one_of
from cpaudit.fields import benefits as benefit_fields

if TYPE_CHECKING:
    import pandas as pd

    from cpaudit.dataset import Dataset

#: What cannot be bought per unit: money itself.
_MONEY = "economic_benefit_wan_yuan"


def amounts() -> list[str]:
    """返回可以画成本曲线的各项效益。

    Return the benefits that a curve can be drawn of: all but the economic one.
    """
    return [name for name in benefit_fields() if name != _MONEY]


def _in_words() -> dict[str, str]:
    return {name: f.label for name, f in benefit_fields().items() if name != _MONEY}


def curve(
    ds: Dataset,
    benefit: str = "energy_tce",
    status: str | None = "implemented",
    *,
    years: int | None = None,
    rate: float = 0.0,
) -> pd.DataFrame:
    """返回带来某项效益的方案，按单位效益的成本从低到高排列。

    Return the options that bring one benefit by what a unit of it costs.

    Cost of a unit = investment ÷ yearly quantity (static: 万元 per unit and year; running costs and earnings are left out,
    nothing is discounted). With ``years`` the investment is turned into equal yearly payments over so many years at
    ``rate`` (0.06 for 6 %), and the cost is that of one unit. An option with several benefits is not split: each
    benefit's curve carries its whole investment, so curves must not be added up.

    Columns: plant_id, plant_name, unit, industry, number, name, class, investment_wan_yuan, yearly_cost_wan_yuan (the
    investment itself without ``years``), amount (the benefit as asked: its unit is that of quantity), quantity, unit_cost,
    cumulative_quantity, cumulative_investment_wan_yuan, other_benefits (how many further benefits the option states). Options
    without investment or without a quantity above 0 are left out.

    >>> import cpaudit as cp
    >>> ds = cp.example()
    >>> cp.analysis.cost_curve.curve(ds, "water_t")["unit_cost"].is_monotonic_increasing
    True

    Raises:
        UsageError: no such benefit or status; its last line lists them; ``years`` or ``rate`` is no such number; or the day is
            earlier than the snapshot's, whose values say nothing of it.
    """
    import numpy as np

    benefit = one_of("不能按“{}”排序", benefit, _in_words())
    factor = 1.0 if years is None else annuity(years, rate)
    options = benefits.of_status(ds, status)
    kept = options[options["investment_wan_yuan"].ge(0) & options[benefit].gt(0)].copy()
    kept["yearly_cost_wan_yuan"] = kept["investment_wan_yuan"] * factor
    kept["amount"], kept["quantity"] = benefit, kept[benefit]
    kept["unit_cost"] = kept["yearly_cost_wan_yuan"] / kept["quantity"]
    others = [name for name in amounts() if name != benefit]
    kept["other_benefits"] = kept[others].gt(0).sum(axis=1).astype(int)
    kept = kept.iloc[np.argsort(kept["unit_cost"].to_numpy(), kind="stable")]
    kept["cumulative_quantity"] = kept["quantity"].cumsum()
    kept["cumulative_investment_wan_yuan"] = kept["investment_wan_yuan"].cumsum()
    columns = ["plant_id", "plant_name", "unit", "industry", "number", "name", "class", "investment_wan_yuan"]
    columns += [
        "yearly_cost_wan_yuan",
        "amount",
        "quantity",
        "unit_cost",
        "cumulative_quantity",
        "cumulative_investment_wan_yuan",
    ]
    return kept[[*columns, "other_benefits"]].reset_index(drop=True)


def left_out(ds: Dataset, benefit: str, status: str | None = "implemented") -> int:
    """返回填报了效益但没有填报投资、因而不在曲线上的方案数。

    Return how many options state the benefit but no investment: they can stand on no curve.
    """
    benefit = one_of("没有名为“{}”的效益", benefit, _in_words())
    options = benefits.of_status(ds, status)
    return int((options[benefit].gt(0) & options["investment_wan_yuan"].isna()).sum())


def annuity(years: int, rate: float) -> float:
    """返回每单位投资折成的年金。

    Return the yearly payment per unit of investment.

    >>> annuity(10, 0), round(annuity(10, 0.06), 5)
    (0.1, 0.13587)

    Raises:
        UsageError: ``years`` is no whole number from 1 to 100, ``rate`` none from 0 to 1.
    """
    years_of = number_of(years, "年数（years）", "请写 1 至 100 的整数，如 10", least=1, most=100, whole=True)
    share = number_of(rate, "年利率（rate）", "请写 0 至 1 的小数，如 0.06（6%）", most=1)
    return 1 / years_of if not share else share / (1 - (1 + share) ** -years_of)
