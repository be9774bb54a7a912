"""Matching forms of text: what two spellings have in common. Pure; imports nothing of the library.

A matching form is for comparing and searching, never for showing: what the buyer wrote stays as it is.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from importlib import resources
from typing import Literal

__all__ = ["Emoji", "clean", "letters", "matching_form", "simplified", "without_emoji"]

Emoji = Literal["keep", "drop", "mark"]

_INVISIBLE = frozenset({"Cc", "Cf", "Co", "Cs", "Cn"})
_KEPT_CONTROLS = frozenset("\t\n\r")
_JOINERS = frozenset("\u200d\ufe0f\ufe0e\u20e3")
_SELECTORS = ((0xFE00, 0xFE0F), (0xE0100, 0xE01EF), (0x1F3FB, 0x1F3FF))
_EMOJI = (
    (0x1F000, 0x1FAFF), (0x2600, 0x27BF), (0x2B00, 0x2BFF), (0x2300, 0x23FF), (0x1F1E6, 0x1F1FF), (0xE0020, 0xE007F),
    (0x3030, 0x3030), (0x303D, 0x303D), (0x3297, 0x3297), (0x3299, 0x3299), (0x2190, 0x21FF), (0x25A0, 0x25FF),
)  # fmt: skip
"""Blocks of pictographs, arrows and shapes."""


def _ranges(blocks: Iterable[tuple[int, int]]) -> str:
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in blocks)


_FILLERS = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u17b5")
"""Letters by category, blank on paper."""
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_RARE = re.compile("[" + "".join(_FILLERS | _JOINERS) + _ranges(_SELECTORS) + "]")
"""What is printable by its category and still not seen."""
_EMOJI_RUN = re.compile(f"[{_ranges(_EMOJI)}][{_ranges(_EMOJI)}{_ranges(_SELECTORS)}{''.join(_JOINERS)}]*")
_SPACES = re.compile(r"\s+")
MARK = "□"


def clean(text: str, *, emoji: Emoji = "keep") -> str:
    """Entities resolved, full-width forms narrowed, invisible characters gone, white space as single spaces.

    Case and script stay, so that the result can be read.

    Args:
        text: As the buyer or the platform wrote it.
        emoji: Keep pictographs, drop them, or put one `□` for each run of them (where a printer has no glyphs).
    """
    found = text
    for _ in range(2):  # platforms that escape twice write &amp;#12345;
        found = _ENTITY.sub(lambda entity: html.unescape(entity[0]), found)
    if emoji != "keep":
        found = without_emoji(found, MARK if emoji == "mark" else " ")
    found = unicodedata.normalize("NFKC", found)
    if not found.isprintable() or _RARE.search(found):
        found = "".join(letter for letter in found if not _unseen(letter, emoji == "keep"))
    return _SPACES.sub(" ", found).strip()


def _unseen(letter: str, joined: bool) -> bool:
    """Whether nothing is printed for it; joiners within kept emoji are part of them."""
    if letter in _KEPT_CONTROLS:
        return False
    if letter in _JOINERS:
        return not joined
    return (
        letter in _FILLERS
        or unicodedata.category(letter) in _INVISIBLE
        or (any(a <= ord(letter) <= b for a, b in _SELECTORS) and not (joined and ord(letter) >= 0x1F3FB))
    )


def without_emoji(text: str, instead: str = "") -> str:
    """Each run of pictographs replaced by `instead`."""
    return _EMOJI_RUN.sub(lambda _: instead, text)


def matching_form(text: str) -> str:
    """By which names, titles and addresses are compared: cleaned, simplified, case folded, letters and digits only."""
    return "".join(letter for letter in simplified(clean(text, emoji="drop")).casefold() if letter.isalnum())


def simplified(text: str) -> str:
    """Traditional characters of division and street names in their simplified form; others stay."""
    return text.translate(letters())


@lru_cache(maxsize=1)
def letters() -> dict[int, int]:
    """Traditional to simplified code points; see tools/divisions.py for their source."""
    table = resources.files("orderhub.normalise").joinpath("data", "traditional.txt").read_text("utf-8")
    old, new = table.splitlines()
    return {ord(a): ord(b) for a, b in zip(old, new, strict=True)}
