"""The rules of the house hold, and a planted violation is seen."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *command], capture_output=True, text=True, check=False)


def test_importing_the_package_loads_neither_http_nor_connectors() -> None:
    told = "import sys, orderhub; print([m for m in sys.modules if m.startswith(('httpx', 'orderhub.connectors'))])"
    assert _run("-c", told).stdout.strip() == "[]"


def test_every_public_name_loads() -> None:
    import orderhub

    assert list(orderhub.__all__) == sorted(orderhub.__all__)
    assert all(getattr(orderhub, name) is not None for name in orderhub.__all__)


@pytest.mark.parametrize(
    "line", ["import time", "from random import random", "from datetime import datetime\ndatetime.now()"]
)
def test_a_planted_reach_outside_is_seen(tmp_path: Path, line: str) -> None:
    script = str(ROOT / "tools" / "io_bans.py")
    (tmp_path / "orders").mkdir()
    module = tmp_path / "orders" / "planted.py"
    module.write_text('"""Nothing."""\n')
    assert _run(script, str(tmp_path)).returncode == 0
    module.write_text(line + "\n")
    found = _run(script, str(tmp_path))
    assert found.returncode == 1 and "planted.py" in found.stdout
