"""HTML that is escaped by construction: plain text is always escaped, only `el` makes markup. Pure; imports nothing."""

from __future__ import annotations

import html
import unicodedata

__all__ = ["Markup", "clean", "el", "text"]

_VOID = frozenset({"meta"})


class Markup(str):
    """A piece of HTML made here; everything else is text."""

    __slots__ = ()


def clean(value: str) -> str:
    """Without what a page cannot hold or show: controls, lone surrogates and direction overrides become U+FFFD."""
    return "".join("\ufffd" if unicodedata.category(sign) in {"Cc", "Cs"} or sign in _TURNS else sign for sign in value)


_TURNS = frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))


def text(value: str) -> Markup:
    """`value` as it stands if it is markup, escaped if it is text."""
    return value if isinstance(value, Markup) else Markup(html.escape(clean(value)))


def el(tag: str, *children: str, **attributes: str) -> Markup:
    """One element; `class_` stands for class, underscores in other names for hyphens."""
    told = "".join(f' {name.rstrip("_").replace("_", "-")}="{text(value)}"' for name, value in attributes.items())
    inside = "".join(text(child) for child in children)
    return Markup(f"<{tag}{told}>" if tag in _VOID else f"<{tag}{told}>{inside}</{tag}>")
