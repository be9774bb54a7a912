"""A merchant's own holds: set with a reason, lifted by somebody or by time. Pure; imports nothing of the library.

They stand beside the holds of the platforms, which only the platforms lift.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime

__all__ = ["HELD", "URGENT", "OwnHold"]

HELD, URGENT = "held", "urgent"
"""Tags by which held orders, and those released as urgent, are found."""


@dataclass(frozen=True, slots=True)
class OwnHold:
    """The newest hold of one order.

    Attributes:
        until: When it ends by itself, UTC; None: when somebody releases it.
        is_urgent: Served before all others once it is released.
        is_on: False once it was released.
    """

    reason: str
    who: str
    at: datetime
    until: datetime | None = None
    is_urgent: bool = False
    is_on: bool = True

    def is_over(self, now: datetime) -> bool:
        """Whether its time has come."""
        return self.until is not None and self.until <= now

    def released(self) -> OwnHold:
        """The same hold, lifted."""
        return replace(self, is_on=False)

    def dump(self) -> str:
        """As text for a store."""
        return json.dumps(asdict(self), ensure_ascii=False, default=datetime.isoformat)

    @classmethod
    def load(cls, text: str | None) -> OwnHold | None:
        """From `dump`."""
        if not text:
            return None
        given = json.loads(text)
        until = given["until"]
        times = {"at": datetime.fromisoformat(given["at"]), "until": until and datetime.fromisoformat(until)}
        return cls(**{**given, **times})
