"""Status, error and word tables: platform words to canonical ones. Pure; imports `errors`, `models`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from orderhub.errors import PlatformError
from orderhub.models.base import Word

__all__ = ["ErrorTable", "WordTable"]

W = TypeVar("W", bound=Word)


@dataclass(frozen=True)
class WordTable(Generic[W]):
    """One documented enumeration.

    Attributes:
        unknown: What an unlisted value becomes; the raw value is kept and a finding reports it.
        words: Every documented value.
        source: Where the enumeration is documented.
    """

    unknown: W
    words: Mapping[str, W]
    source: str

    def __call__(self, raw: str) -> W:
        """The canonical word, or `unknown`."""
        return self.words.get(raw, self.unknown)

    def knows(self, raw: str | None) -> bool:
        """Whether the value is documented."""
        return raw in self.words


@dataclass(frozen=True)
class ErrorTable:
    """Which error class a platform's code means: exact sub-code, exact code, prefix of the sub-code, otherwise.

    Attributes:
        transient: Codes that may be repeated although their class says otherwise.
    """

    platform: str
    source: str
    sub_exact: Mapping[str, type[PlatformError]] = field(default_factory=dict)
    exact: Mapping[str, type[PlatformError]] = field(default_factory=dict)
    prefix: Mapping[str, type[PlatformError]] = field(default_factory=dict)
    otherwise: type[PlatformError] = PlatformError
    transient: frozenset[str] = frozenset()

    def kind(self, code: str, sub_code: str | None) -> type[PlatformError]:
        """The class of an error; the longest matching prefix wins."""
        if sub_code and (found := self.sub_exact.get(sub_code)):
            return found
        fits = [prefix for prefix in self.prefix if sub_code and sub_code.startswith(prefix)]
        if fits and (code not in self.exact or self.exact[code] is self.otherwise):
            return self.prefix[max(fits, key=len)]
        return self.exact.get(code) or (self.prefix[max(fits, key=len)] if fits else self.otherwise)

    def error(self, code: str, sub_code: str | None, message: str, **context: Any) -> PlatformError:
        """The error to raise, with the platform's own code, text and request id."""
        kind = self.kind(code, sub_code)
        retryable = True if sub_code in self.transient or code in self.transient else None
        return kind(
            message, platform=self.platform, code=code, sub_code=sub_code or None, retryable=retryable, **context
        )
