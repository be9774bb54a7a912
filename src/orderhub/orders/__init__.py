"""Decisions about orders: audit. Pure; may import `normalise`, `rules`, `kit`, `models`, `errors`."""

from orderhub.orders.audit import audit, verdict

__all__ = ["audit", "verdict"]
