"""Correct the ledger by a count, then show every channel what is available now.

Run: `python 05_push_stock.py [orderhub.toml count.csv]`; the file has sku, warehouse, quantity. The count is a stock
command with a key, so that the same file twice corrects once; nobody's reservation is lost by it.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from orderhub import Hub
from orderhub.inventory import StockLine, StockTake
from orderhub.testing.practice import WAREHOUSE, open_hub


def main(hub: Hub, key: str, rows: Iterable[Mapping[str, str]]) -> int:
    """Apply the count under `key` and push; answers how many listings were told another figure."""
    lines = tuple(StockLine(row["sku"], row["warehouse"], int(row["quantity"])) for row in rows)
    [outcome] = hub.stock.apply([StockTake(key, lines, "counted")])
    if not outcome.ok:
        print(f"the count was refused: {outcome.reason} {outcome.shortages}")
        return 0
    pushed = hub.push_stock([line.sku for line in lines])
    for one in pushed:
        print(f"{one.key}  {one.value if one.ok else f'not told: {one.reason}'}")
    return sum(one.ok for one in pushed)


if __name__ == "__main__":
    with open_hub(*sys.argv[1:2]) as hub:
        if len(sys.argv) > 2:
            with Path(sys.argv[2]).open(encoding="utf-8-sig", newline="") as file:
                main(hub, Path(sys.argv[2]).stem, list(csv.DictReader(file)))
        else:
            main(hub, "count-1", [{"sku": "SKU-0001", "warehouse": str(WAREHOUSE["code"]), "quantity": "7"}])
