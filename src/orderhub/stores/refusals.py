"""The refusals that every store words alike. Imports `errors`, `ports`."""

from __future__ import annotations

from typing import Any

from orderhub.errors import NotFound, StaleVersion
from orderhub.models import Outcome
from orderhub.ports import Cursor

__all__ = ["no_such_order", "not_stored", "stale_cursor", "stale_purchase", "stale_token"]


def no_such_order(key: str) -> NotFound:
    """The refusal of a key that is not stored."""
    return NotFound(f"no order {key!r} is stored here: keys are platform:shop_id:order_id")


def stale_cursor(cursor: Cursor) -> StaleVersion:
    """The refusal of a put whose cursor was moved by somebody else."""
    return StaleVersion(
        f"cursor {cursor.name!r} is no longer at version {cursor.version}: read it again, nothing was written"
    )


def stale_token(shop_key: str, version: int) -> StaleVersion:
    """The refusal of a token that replaces another version than the stored one."""
    return StaleVersion(f"the token of {shop_key} is no longer at version {version}: read it again before refreshing")


def stale_purchase(key: str, version: int) -> StaleVersion:
    """The refusal of a purchase that replaces another version than the stored one."""
    return StaleVersion(f"purchase {key!r} is no longer at version {version}: read it again, nothing was written")


def not_stored(key: str) -> Outcome[Any]:
    """The outcome of an input that names an order which is not stored."""
    return Outcome(False, key, "not_found", no_such_order(key))
