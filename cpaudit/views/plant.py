"""One plant of a data set, as one looks into it: its way, values, standing, ways up, problems and page."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from cpaudit.errors import UsageError
from cpaudit.programme import industries, units
from cpaudit.views.parts import find_plant
from cpaudit.vocabulary import LEVELS, UNJUDGED

if TYPE_CHECKING:
    import pandas as pd

    from cpaudit.dataset import Dataset
    from cpaudit.views.page import Page


def find(ds: Dataset, text: str) -> Plant:
    """Return the plant that a name, a part of it, or a code means; see :meth:`cpaudit.dataset.Dataset.plant`."""
    if not isinstance(text, str) or not text.strip():
        raise UsageError("请写明企业的名称、名称的一部分或统一社会信用代码。")
    plant_id = find_plant(ds, text)
    return Plant(ds, ds.reduced([plant_id]), plant_id)


@dataclass(frozen=True, eq=False, repr=False)
class Plant:
    """一家企业：进程、实测值、级别、怎样再上一级、问题，以及它的一企一档。

    ``whole`` is the data set that it was found in, ``ds`` the part that is its own; the day is theirs.

    >>> import cpaudit as cp
    >>> plant = cp.example().plant("霁丑特种水泥")
    >>> plant.timeline.columns.tolist()[:3]
    ['plant_id', 'name', 'unit']
    >>> plant.name, plant.page().id, plant.ways["to_level"].unique().tolist()
    ('河北示例霁丑特种水泥集团有限公司', 'plant', [2])
    >>> len(plant.measurements) > 0, len(plant.standing) > 0, plant.problems.empty
    (True, True, True)
    """

    whole: Dataset
    ds: Dataset
    id: str

    @property
    def name(self) -> str:
        """企业名称。"""
        return str(self.ds.plants["name"].iloc[0])

    @property
    def timeline(self) -> pd.DataFrame:
        """各节点的期限、完成日期和状态，每个节点一行。

        Columns as of :func:`cpaudit.analysis.milestones.milestone_states`.
        """
        from cpaudit.analysis.basis.milestones import milestone_states

        return milestone_states(self.ds)

    @property
    def measurements(self) -> pd.DataFrame:
        """填报的指标实测值，每项每个时期一行；列见字段表。"""
        return self.ds.measurements.copy(deep=False)

    @property
    def standing(self) -> pd.DataFrame:
        """审核前后各工序的综合评价指数和级别，每工序每个时期一行。

        Columns as of :func:`cpaudit.indicators.score`.
        """
        from cpaudit.analysis.basis.standing import scorer

        return scorer(self.ds).scores()

    @property
    def ways(self) -> pd.DataFrame:
        """怎样以最小的改进再上一级：要改进的指标和须达到的值，每项一行；已是Ⅰ级的没有行。

        Columns as of ``steps`` of :func:`cpaudit.indicators.ways_up`. The period is after the audit where there are values of
        it; the aim is the level above the plant's worst process, level II where that is unknown.
        """
        from cpaudit.indicators import Scorer, ways_up

        values = self.measurements
        period = "after" if (values["period"] == "after").any() else "before"
        values = values[values["period"] == period]
        scored = self.standing
        levels = scored.loc[scored["period"] == period, "level"]
        aim = 2 if not len(levels) or levels.isna().any() else max(int(levels.max()) - 1, 1)
        return ways_up(Scorer(values), aim).steps

    @property
    def problems(self) -> pd.DataFrame:
        """这家企业的数据问题，每处一行；列见字段表。"""
        return self.ds.problems.copy(deep=False)

    def page(self) -> Page:
        """返回这家企业的一企一档，在笔记本中直接显示。"""
        from cpaudit.views.pages.plant import plant_page

        return plant_page(self.whole, self.id)

    def __repr__(self) -> str:
        return "\n".join(self._lines())

    def _repr_html_(self) -> str:
        first, *rest = map(escape, self._lines())
        return f"<div><strong>{first}</strong><br>{'<br>'.join(rest)}</div>"

    def _lines(self) -> list[str]:
        import pandas as pd

        from cpaudit.analysis import attainment, progress
        from cpaudit.dataset.dated import left_out

        where = progress.plants(self.ds).iloc[0]
        late = "未报送进度" if where["not_reported"] else f"逾期节点 {int(where['n_overdue'])} 个"
        row, told = self.ds.plants.iloc[0], left_out(self.ds, f"{late}；级别和数据问题")
        if not told:
            mine = attainment.plants(self.ds).iloc[0]
            levels = [mine[f"level_{period}"] for period in ("before", "after")]
            before, after = (UNJUDGED if pd.isna(level) else LEVELS[int(level)] for level in levels)
            told = f"审核前{before}，审核后{after}；{late}，数据问题 {len(self.ds.problems)} 处"
        demo = "，示范数据" if self.ds.demonstration else ""
        return [
            f"{row['name']}（{self.id}）",
            f"{units()[row['unit']].name}，{industries()[row['industry']].label}；截至 {self.ds.as_of}{demo}",
            told,
        ]
