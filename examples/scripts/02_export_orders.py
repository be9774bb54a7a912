"""Write the orders of the last days as CSV that spreadsheets open; names and numbers are masked.

Run: `python 02_export_orders.py [orderhub.toml]`. The file begins with a byte order mark, so that Excel reads UTF-8.
"""

from __future__ import annotations

import csv
import sys
from datetime import timedelta
from pathlib import Path

from orderhub import Hub
from orderhub.ports import OrderQuery
from orderhub.testing.practice import open_hub

COLUMNS = (
    "platform", "shop_id", "order_id", "status", "payment_status", "currency", "total", "paid", "refunded", "goods",
    "units", "receiver", "region", "waybills", "created_at", "ship_by",
)  # fmt: skip


def cell(value: object) -> object:
    """One value as a spreadsheet takes it: several joined, and text never read as a formula."""
    if isinstance(value, tuple):
        value = " ".join(value)
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@") else value


def main(hub: Hub, path: Path = Path("orders.csv"), days: int = 30) -> int:
    """Write page by page, so that memory holds one page however many orders there are; answers how many."""
    query = OrderQuery(created_from=hub.clock.now() - timedelta(days=days), sort="created")
    written, after = 0, None
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file)
        table.writerow(COLUMNS)
        while True:
            page = hub.page(query, size=200, after=after)
            table.writerows([cell(getattr(row, name)) for name in COLUMNS] for row in page.rows)
            written, after = written + len(page.rows), page.next
            if after is None:
                break
    print(f"{written} orders in {path}")
    return written


if __name__ == "__main__":
    with open_hub(*sys.argv[1:2]) as hub:
        hub.sync(refunds=False)
        main(hub)
