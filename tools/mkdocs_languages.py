"""Hook of mkdocs: the switch of languages leads to the same page, and a Chinese page says that it is one.

The theme would ask the other language for its list of pages, which a site that may lie anywhere cannot give.
"""

from __future__ import annotations

import re
from typing import Any

NAMES = {"en": "English", "zh": "中文"}
HOMES = {"en": "index.md", "zh": "zh/index.md"}
ALTERNATE = re.compile(r'\s*<link rel="alternate"[^>]*hreflang[^>]*>')


def language(page: str) -> str:
    """The language of a page by its place."""
    return "zh" if page.startswith("zh/") else "en"


def twin(page: str, other: str, pages: set[str]) -> str:
    """The same page in another language, or that language's first page where there is none."""
    if language(page) == other:
        return page
    found = page.removeprefix("zh/") if other == "en" else f"zh/{page}"
    return found if found in pages else HOMES[other]


def on_page_context(context: dict[str, Any], *, page: Any, config: Any, nav: Any, **_: Any) -> dict[str, Any]:
    """What mkdocs calls before a page meets its template."""
    urls = {one.file.src_uri: one.url for one in nav.pages}
    here = page.file.src_uri
    config["extra"]["alternate"] = [
        {"name": name, "link": urls[twin(here, code, set(urls))] or "./", "lang": code} for code, name in NAMES.items()
    ]
    return context


def on_post_page(output: str, *, page: Any, **_: Any) -> str:
    """What mkdocs calls before it writes a page."""
    said = output.replace('<html lang="en"', f'<html lang="{language(page.file.src_uri)}"', 1)
    return ALTERNATE.sub("", said)
