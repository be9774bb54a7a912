"""One finding of the audit, from its row in the table. Imports `audit_words`, `models`."""

from __future__ import annotations

from orderhub.models.order import Order
from orderhub.models.outcome import Finding
from orderhub.orders.audit_words import CODES

__all__ = ["finding"]


def finding(order: Order, code: str, told: str, path: str, value: str | None = None, advice: str = "") -> Finding:
    """What was seen (`told`), where, and what to do; `value` must not name a person."""
    row = CODES[code]
    return Finding(
        code=code, severity=row.severity, message=f"{told}; {advice or row.advice}", platform=order.platform,
        order_id=order.order_id, path=path, value=value,
    )  # fmt: skip
