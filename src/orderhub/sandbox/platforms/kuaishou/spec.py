"""Kuaishou's tables: statuses and their moves, codes, limits, switches. Source: docs/platforms/kuaishou.md.

Imports `emulator` only. Whatever the page marks UNVERIFIED is a switch here, or a choice that says so.
"""

from __future__ import annotations

from datetime import timedelta

from orderhub.sandbox.emulator import Switch

__all__ = [

    "AGE_MAX",
    "BATCH_MAX",
    "CLOSED",
    "DELIVER",
    "HISTORY",
    "MOVES",
    "NOTES_MAX",
    "NOTE_MAX",
    "PAID",
    "REFUND_MOVES",
    "REFUND_OVER",
    "REFUND_PAGE_MAX",
    "REFUND_SPAN",
    "SCOPES",
    "SENT",
    "SIGNED",
    "SPAN",
    "SPLIT",
    "SUCCESS",
    "SWITCHES",
    "UNKNOWN_STATUS",
    "UNPAID",
    "VIEW_STATUS",
]  # fmt: skip

UNPAID, PAID, SENT, SIGNED, SUCCESS, CLOSED = 10, 30, 40, 50, 70, 80
UNKNOWN_STATUS = 66
"""A status that no document knows."""

VIEW_STATUS: dict[int, frozenset[int] | None] = {
    1: None, 2: frozenset({UNPAID}), 3: frozenset({PAID}), 4: frozenset({SENT}), 5: frozenset({SIGNED}),
    6: frozenset({SUCCESS}), 7: frozenset({CLOSED}),
}  # fmt: skip
"""orderViewStatus to statuses; None is all."""

MOVES: dict[tuple[int, str], int] = {
    (UNPAID, "pay"): PAID, (UNPAID, "cancel"): CLOSED, (PAID, "ship"): SENT, (SENT, "ship"): SENT,
    (SENT, "receive"): SIGNED, (SIGNED, "complete"): SUCCESS, (PAID, "refunded"): CLOSED, (SENT, "refunded"): CLOSED,
    (SIGNED, "refunded"): CLOSED, (SUCCESS, "refunded"): CLOSED, (PAID, "cancel"): CLOSED,
}  # fmt: skip
"""(status, what happens) to status; anything else is refused. 40 stands as soon as one piece was sent."""

REFUND_MOVES: dict[tuple[int, str], int] = {
    (10, "approve"): 60, (10, "approve_return"): 30, (10, "reject"): 12, (10, "close"): 70, (10, "dispute"): 20,
    (12, "reopen"): 10, (12, "close"): 70, (12, "dispute"): 20, (20, "approve"): 60, (20, "close"): 70,
    (20, "approve_return"): 30, (30, "return"): 40, (30, "close"): 70, (30, "approve"): 60, (40, "approve"): 60,
    (40, "reject"): 12, (40, "exchange"): 45, (45, "done"): 60, (10, "execute"): 50, (50, "approve"): 60,
}  # fmt: skip
"""(refund status, what happens) to refund status."""

REFUND_OVER = frozenset({12, 60, 70})
"""No refund in these keeps an order from being sent."""

SPAN, HISTORY, AGE_MAX = timedelta(days=7), timedelta(days=90), timedelta(days=240)
"""Longest window of the order list; how far back it starts; how old an order may be when asked by change."""
REFUND_SPAN = timedelta(days=1)
PAGE_MAX, REFUND_PAGE_MAX, BATCH_MAX, NOTE_MAX, NOTES_MAX = 50, 100, 100, 200, 30

DELIVER: dict[str, int] = {
    "refund": 21, "rule": 11, "owner": 3608, "carrier": 3615, "state": 3615, "sent": 200012, "address": 4001,
}  # fmt: skip
"""Refusals of open.seller.order.goods.deliver."""

SPLIT: dict[str, int] = {
    "packages": 62294116, "owner": 62294117, "carrier": 62294118, "rule": 62294119, "status": 62294120,
    "not_allowed": 62294303, "refund": 62294304, "quantity": 62294305, "state": 62294307,
}  # fmt: skip
"""Refusals of open.order.goods.split.deliver; which of 62294116 to 62294120 is which is our reading."""

SCOPES: dict[str, str] = {
    "open.order.": "merchant_order", "open.seller.order.": "merchant_order",
    "open.seller.order.refund.": "merchant_refund", "open.refund.": "merchant_refund", "open.item.": "merchant_item",
    "open.address.": "merchant_order",
}  # fmt: skip
"""Beginning of a method to the scope it needs, the longest beginning decides (our reading)."""

SWITCHES: dict[str, Switch] = {
    "clock_tolerance_s": Switch(600, "seconds that timestamp may be off"),
    "clock_code": Switch(28, "refusal of a timestamp that is off, or no milliseconds"),
    "sign_code": Switch(28, "refusal of a wrong sign: 27 or 28", (27, 28)),
    "param_code": Switch(13, "refusal of a missing or malformed parameter"),
    "method_code": Switch(22, "refusal of a method that does not exist or goes by the other HTTP method"),
    "scope_code": Switch(22, "refusal of a token without the scope", (22, 25, 26)),
    "limit_code": Switch(802000, "refusal by the call limit", (15, 16, 17, 1016, 1017, 802000)),
    "limit_status": Switch(200, "HTTP status of a refusal by the call limit", (200, 429)),
    "calls_per_second": Switch(0, "calls of one app in one second before a refusal; 0 means no limit"),
    "missing_code": Switch(51, "refusal of an order or a refund that is not the shop's"),
    "revoked_shops": Switch("", "shops, by comma, whose sellers took the permission back"),
    "access_token_s": Switch(172_800, "seconds that an access token lives"),
    "refresh_token_s": Switch(15_552_000, "seconds that a refresh token lives"),
    "refresh_rotates": Switch(True, "a refresh gives a new refresh token and ends the old one"),
    "code_s": Switch(600, "seconds that an authorisation code lives"),
    "history_over": Switch("reject", "a window that begins too far back: refused, or cut", ("reject", "cut")),
    "express_codes": Switch("", "expressCode that are taken, by comma; empty takes every positive number"),
    "total_fee": Switch("goods", "totalFee: price by pieces, or less discountFee plus expressFee", ("goods", "owed")),
    "stock_fields": Switch("skuStock", "name of the quantity in open.item.sku.list.get"),
    "sku_list_key": Switch("", "name of the list in data of open.item.sku.list.get; empty: data is the list"),
    "refund_type_all": Switch(9, "type that lists every refund; the other lists those that wait", (8, 9)),
    "decrypted_field": Switch("decryptedData", "name of the plain text in answers of the decrypt call"),
}  # fmt: skip
"""What no source settles."""
