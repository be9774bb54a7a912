"""R3: histories of two hundred stock commands each: `python tests/proof/stock_histories.py [histories] [first seed]`.

Reserve, commit in part, release, restock, transfer, expire, repeat, reorder: the memory ledger answers what the model
answers at every step, is as full as the model, and its movements sum up to its levels after each of them.
"""

from __future__ import annotations

import sys
import time

from orderhub.inventory import open_ledger
from orderhub.testing.stock import PLACES, ManualClock, StockModel, check_balanced, history

STEPS, LOOK = 200, 10


def play(seed: int) -> int:
    """One history; answers how many commands were accepted."""
    clock, model, accepted = ManualClock(), StockModel(), 0
    with open_ledger("memory:", clock=clock) as ledger:
        for number, (command, wait_s) in enumerate(history(seed, STEPS)):
            clock.sleep(wait_s)
            [outcome] = ledger.apply([command])
            assert (outcome.ok, outcome.reason) == model.verdict(command, clock.at), f"{number}: {command}"
            accepted += outcome.ok
            if number % LOOK == 0 or number == STEPS - 1:
                for place in PLACES:
                    level = ledger.level(*place)
                    told = (model.shelf[place], model.reserved(place))
                    assert (level.on_hand, level.reserved) == told, f"{number}: {level}, the model says {told}"
                    assert 0 <= level.reserved <= level.on_hand, f"{number}: oversold, {level}"
        check_balanced(ledger)
    return accepted


def main(count: int = 100_000, first: int = 0) -> int:
    """1 at the first history that breaks a law."""
    start, accepted = time.monotonic(), 0
    for seed in range(first, first + count):
        try:
            accepted += play(seed)
        except AssertionError as broken:
            print(f"seed={seed}: {broken}")
            return 1
    print(f"{count} histories of {STEPS} commands, {accepted} accepted: nothing oversold, every sum right, "
          f"{time.monotonic() - start:.0f} s")  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main(*(int(word) for word in sys.argv[1:])))
