"""Clear improvement (明显提升): what is asked of a plant that had reached its target before the audit already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cpaudit.analysis.judging.evidence import NAMED, Verdict, evidence_of, named, plain, worst

if TYPE_CHECKING:
    from cpaudit.indicators.standing.standings import Standing
    from cpaudit.programme import Target
    from cpaudit.programme.interpretations import ClearImprovement


def improved(before: list[Standing], after: list[Standing], target: Target, rule: ClearImprovement) -> Verdict:
    """Return whether what a target names improved clearly since it was met before the audit.

    What has a value before or after it alone (the other blank, or marked 不适用) may have got worse: nobody can tell. What is
    confirmed to be not applicable isn't compared.
    """
    assert target.if_met_before
    wanted = set(target.if_met_before.improve)
    first = {(s.system, s.process): s for s in before}
    pairs = [(s, first[s.system, s.process]) for s in after if (s.system, s.process) in first]
    changes = [c for now, then in pairs for c in now.changes(then) if _counts(c.indicator, wanted)]
    lost = [row["name"] for now, then in pairs for row in now.lost(then) if _counts(row, wanted)]
    gained = [row["name"] for now, then in pairs for row in now.gained(then) if _counts(row, wanted)]
    alone = len(lost) + len(gained)
    start = "审核前已达到要求级别，须明显提升："
    slack = 1e-9  # a change of exactly 5 % must not fail by a rounding of doubles
    keeps = rule.at_level_1 == "keep" and all(worst(evidence_of(each, target)) == 1 for each in (before, after))
    worse = [c for c in changes if c.change_pct < -rule.tolerance_pct - slack]
    if worse:
        most = min(worse, key=lambda c: c.change_pct)
        several = f"等 {len(worse)} 项" if len(worse) > 1 else ""
        by = f"最多 {-most.change_pct:.1f}%" if most.before else f"由 0 变为 {plain(most.after)}{most.indicator['unit']}"
        asked = "审核前已达Ⅰ级，须保持Ⅰ级且没有指标变差：" if keeps else start
        return Verdict(False, f"{asked}{most.indicator['name']}{several}变差（{by}），未达到。")
    moved = [c for c in changes if not c.kept]
    better = [c for c in moved if c.change_pct >= rule.min_change_pct - slack]
    # what has no value on one side might have improved at best
    if alone and (keeps or len(better) + alone >= rule.min_share * (len(moved) + alone)):
        sides = [(lost, "审核前有数值、审核后没有"), (gained, "审核后有数值、审核前没有")]
        said = "，".join(f"{named(list(dict.fromkeys(names[:NAMED])), len(names))}{how}" for names, how in sides if names)
        whether = "有没有变差" if keeps else "是否明显提升"
        return Verdict(None, f"审核前已达到要求级别，但{said}，无法判定{whether}。")
    if keeps:
        return Verdict(True, "审核前已达Ⅰ级，审核后保持Ⅰ级，且没有指标变差，达到。")
    if not changes:
        return Verdict(None, "审核前已达到要求级别，但没有可比的定量指标，无法判定是否明显提升。")
    if not moved:
        return Verdict(True, f"{start}{len(changes)} 项可比指标审核前已无可改善，审核后保持，达到。")
    kept = f"（另有 {len(changes) - len(moved)} 项已无可改善，保持）" if len(moved) < len(changes) else ""
    gone = f"（另有 {alone} 项只有一次数值）" if alone else ""
    facts = f"{len(moved)} 项可比指标中 {len(better)} 项改善 {rule.min_change_pct:g}% 及以上{kept}{gone}"
    enough = len(better) >= rule.min_share * len(moved)
    return Verdict(enough, f"{start}{facts}，{'达到' if enough else '未达到'}。")


def _counts(row: dict[str, Any], wanted: set[Any]) -> bool:
    return row["category"] in wanted or (row["hazardous_waste"] and "hazardous_waste" in wanted)
