"""Pull what changed in every shop; say what may be shipped now, and what keeps the rest.

Run: `python 01_pull_orders.py [orderhub.toml]`. Safe to repeat and to interrupt: nothing is pulled twice or lost.
"""

from __future__ import annotations

import sys
from collections import Counter

from orderhub import Hub
from orderhub.testing.practice import open_hub


def main(hub: Hub) -> Counter[str]:
    """Pull every shop, then count waiting orders by what keeps them."""
    for report in hub.sync():
        told = report.error or f"{report.counts['inserted']} new or changed"
        print(f"{report.shop_key:16} {report.resource:8} {told}")
    waiting: Counter[str] = Counter()
    for order in hub.orders(status=("awaiting_shipment", "partially_shipped")):
        if order.is_shippable:
            waiting["may be shipped"] += 1
        else:
            waiting[", ".join(sorted(order.holds)) or f"fulfilled by {order.fulfilled_by}"] += 1
    for reason, orders in waiting.most_common():
        print(f"{orders:5}  {reason}")
    return waiting


if __name__ == "__main__":
    with open_hub(*sys.argv[1:2]) as hub:
        main(hub)
