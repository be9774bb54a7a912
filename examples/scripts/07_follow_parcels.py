"""Ask carriers about parcels under way; list those in trouble and those that are late.

Run: `python 07_follow_parcels.py orderhub.toml` every hour or so. Without a file it ships two orders of the sandbox
first, and lets two days pass.
"""

from __future__ import annotations

import sys
from collections import Counter

from orderhub import Hub
from orderhub.testing.practice import open_hub, opening_stock, practice_hub, practice_world


def main(hub: Hub) -> Counter[str]:
    """Ask, then print what needs somebody; answers how many parcels have which status."""
    found = Counter(parcel.status.value for parcel in hub.track())
    print(", ".join(f"{status}: {parcels}" for status, parcels in found.most_common()) or "nothing is under way")
    for row in hub.incidents():
        print(f"{row.order_key}  {row.carrier} {row.waybill_no}  {row.incident.kind}, {row.status}")
    return found


def practise() -> None:
    """Ship two orders, let two days pass, and look."""
    world = practice_world("shopify")
    with practice_hub(world) as hub:
        hub.stock.apply(opening_stock())
        hub.sync(refunds=False)
        keys = [order.key for order in hub.orders() if order.is_shippable][:2]
        hub.fulfil(keys)
        world.advance(48 * 3600)
        hub.sync(refunds=False)
        main(hub)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        with open_hub(sys.argv[1]) as hub:
            hub.sync(refunds=False)
            main(hub)
    else:
        practise()
