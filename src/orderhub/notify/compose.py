"""Messages that several rooms send alike. Pure. Imports `ports`."""

from __future__ import annotations

from orderhub.ports import Message

__all__ = ["staff_alert"]


def staff_alert(
    code: str, order_key: str, message: str, *, to: str = "staff", channel: str = "local", locale: str = "zh"
) -> Message:
    """One alert per order and code: the same problem found again is the same key."""
    values = {"code": code, "order": order_key, "message": message}
    return Message(f"staff_alert:{order_key}:{code}", channel, to, "staff_alert", values, locale)
