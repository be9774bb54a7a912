"""Five hundred orders, seven of them poisoned: `python tests/proof/poisoned_batch.py`. Half a minute."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[1] / "sandbox"))

from test_poisoned_batch import poisoned_batch


def main() -> None:
    """493 done, 7 typed outcomes, and the rerun touches 7."""
    with TemporaryDirectory() as folder:
        found = poisoned_batch(Path(folder), 500)
    assert found == (493, 7, 7), found
    print("493 done, 7 refused with a reason, 7 touched by the rerun")


if __name__ == "__main__":
    main()
