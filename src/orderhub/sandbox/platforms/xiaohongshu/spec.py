"""Xiaohongshu's tables: statuses, carriers, switches. Source: docs/platforms/xiaohongshu.md. Imports `emulator`."""

from __future__ import annotations

from orderhub.sandbox.emulator import Switch

__all__ = [
    "CANCELLED", "CASE_MOVES", "CLOSED", "COMPANIES", "COMPANY_NAMES", "CUSTOMS", "DONE", "EXCHANGE", "PART_SHIPPED",
    "PROCESSING", "RETURN_TYPES", "SWITCHES", "TO_RECEIVE", "TO_SHIP", "UNPAID",
]  # fmt: skip

UNPAID, PROCESSING, CUSTOMS, TO_SHIP, PART_SHIPPED, TO_RECEIVE, DONE, CLOSED, CANCELLED, EXCHANGE = range(1, 11)
RETURN_TYPES = frozenset({1, 2, 4, 5, 6})

CASE_MOVES: dict[tuple[int, str], int] = {
    (1, "agree"): 4, (1, "agree_return"): 2, (1, "refuse"): 9, (1, "cancel"): 5, (2, "return"): 3, (2, "cancel"): 5,
    (2, "close"): 6, (3, "agree"): 4, (3, "refuse"): 9,
}  # fmt: skip
"""After-sale status and what a tester makes happen, to the next status."""

COMPANIES: tuple[tuple[str, str], ...] = (
    ("shunfeng", "顺丰速运"), ("zhongtong", "中通快递"), ("yuantong", "圆通速递"), ("yunda", "韵达快递"),
    ("shentong", "申通快递"), ("jd", "京东快递"),
)  # fmt: skip
"""Carriers that the list tells; no source tells the codes, so these are the sandbox's own."""
COMPANY_NAMES = dict(COMPANIES)

SWITCHES = {
    "list_time_unit": Switch("s", "the unit of startTime and endTime of order.getOrderList", ("s", "ms")),
    "list_order": Switch("oldest_first", "how lists are sorted", ("oldest_first", "newest_first")),
    "clock_tolerance_s": Switch(0, "seconds that a timestamp may be off; 0: not judged"),
    "sign_code": Switch(1001, "the code of a wrong sign"),
    "token_code": Switch(1002, "the code of an access token that is unknown or over"),
    "method_code": Switch(1003, "the code of an unknown method"),
    "param_code": Switch(1004, "the code of a refused parameter"),
    "missing_code": Switch(1005, "the code of an order, SKU or case that is not there"),
    "state_code": Switch(1006, "the code of a call that the state forbids"),
}
"""What no source settles."""
