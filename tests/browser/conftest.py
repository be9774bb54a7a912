"""One headless Chromium a run, a fresh tab a test; skipped with its reason where there is no Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from devtools import Browser, Tab, find_chromium, launch


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The browser of the run."""
    program = find_chromium()
    if program is None:
        pytest.skip("no Chromium: apt-get install chromium, or name one in CHROMIUM")
    with launch(program) as found:
        yield found


@pytest.fixture
def tab(browser: Browser) -> Iterator[Tab]:
    """A tab with storage of its own."""
    with browser.tab() as found:
        yield found


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A browser that a busy machine starved is asked once more, and the run says "rerun"."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.flaky(reruns=1, reruns_delay=1))
