"""Take every order as far as it can go: audit, warehouse, stock, carrier, waybill, the platform, stock again.

Run: `python 03_ship_orders.py [orderhub.toml]`. With `--dry-run` first it only tells what it would do.
"""

from __future__ import annotations

import sys
from collections import defaultdict

from orderhub import Hub
from orderhub.testing.practice import open_hub


def main(hub: Hub, *, dry_run: bool = False) -> dict[str, list[str]]:
    """Ship what can be shipped; answers the orders that wait, by reason."""
    outcomes = hub.fulfil(dry_run=dry_run)
    waiting: dict[str, list[str]] = defaultdict(list)
    for outcome in outcomes:
        if not outcome.ok:
            waiting[outcome.reason or "unknown"].append(outcome.key)
        elif outcome.value is not None:
            for parcel in outcome.value.parcels:
                print(f"{outcome.key}  {parcel.carrier} {parcel.waybill_no} from {parcel.warehouse}")
    for reason, keys in sorted(waiting.items()):
        print(f"{len(keys):3} wait: {reason}, for example {keys[0]}")
    return dict(waiting)


if __name__ == "__main__":
    dry, rest = "--dry-run" in sys.argv, [word for word in sys.argv[1:] if word != "--dry-run"]
    with open_hub(*rest[:1]) as hub:
        hub.sync()
        main(hub, dry_run=dry)
