"""A workspace of a fictitious office, written by hand: one county as unit, one trade, one system, one programme, one alias."""

from __future__ import annotations

from pathlib import Path

UNITS = "unit,name,short_name,code,kind,grid_row,grid_column\nyunhe,示例云河县,云河,,city,,\nyunshan,示例云山县,云山,,city,,\n"
DIVISIONS = (
    "code,name,level,parent_name,unit,status,valid_from,valid_to,successors,source\n"
    "990101,示例东镇,county,示例云河县,yunhe,in_use,,,,自定\n990201,示例西镇,county,示例云山县,yunshan,in_use,,,,自定\n"
)
INDUSTRIES = 'industries:\n  pottery: {label: 沿河陶艺, codes: ["3079"], aliases: [陶艺], systems: [pottery_2027]}\n'
FIELDS = "tables:\n  plants:\n    columns:\n      name: {aliases: [单位名称, 企业, 名称, 企业全称, 窑口名称]}\n"
SYSTEM = """
id: pottery_2027
title: 陶艺业评价指标体系（示范）
process: 陶艺
status: demonstration
document: {title: 示范数据，非正式文本, completeness: 结构完整，数值虚构}
level_names: {I: 国际清洁生产领先水平, II: 国内清洁生产先进水平, III: 国内清洁生产基本水平}
weights: share_of_group
groups:
  - id: use
    name: 资源能源消耗指标
    category: resource_energy
    weight: 1
    indicators:
      - {id: water, name: 单位产品取水量, unit: m³/t, weight: 0.6, comparator: "<=", baselines: {I: 1, II: 2, III: 3}}
      - {id: kiln, name: 窑炉自动控制, weight: 0.4, answer: yes_no}
"""
NOTICE = [
    *("--title", "云河2027年清洁生产审核", "--issuer", "示例县", "--roster", "强制类"),
    *("--step", "告知企业=2027-01-31", "--step", "完成评估=2027-06-30", "--step", "通过验收=2027-12-31"),
]


def own(folder: Path) -> Path:
    """Write the definitions into a workspace that ``cpaudit init`` has made; return the workspace."""
    home = folder / "definitions"
    for name, text in {
        "units.csv": UNITS,
        "divisions.csv": DIVISIONS,
        "industries.yaml": INDUSTRIES,
        "fields.yaml": FIELDS,
    }.items():
        (home / name).write_text(text, encoding="utf-8")
    (home / "indicator_systems" / "pottery_2027.yaml").write_text(SYSTEM.lstrip(), encoding="utf-8")
    return folder
