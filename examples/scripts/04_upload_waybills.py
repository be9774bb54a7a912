"""Tell platforms the numbers of parcels that were sent without a hub: a CSV with order, carrier, waybill_no.

Run: `python 04_upload_waybills.py [orderhub.toml waybills.csv]`. `order` is the key `platform:shop_id:order_id`,
`carrier` one of our codes (sf, yto, …). Upload the same file as often as you like: a parcel is told once.
"""

from __future__ import annotations

import csv
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from orderhub import Dispatch, Hub, Outcome
from orderhub.testing.practice import open_hub


def main(hub: Hub, rows: Iterable[Mapping[str, str]]) -> list[Outcome[object]]:
    """One call of `ship` a shop; every row has its outcome."""
    by_shop: dict[str, list[Dispatch]] = defaultdict(list)
    for row in rows:
        shop, _, order_id = row["order"].rpartition(":")
        by_shop[shop].append(Dispatch(order_id=order_id, carrier=row["carrier"], waybill_no=row["waybill_no"]))
    told: list[Outcome[object]] = []
    for key, parcels in by_shop.items():
        outcomes = hub.shops[key].ship(parcels)
        for parcel, outcome in zip(parcels, outcomes, strict=True):
            state = (outcome.reason or "told") if outcome.ok else f"REFUSED {outcome.reason}: {outcome.error}"
            print(f"{key}:{parcel.order_id}  {parcel.waybill_no}  {state}")
        told += outcomes
    return told


def practice_rows(hub: Hub) -> list[dict[str, str]]:
    """Rows for two orders of the sandbox, in place of a file."""
    orders = [order for order in hub.orders(platform="shopify") if order.is_shippable][:2]
    return [
        {"order": order.key, "carrier": "sf", "waybill_no": f"SF10000000000{number}0"}
        for number, order in enumerate(orders, 1)
    ]


if __name__ == "__main__":
    with open_hub(*sys.argv[1:2]) as hub:
        if len(sys.argv) > 2:
            with Path(sys.argv[2]).open(encoding="utf-8-sig", newline="") as file:
                main(hub, list(csv.DictReader(file)))
        else:
            hub.sync(refunds=False)
            main(hub, practice_rows(hub))
