"""Clear improvement (明显提升): what is asked of a plant that had reached its target before the audit already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cpaudit.analysis.basis.evidence import Verdict, evidence_of, plain, worst

if TYPE_CHECKING:
    from cpaudit.indicators.standing.standings import Change, Standing
    from cpaudit.programme import Target
    from cpaudit.programme.interpretations import ClearImprovement


def improved(before: list[Standing], after: list[Standing], target: Target, rule: ClearImprovement) -> Verdict:
    """Return whether what a target names improved clearly since it was met before the audit."""
    assert target.if_met_before
    wanted = set(target.if_met_before.improve)
    first = {(s.system, s.process): s for s in before}
    pairs = [(s, first[s.system, s.process]) for s in after if (s.system, s.process) in first]
    changes = [c for now, then in pairs for c in now.changes(then) if _counts(c, wanted)]
    start = "审核前已达到要求级别，须明显提升："
    slack = 1e-9  # a change of exactly 5 % must not fail by a rounding of doubles
    worse = [c for c in changes if c.change_pct < -rule.tolerance_pct - slack]
    if worse:
        most = min(worse, key=lambda c: c.change_pct)
        several = f"等 {len(worse)} 项" if len(worse) > 1 else ""
        by = f"最多 {-most.change_pct:.1f}%" if most.before else f"由 0 变为 {plain(most.after)}{most.indicator['unit']}"
        return Verdict(False, f"{start}{most.indicator['name']}{several}变差（{by}），未达到。")
    if rule.at_level_1 == "keep" and all(worst(evidence_of(each, target)) == 1 for each in (before, after)):
        return Verdict(True, "审核前已达Ⅰ级，审核后保持Ⅰ级，且没有指标变差，达到。")
    if not changes:
        return Verdict(None, "审核前已达到要求级别，但没有可比的定量指标，无法判定是否明显提升。")
    moved = [c for c in changes if not c.kept]
    if not moved:
        return Verdict(True, f"{start}{len(changes)} 项可比指标审核前已无可改善，审核后保持，达到。")
    better = [c for c in moved if c.change_pct >= rule.min_change_pct - slack]
    kept = f"（另有 {len(changes) - len(moved)} 项已无可改善，保持）" if len(moved) < len(changes) else ""
    facts = f"{len(moved)} 项可比指标中 {len(better)} 项改善 {rule.min_change_pct:g}% 及以上{kept}"
    enough = len(better) >= rule.min_share * len(moved)
    return Verdict(enough, f"{start}{facts}，{'达到' if enough else '未达到'}。")


def _counts(change: Change, wanted: set[Any]) -> bool:
    row = change.indicator
    return row["category"] in wanted or (row["hazardous_waste"] and "hazardous_waste" in wanted)
