"""One row of what `orderhub doctor` tells. Imports nothing of the library."""

from __future__ import annotations

from typing import Any

__all__ = ["row"]


def row(check: str, state: str, seen: str, do: str = "") -> dict[str, Any]:
    """What was checked, its state (ok, warning, bad), what was seen, what to do."""
    return {"check": check, "state": state, "seen": seen, "do": do}
