"""Lazada's tables: statuses and their moves, carriers, switches. Source: docs/platforms/lazada.md.

Imports `emulator` only. Whatever no source settles is a switch here.
"""

from __future__ import annotations

from orderhub.sandbox.emulator import Switch

__all__ = [
    "KEY_PREFIX",
    "LIMIT_MAX",
    "MOVES",
    "OFFSET_MAX",
    "OPEN",
    "PROVIDERS",
    "REST",
    "SKUS_MAX",
    "STATUSES",
    "SWITCHES",
]

REST = "/rest"
KEY_PREFIX = "sandbox-lazada-app-"
LIMIT_MAX, OFFSET_MAX, SKUS_MAX = 100, 4500, 50

STATUSES = frozenset({
    "unpaid", "pending", "canceled", "ready_to_ship", "delivered", "returned", "shipped", "failed", "topack", "toship",
    "shipping", "lost", "packed",
})  # fmt: skip
"""What `status` may ask for in the list, and `packed`, which units show between pack and ready-to-ship."""

MOVES: dict[tuple[str, str], str] = {
    ("unpaid", "pay"): "pending",
    ("unpaid", "cancel"): "canceled",
    ("pending", "cancel"): "canceled",
    ("pending", "pack"): "packed",
    ("packed", "cancel"): "canceled",
    ("packed", "repack"): "packed",
    ("packed", "rts"): "ready_to_ship",
    ("ready_to_ship", "scan"): "shipped",
    ("packed", "deliver"): "delivered",
    ("shipped", "receive"): "delivered",
    ("delivered", "return"): "returned",
    ("shipped", "fail"): "failed",
    ("shipped", "lose"): "lost",
}
"""(unit's status, what happens) to status; anything else is refused."""

OPEN = frozenset({"unpaid", "pending", "packed", "ready_to_ship"})
"""Units that have not left."""

PROVIDERS: dict[str, str] = {"LEX": "LEX SG", "NINJAVAN": "Ninja Van", "SF": "SF Express", "SOF": "Seller Own Fleet"}
"""shipment_provider_code to the name that units show afterwards; which ones a seller has is not documented."""

SWITCHES: dict[str, Switch] = {
    "access_token_s": Switch(7 * 86400, "seconds that an access token lives"),
    "refresh_token_s": Switch(30 * 86400, "seconds that a refresh token lives"),
    "refresh_rotates": Switch(True, "a refresh gives a new refresh token and ends the old one"),
    "clock_tolerance_s": Switch(7200, "how far the timestamp may be off, seconds"),
    "calls_per_second": Switch(0, "calls an app may make in a second; 0 is without limit"),
    "scanned": Switch("at_once", "when a parcel that is ready to ship counts as shipped", ("at_once", "by_tester")),
    "signature_code": Switch("IncompleteSignature", "code of a wrong signature"),
    "timestamp_code": Switch("InvalidTimestamp", "code of a timestamp that is too far off"),
    "token_code": Switch("IllegalAccessToken", "code of a token that is unknown or has lapsed"),
    "refresh_code": Switch("IllegalRefreshToken", "code of a refresh token that is not good"),
    "limit_code": Switch("ApiCallLimit", "code of a call over the limit"),
    "missing_code": Switch("MissingParameter", "code of a parameter that is not there"),
    "invalid_code": Switch("InvalidParameter", "code of a parameter that cannot be taken"),
    "path_code": Switch("InvalidApiPath", "code of a path that is no call"),
    "absent_code": Switch("16", "code of an order that is not there or of another seller"),
}
