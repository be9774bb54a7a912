"""Scripts that no test run plays are whole: what they import is there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
LOAD = """
import importlib.util, pathlib, sys
folder = pathlib.Path(sys.argv.pop())
sys.path.insert(0, str(folder))
for path in sorted(folder.glob("*.py")):
    spec = importlib.util.spec_from_file_location(f"script_{path.stem}", path)
    sys.modules[spec.name] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
print(len(sys.modules))
"""


@pytest.mark.parametrize("folder", ["proof", "bench"])
def test_every_script_loads(folder: str) -> None:
    ran = subprocess.run([sys.executable, "-c", LOAD, TESTS / folder], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr[-2000:]
