"""Recorded replies of every platform, damaged, for as long as asked: `python tests/proof/fuzz.py SECONDS [FIRST SEED]`.

Prints how many were played and each that ended in anything but a result or an error of the library; exits 1 then.
"""

from __future__ import annotations

import sys
import time
from itertools import count
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "fuzz"))
from test_fuzz_replies import SPEAKING, VERBS, play, recorded

from orderhub.errors import OrderHubError
from orderhub.testing.conformance import Bench


def main(seconds: float, first: int = 0) -> int:
    """How many inputs failed."""
    benches = {name: Bench.of(name) for name in SPEAKING}
    end, played, failed, slowest = time.monotonic() + seconds, 0, 0, 0.0
    for seed in count(first):
        for name, bench in benches.items():
            for verb in (verb for verb in VERBS if recorded(name, verb)):
                started = time.monotonic()
                try:
                    play(bench, verb, seed)
                except OrderHubError:
                    pass
                except Exception as error:
                    failed += 1
                    print(f"{name} {verb} seed={seed}: {type(error).__name__}: {error}"[:200])
                played, slowest = played + 1, max(slowest, time.monotonic() - started)
        if time.monotonic() > end:
            break
    print(f"{played} played, {failed} failed, slowest {slowest * 1000:.0f} ms")
    return failed


if __name__ == "__main__":
    sys.exit(bool(main(float(sys.argv[1]), int((sys.argv[2:] or ["0"])[0]))))
