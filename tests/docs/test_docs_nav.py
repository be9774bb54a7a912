"""Every page is reached from the menu, once; and the build of the site may fail for a warning."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def leaves(nav: object) -> Iterator[str]:
    if isinstance(nav, list):
        for entry in nav:
            yield from leaves(entry)
    elif isinstance(nav, dict):
        for entry in nav.values():
            yield from leaves(entry)
    else:
        yield str(nav)


def test_the_menu_names_every_page_once_and_nothing_else() -> None:
    """A line that stands one step too far left is joined to the next by YAML: two pages lost, no error."""
    menu = Counter(leaves(yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))["nav"]))
    assert menu == Counter(page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md"))


def test_warnings_of_the_site_are_counted() -> None:
    """`--quiet` keeps warnings from the counter of `--strict`: a build with both never fails."""
    builds = re.findall(r"mkdocs build[^\n]*", (ROOT / "Makefile").read_text("utf-8"))
    assert builds
    assert all("--strict" in build and "--quiet" not in build for build in builds), builds


def test_every_decision_stands_in_their_index() -> None:
    folder = DOCS / "explanation" / "adr"
    index = re.findall(r"\]\((\d{4}-[\w-]+\.md)\)", (folder / "index.md").read_text("utf-8"))
    assert sorted(index) == sorted(page.name for page in folder.glob("0*.md"))
