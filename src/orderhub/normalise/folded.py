"""A text in its matching form, with the way back to what was written. Pure; imports this room."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field

from orderhub.normalise.text import clean, letters

__all__ = ["Folded"]

_TRIMMED = " \t\r\n,，、;；:：-—/|·.。"


@dataclass(frozen=True, slots=True)
class Folded:
    """Narrow, simplified letters and digits without separators.

    Attributes:
        text: The matching form.
        original: What was written, entities resolved.
        places: For each letter of `text` its place in `original`.
        breaks: Places in `text` before which a separator stood.
    """

    text: str
    original: str = field(repr=False)
    places: tuple[int, ...] = field(repr=False, default=())
    breaks: frozenset[int] = field(repr=False, default=frozenset())

    @classmethod
    def of(cls, text: str) -> Folded:
        """Fold `text`, remembering where each letter came from."""
        original, simple = clean(text), letters()
        out: list[str] = []
        places, breaks = [], set()
        for place, letter in enumerate(original):
            narrow = unicodedata.normalize("NFKC", letter)
            kept = [part for part in narrow if part.isalnum()]
            if not kept:
                breaks.add(len(out))
            for part in kept:
                out.append(chr(simple.get(ord(part), ord(part))).casefold()[:1])
                places.append(place)
        return cls("".join(out), original, tuple(places), frozenset(breaks - {0}))

    def slice(self, start: int, end: int) -> str:
        """What was written between two places of `text`."""
        if start >= end:
            return ""
        return self.original[self.places[start] : self.places[end - 1] + 1].strip(_TRIMMED)

    def rest(self, start: int) -> str:
        """What was written from a place of `text` on."""
        return self.original[self.places[start] :].strip(_TRIMMED) if start < len(self.places) else ""
