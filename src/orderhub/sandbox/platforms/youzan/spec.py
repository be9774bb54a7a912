"""Youzan's tables: statuses, carriers, switches. Source: docs/platforms/youzan.md. Imports `emulator`."""

from __future__ import annotations

from orderhub.sandbox.emulator import Switch

__all__ = ["AXES", "CLOSED", "COMPANIES", "COMPANY_NAMES", "STATUSES", "SWITCHES", "WINDOW_DAYS"]

STATUSES = frozenset({
    "WAIT_BUYER_PAY", "TRADE_PAID", "WAIT_CONFIRM", "WAIT_SELLER_SEND_GOODS", "WAIT_BUYER_CONFIRM_GOODS",
    "TRADE_SUCCESS", "TRADE_CLOSED",
})  # fmt: skip
AXES = ("created", "update", "pay", "success")
WINDOW_DAYS = 92
CLOSED = {"expired": 1, "refunded": 2, "cancelled": 3, "buyer": 4, "seller": 5, "part_refunded": 6}
"""Why a trade closed: close_type."""

COMPANIES: tuple[tuple[int, str], ...] = (
    (1, "申通快递"), (2, "圆通速递"), (3, "中通快递"), (4, "韵达快递"), (7, "顺丰速运"), (11, "EMS"), (27, "京东快递"),
)  # fmt: skip
"""Carriers by their number; no source tells the numbers, so these are the sandbox's own."""
COMPANY_NAMES = dict(COMPANIES)

SWITCHES = {
    "list_order": Switch("newest_first", "how lists are sorted", ("newest_first", "oldest_first")),
    "grant_members": Switch(
        "access_token", "whether the token call tells more than the access token", ("access_token", "all")
    ),
    "refresh_grant": Switch(False, "whether authorize_type refresh_token is taken"),
    "secret_code": Switch(1103, "the code of a wrong client_secret"),
    "param_code": Switch(400, "the code of a refused parameter"),
    "missing_code": Switch(404, "the code of a trade, item or case that is not there"),
    "state_code": Switch(409, "the code of a call that the state of the trade forbids"),
    "transient_s": Switch(5, "seconds for which a refund shows refund_state 1 or 11 before it is done"),
    "quantity_v3": Switch(True, "whether youzan.item.quantity.update/3.0.0 is there"),
    "chain_types": Switch("0", "types that youzan.item.quantity.update/4.0.0 takes, separated by commas"),
}
"""What no source settles."""
