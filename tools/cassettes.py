"""Records every verb of every installed connector into `cassettes/<platform>/<verb>.yaml`.

`python tools/cassettes.py [platform …]`. Look at what changed before it is committed: it is what goes over the wire.
"""

from __future__ import annotations

import sys
from pathlib import Path

from orderhub.plugins import names
from orderhub.testing.cassettes import record
from orderhub.testing.conformance import Bench

ROOT = Path(__file__).parent.parent / "cassettes"

if __name__ == "__main__":
    for platform in sys.argv[1:] or names():
        (ROOT / platform).mkdir(parents=True, exist_ok=True)
        for path in record(Bench.of(platform), ROOT / platform):
            print(f"{path.relative_to(ROOT.parent)}  {path.stat().st_size if path.exists() else 0} bytes")
