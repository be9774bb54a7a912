"""R11: carriers that lose replies, ten thousand seeded histories: `python tests/proof/waybill_lost_reply.py [count]`.

The count is divided among all carriers that can create a waybill. Minutes. Platforms' own numbers have a script of
their own, `platform_numbers.py`.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "property"))

from carrier_lost_replies import CREATING, check_histories


def main() -> None:
    """Stops at the first law that is broken, with carrier and seed."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    each = -(-count // len(CREATING))
    for name in CREATING:
        try:
            told = check_histories(name, range(each))
        except AssertionError as error:
            raise SystemExit(str(error)) from error
        print(
            f"{name}: {each} histories, {told.parcels} parcels, {told.lost} rounds with lost replies, "
            f"{told.voided} numbers voided, {told.unsettled} left to a person; "
            "one number a parcel, none orphaned, nothing shipped twice",
            flush=True,
        )


if __name__ == "__main__":
    main()
