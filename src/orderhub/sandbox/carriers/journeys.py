"""Where parcels are at an instant: journeys in words of the sandbox, which each carrier tells in codes of its own.

Pure; imports nothing of the library. Minutes are those of a journey between provinces.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

__all__ = ["JOURNEYS", "STAGES", "Stop", "happened"]

STAGES: Final = (
    "picked_up", "departed", "arrived", "out", "signed", "locker_in", "locker_out", "failed", "problem", "returning",
    "returned",
)  # fmt: skip
"""Every word that a carrier's table must translate."""


@dataclass(frozen=True, slots=True)
class Stop:
    """One event: minutes after the start, stage, whether at the receiver's end."""

    minutes: int
    stage: str
    at_receiver: bool


_HOUR: Final = 60
_FIRST: Final = (
    Stop(2 * _HOUR, "picked_up", False),
    Stop(8 * _HOUR, "departed", False),
    Stop(22 * _HOUR, "arrived", True),
)
_OUT: Final = Stop(28 * _HOUR, "out", True)
_FAILED: Final = Stop(30 * _HOUR, "failed", True)

JOURNEYS: Final[Mapping[str, tuple[Stop, ...]]] = {
    "delivered": (*_FIRST, _OUT, Stop(31 * _HOUR, "signed", True)),
    "locker": (*_FIRST, _OUT, Stop(30 * _HOUR, "locker_in", True), Stop(40 * _HOUR, "locker_out", True)),
    "failed_once": (*_FIRST, _OUT, _FAILED, Stop(52 * _HOUR, "out", True), Stop(55 * _HOUR, "signed", True)),
    "refused": (*_FIRST, _OUT, _FAILED, Stop(32 * _HOUR, "returning", True), Stop(60 * _HOUR, "returned", False)),
    "exception": (*_FIRST, Stop(30 * _HOUR, "problem", True)),
    "lost": _FIRST[:2],
    "silent": (_FIRST[0], Stop(60 * _HOUR, "arrived", True), Stop(64 * _HOUR, "out", True),
               Stop(66 * _HOUR, "signed", True)),
}  # fmt: skip
"""What may become of a parcel; `silent` says nothing for two days after the pick-up."""


def happened(name: str, start: datetime, now: datetime, percent: float) -> list[tuple[datetime, Stop]]:
    """The stops of a journey that lie behind, with their instants, UTC; `percent` scales every distance."""
    dated = [(start + timedelta(minutes=stop.minutes * percent / 100), stop) for stop in JOURNEYS[name]]
    return [(at, stop) for at, stop in dated if at <= now]
