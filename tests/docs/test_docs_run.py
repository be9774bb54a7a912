"""Every ```python block of every page runs, in order, one namespace a page.

Pages below `docs/zh` hold the blocks of the English ones, letter by letter (`test_docs_chinese.py`), and are not run again.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.S | re.M)
PAGES = [
    path
    for path in (*sorted(ROOT.glob("README*.md")), *sorted(DOCS.rglob("*.md")))
    if BLOCK.search(path.read_text("utf-8")) and DOCS / "zh" not in path.parents
]


def test_there_are_pages_to_run() -> None:
    names = {path.relative_to(ROOT).as_posix() for path in PAGES}
    assert {"README.md", "docs/index.md", "docs/tutorial/first-orders.md", "docs/how-to/add-a-connector.md"} <= names


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_code_of_a_page_runs(path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    text = path.read_text("utf-8")
    monkeypatch.chdir(tmp_path)
    space: dict[str, object] = {"__name__": "__page__"}
    for found in BLOCK.finditer(text):
        blank_lines = "\n" * text.count("\n", 0, found.start(1))  # so that a traceback names the page's own line
        exec(compile(blank_lines + found[1], str(path), "exec"), space)
