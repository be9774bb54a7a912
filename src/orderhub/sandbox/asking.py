"""One authorised call of a marketplace, as its handlers get it. Imports `emulator` and `market`.

A platform adds what its parameters look like and how it refuses one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from orderhub.sandbox.emulator import Call, Setup

__all__ = ["AskBase", "ScalarAsk"]


class _Market(Protocol):
    setup: Setup


M = TypeVar("M", bound=_Market)


@dataclass(frozen=True, slots=True)
class AskBase(Generic[M]):
    """The call and the market that it is about."""

    market: M
    call: Call

    def fault(self, name: str) -> bool:
        """Whether the fault hits this call."""
        return self.call.fault is not None and self.call.fault.name == name

    def switch(self, name: str) -> Any:
        """The live value of a switch."""
        return self.market.setup.switches[name]


@dataclass(frozen=True, slots=True)
class ScalarAsk(AskBase[M]):
    """A call whose scalars come as texts or as numbers, as the caller likes."""

    shop_id: str
    params: Mapping[str, Any]

    def bad(self, name: str) -> Exception:
        """The refusal of a parameter."""
        raise NotImplementedError

    def text(self, name: str) -> str:
        """A scalar as text; absent is empty."""
        value = self.params.get(name)
        if value is None:
            return ""
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise self.bad(name)
        return str(value).strip()

    def needed(self, name: str) -> str:
        """A scalar that must be there."""
        text = self.text(name)
        if not text:
            raise self.bad(name)
        return text

    def number(self, name: str, default: int | None = None, *, least: int = 0, most: int = 10**18) -> int:
        """A whole number in its range; without a default it must be there."""
        text = self.text(name)
        if not text and default is not None:
            return default
        if not (text.isascii() and text.isdigit() and len(text) < 20 and least <= int(text) <= most):
            raise self.bad(name)
        return int(text)
