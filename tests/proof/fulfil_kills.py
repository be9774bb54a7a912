"""Every step of every platform's run and of every saga: `python tests/proof/fulfil_kills.py [platform …]`. Minutes.

With `--sagas` only the sagas, with `--run` only the run from order to parcel.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[1] / "sandbox"))

from fulfil_world import PLATFORMS
from test_fulfil_kills import check_kills
from test_saga_kills import SAGAS, check_saga

KNOWN = {
    ("taobao", "fulfil parts"): "Cainiao tells a trade's numbers without the parcel, so a person settles a lost one"
}
"""What is not tried, and why."""


def main() -> None:
    """Kill after each step; stops at the first law that is broken."""
    words = sys.argv[1:]
    platforms = [word for word in words if not word.startswith("--")] or PLATFORMS
    for platform in platforms:
        with TemporaryDirectory() as folder:
            if "--sagas" not in words:
                print(platform, "run:", check_kills(platform, Path(folder)), "steps, each killed once", flush=True)
        for name in SAGAS if "--run" not in words else ():
            if (why := KNOWN.get((platform, name))) is not None:
                print(f"{platform} {name}: not tried: {why}")
                continue
            with TemporaryDirectory() as folder:
                count = check_saga(platform, Path(folder), name)
                told = f"{count} steps, each killed once" if count else "the platform or its waybills cannot"
                print(f"{platform} {name}: {told}", flush=True)


if __name__ == "__main__":
    main()
