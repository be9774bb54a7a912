"""Where platforms that give out e-waybills meet the carriers of the same world. Imports nothing of the library."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

__all__ = ["Depot", "Hauler", "NoDepot", "Parcel"]


@dataclass(frozen=True, slots=True, repr=False)
class Parcel:
    """What a platform that gives out e-waybills tells the carriers.

    Attributes:
        carrier: Canonical code, e.g. `sf`.
        number: The waybill.
        shop_id: Whose parcel.
        reference: The shop's own name for it.
        cities: Where it comes from and goes to.
        phones: Of sender and receiver, in the clear: carriers know what shops do not.
    """

    carrier: str
    number: str
    shop_id: str
    reference: str
    cities: tuple[str, str]
    phones: tuple[str, ...]


class Depot(Protocol):
    """Where platforms meet carriers."""

    def hand_over(self, parcel: Parcel) -> None:
        """Tell every carrier of the world that it has a new parcel; those that do not carry it pass."""
        ...

    def call_back(self, number: str) -> bool:
        """The parcel will not come; False when a courier has it already."""
        ...


@runtime_checkable
class Hauler(Protocol):
    """What an emulator has more when it carries, or follows, parcels of platforms."""

    def take_over(self, parcel: Parcel) -> None:
        """A platform gave out a number; pass if it is nobody's here."""
        ...

    def fetched(self, number: str) -> bool:
        """Whether a courier of ours has the parcel."""
        ...

    def give_back(self, number: str) -> None:
        """The platform takes the number back."""
        ...


class NoDepot:
    """A world without carriers."""

    def hand_over(self, parcel: Parcel) -> None:
        """Nobody listens."""

    def call_back(self, number: str) -> bool:
        """Nobody fetched it."""
        return True
