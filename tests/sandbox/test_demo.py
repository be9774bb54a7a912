"""`make demo` as a machine runs it: five platforms, two shops each, over HTTP, agreeing with the sandbox's own truth."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

PLATFORMS = {"taobao", "jd", "pinduoduo", "amazon", "suning"}


@pytest.mark.timeout(300)
def test_the_demo_agrees_with_the_sandbox(tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    done = subprocess.run(
        [sys.executable, "-m", "orderhub", "demo", "--json", "--orders", "6", "--html", str(page)],
        capture_output=True, text=True, check=False, timeout=280,
    )  # fmt: skip
    told = json.loads(done.stdout)
    assert done.returncode == 0, [check for check in told["checks"] if not check["ok"]]
    assert told["ok"] and told["story"]["shops"] == 2 * len(PLATFORMS)
    assert {key.split(":")[0] for key in told["story"]["shipped_by_shop"]} == PLATFORMS, "a platform shipped nothing"
    assert page.read_text("utf-8").startswith("<!doctype html>")
