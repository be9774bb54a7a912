"""List after-sale cases by deadline; agree to small refunds of goods that never left.

Run: `python 06_answer_refunds.py [orderhub.toml]`; with `--agree` it answers, else it only says what it would do.
Money is promised at most once however often it runs, and never more than was paid.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from decimal import Decimal

from orderhub import Hub, Outcome, Refund
from orderhub.testing.practice import open_hub

SMALL = Decimal(100)
"""In the order's own currency."""
LATE = datetime.max.replace(tzinfo=UTC)


def is_simple(case: Refund, hub: Hub, small: Decimal) -> bool:
    """Money back only, little of it, and nothing of the order has left."""
    [order] = hub.orders(keys=[f"{case.platform}:{case.shop_id}:{case.order_id}"]) or [None]
    return (
        case.kind == "refund_only"
        and case.status == "requested"
        and case.amount is not None
        and case.amount <= small
        and order is not None
        and order.fulfilment_status == "unfulfilled"
    )


def main(hub: Hub, small: Decimal = SMALL, *, agree: bool = False) -> list[Outcome[object]]:
    """Print every open case, and answer the simple ones."""
    cases = sorted(hub.aftersales(), key=lambda case: case.deadline_at or LATE)
    for case in cases:
        until = f"{case.deadline_at:%Y-%m-%d %H:%M}Z" if case.deadline_at else "-"
        print(f"{case.key}  {case.kind} {case.status}  {case.amount} {case.currency}  answer by {until}")
    answered = [hub.agree_refund(case.key, dry_run=not agree) for case in cases if is_simple(case, hub, small)]
    for outcome in answered:
        print(f"{outcome.key}: {outcome.reason or 'agreed'}{'' if outcome.ok else f', {outcome.error}'}")
    return answered


if __name__ == "__main__":
    rest = [word for word in sys.argv[1:] if word != "--agree"]
    with open_hub(*rest[:1]) as hub:
        hub.sync()
        main(hub, agree="--agree" in sys.argv)
