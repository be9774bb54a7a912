"""Chinese pages stand beside the English ones: words of their own, the same code. Imports nothing of the library.

`docs/zh/<page>.md` translates `docs/<page>.md`. Fenced blocks are never translated: `filled` copies each from the
English page, so that a block which runs in the tests runs in both languages, and an edit has to be made once.
"""

from __future__ import annotations

import re
from pathlib import Path

FENCE = re.compile(r"^```(?P<kind>\w*)\n(?P<body>.*?)^```$", re.S | re.M)
GENERATED = re.compile(r"^<!-- generated: (?P<what>[^>]+?) -->$", re.M)
TRANSLATED = ("tutorial", "how-to")
"""Folders whose every page exists in Chinese."""


def kinds(text: str) -> list[str]:
    """The languages of a page's fenced blocks, in order."""
    return [found["kind"] for found in FENCE.finditer(text)]


def filled(chinese: str, english: str) -> str:
    """The Chinese page with the English page's blocks; left alone where the kinds of blocks differ."""
    if kinds(chinese) != kinds(english):
        return chinese
    blocks = iter([found[0] for found in FENCE.finditer(english)])
    return FENCE.sub(lambda _: next(blocks), chinese)


def pairs(root: Path) -> dict[Path, Path]:
    """Chinese pages of `root` and the English pages that they translate."""
    pages = sorted((root / "zh").rglob("*.md"))
    return {page: english for page in pages if (english := root / page.relative_to(root / "zh")).exists()}


def missing(root: Path) -> list[str]:
    """English pages that ought to have a Chinese one and have none."""
    pages = [page.relative_to(root) for folder in TRANSLATED for page in sorted((root / folder).glob("*.md"))]
    return [page.as_posix() for page in pages if not (root / "zh" / page).exists()]


def differences(root: Path) -> list[str]:
    """Chinese pages that no longer say as much as the English ones: blocks, generated tables, sections."""
    told = []
    for page, english in pairs(root).items():
        ours, theirs = page.read_text("utf-8"), english.read_text("utf-8")
        name = page.relative_to(root).as_posix()
        told += [f"{name}: other {what}" for what, of in SHAPES.items() if of(ours) != of(theirs)]
    return told


def sections(text: str) -> list[int]:
    """The levels of a page's headings, in order."""
    return [len(found[1]) for found in re.finditer(r"^(#+) ", FENCE.sub("", text), re.M)]


def table_rows(text: str) -> int:
    """How many rows the tables of a page have."""
    return len(re.findall(r"^\|", FENCE.sub("", text), re.M))


SHAPES = {
    "code blocks": lambda text: [found[0] for found in FENCE.finditer(text)],
    "generated blocks": lambda text: [what.removesuffix(" zh") for what in GENERATED.findall(text)],
    "sections": sections,
    "rows of tables": table_rows,
}
"""What a translation and its page have in common."""
