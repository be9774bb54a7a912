"""Every page is reached from the menu, once; and the build of the site may fail for a warning."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import yaml
from tool_modules import tool

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


def test_the_switch_of_languages_leads_to_the_same_page() -> None:
    """And the page asks nobody for anything: the theme would look for a list of pages that is not there."""
    hook = tool("mkdocs_languages")
    pages = {page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md")}
    for page in pages:
        there, back = hook.twin(page, "zh", pages), hook.twin(page, "en", pages)
        assert {there, back} <= pages and page in {there, back}
        if hook.twin(page, "zh", pages) not in {page, "zh/index.md"}:
            assert hook.twin(there, "en", pages) == page
    assert hook.twin("reference/models.md", "zh", pages) == "zh/index.md"
    shown = SimpleNamespace(file=SimpleNamespace(src_uri="zh/index.md"))
    told = '<html lang="en">\n<link rel="alternate" href="../" hreflang="en"><link rel="icon" href="a">'
    assert hook.on_post_page(told, page=shown) == '<html lang="zh"><link rel="icon" href="a">'
    assert "mkdocs_languages.py" in (ROOT / "mkdocs.yml").read_text("utf-8")
