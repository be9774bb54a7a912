"""Who watches what is done, as a Protocol. Imports `flow`.

Watching is wrapping: the observer answers an operation that does the same and is looked at on the way. Where there is
no observer nothing is wrapped, so that it costs one comparison a verb.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeVar

from orderhub.flow.steps import Operation

__all__ = ["Observer", "Subject"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose steps they are.

    Attributes:
        scope: hub, shop or carrier.
        platform: A platform's or a carrier's name; empty for the hub.
        account: The shop's key (`platform:shop_id`), or that of the account with the carrier; empty for the hub.
    """

    scope: str = "hub"
    platform: str = ""
    account: str = ""


class Observer(Protocol):
    """Watches; it neither changes answers nor raises."""

    def verb(self, subject: Subject, name: str, operation: Operation[T]) -> Operation[T]:
        """The operation of one public verb, from its start to its end."""
        ...

    def steps(self, subject: Subject, operation: Operation[T]) -> Operation[T]:
        """An operation whose steps this world performs: calls, waits, retries, answers of ports."""
        ...
