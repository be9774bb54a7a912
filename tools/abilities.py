"""Who can do what: a table of signs that say what proves it, and why the others cannot. Imports `orderhub`."""

from __future__ import annotations

from collections.abc import Mapping

from orderhub.models import Capability

__all__ = ["abilities"]

SIGNS = {"live_verified": "●", "emulator_tested": "◐", "vector_tested": "◇", "documented": "○"}
"""What proves a verb, the strongest first."""
MEANINGS = {
    "live_verified": "seen on a live account", "emulator_tested": "tested against the emulator",
    "vector_tested": "pinned by published or recalculated values", "documented": "documented, not tested beyond that",
}  # fmt: skip
NONE = "its documentation has no such operation"


def abilities(found: Mapping[str, Mapping[str, Capability]]) -> str:
    """Verbs by platform or carrier, then the reasons of each."""
    verbs = next(iter(found.values()))
    rows = [
        f"| `{verb}` | " + " | ".join(sign(told[verb]) for told in found.values()) + " |" for verb in verbs
    ]  # fmt: skip
    head = ["| verb | " + " | ".join(found) + " |", "| --- |" + " :-: |" * len(found)]
    return "\n".join([legend(found), "", *head, *rows, "", "Why not:", "", *map(str, reasons(found))])


def sign(told: Capability) -> str:
    """One cell."""
    return SIGNS[told.evidence] if told.available else "–"


def legend(found: Mapping[str, Mapping[str, Capability]]) -> str:
    """The signs that occur."""
    used = {told.evidence for verbs in found.values() for told in verbs.values() if told.available}
    return ", ".join(f"{SIGNS[kind]} {MEANINGS[kind]}" for kind in SIGNS if kind in used) + ", – not there"


def reasons(found: Mapping[str, Mapping[str, Capability]]) -> list[str]:
    """One item a platform: verbs that share a reason are told together, those without any word last."""
    told = []
    for name, verbs in found.items():
        by_reason: dict[str, list[str]] = {}
        for verb, able in verbs.items():
            if not able.available:
                by_reason.setdefault(able.because or NONE, []).append(f"`{verb}`")
        ordered = sorted(by_reason.items(), key=lambda pair: pair[0] == NONE)
        if ordered:
            told += [f"- **{name}**", *(f"    - {', '.join(which)}: {why}" for why, which in ordered)]
    return told
