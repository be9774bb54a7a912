"""These tests run real servers, processes and kills on the machine's own clock, which a busy machine may stretch.

A law that holds fails never; a wait that was too short fails now and then. Each test is therefore tried once more
after a failure, and the run says "rerun" where that happened. A test that needs it twice in a row is red.
"""

from __future__ import annotations

from pathlib import Path

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.flaky(reruns=1, reruns_delay=1))
