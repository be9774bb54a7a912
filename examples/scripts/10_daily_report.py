"""The figures of the day: a page with charts for people, and a few lines for a chat.

Run: `python 10_daily_report.py [orderhub.toml]`; needs the extra `analytics`. Two currencies are never added.
"""

from __future__ import annotations

import sys
from pathlib import Path

from orderhub import Hub
from orderhub.testing.practice import open_hub


def main(hub: Hub, path: Path = Path("report.html")) -> list[str]:
    """Write the page; answers the lines."""
    hub.report(path)
    with hub.analytics() as figures:
        lines = [
            f"{row['currency']}: {row['orders']} orders, {row['sales']:,.2f} sold, {row['refunded']:,.2f} refunded"
            for row in figures.records("totals")
        ]
    late = sum(1 for order in hub.orders() if order.is_shippable and order.ship_by and order.ship_by < hub.clock.now())
    lines += [f"{late} orders past their latest ship time", f"{len(hub.incidents())} parcels in trouble"]
    lines += [f"{shop.shop_key}: {shop.state}" for shop in hub.health() if shop.state != "ok"]
    print("\n".join([*lines, f"the whole report: {path}"]))
    return lines


if __name__ == "__main__":
    with open_hub(*sys.argv[1:2]) as hub:
        hub.sync()
        main(hub)
