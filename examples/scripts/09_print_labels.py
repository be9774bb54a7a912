"""One PDF of labels and one of pick lists, for orders that have a waybill.

Run: `python 09_print_labels.py [orderhub.toml]`; needs the extra `labels`. Printing changes nothing: do it as often as
you like. Labels of platforms' own waybills are printed by their clients, see docs/how-to/platform-waybills.md.
"""

from __future__ import annotations

import sys
from pathlib import Path

from orderhub import Hub
from orderhub.testing.practice import open_hub


def main(hub: Hub, keys: list[str], folder: Path = Path()) -> int:
    """Write `labels.pdf` and `picks.pdf`; answers how many labels there are."""
    labels, picks = hub.print_labels(keys), hub.print_picks(keys)
    (folder / "labels.pdf").write_bytes(labels.content)
    (folder / "picks.pdf").write_bytes(picks.content)
    for outcome in labels.outcomes:
        if not outcome.ok:
            print(f"{outcome.key}: no label, {outcome.reason}")
    print(f"{labels.pages} labels, {picks.pages} pick lists")
    return labels.pages


if __name__ == "__main__":
    with open_hub(*sys.argv[1:2]) as hub:
        hub.sync(refunds=False)
        shipped = [outcome.key for outcome in hub.fulfil() if outcome.ok]
        main(hub, shipped)
