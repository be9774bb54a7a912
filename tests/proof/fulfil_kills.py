"""Every step of every platform's run: `python tests/proof/fulfil_kills.py [platform …]`. Minutes, not seconds."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[1] / "sandbox"))

from fulfil_world import PLATFORMS
from test_fulfil_kills import check_kills


def main() -> None:
    """Kill after each step; stops at the first law that is broken."""
    for platform in sys.argv[1:] or PLATFORMS:
        with TemporaryDirectory() as folder:
            print(platform, check_kills(platform, Path(folder)), "steps, each killed once", flush=True)


if __name__ == "__main__":
    main()
