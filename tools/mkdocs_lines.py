"""Hook of mkdocs: lines of Chinese text are joined without the space that a browser makes of a line's end.

Pages stay wrapped in their sources; blocks of code keep their lines.
"""

from __future__ import annotations

import re
from typing import Any

WIDE = "\u3000-\u303f\u3400-\u9fff\uff00-\uffef“”‘’…"
END = re.compile(f"(?<=[{WIDE}])\n(?=[{WIDE}])")
"""A line's end between two wide characters: between Chinese and Latin a space is right."""
FENCED = re.compile(r"(^```.*?^```$)", re.S | re.M)


def joined(text: str) -> str:
    """The text with such ends taken out, blocks of code as they are."""
    parts = FENCED.split(text)
    return "".join(part if part.startswith("```") else END.sub("", part) for part in parts)


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """What mkdocs calls before it renders a page."""
    return joined(markdown) if page.file.src_uri.startswith("zh/") else markdown
