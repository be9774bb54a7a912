"""Douyin's tables: statuses and their moves, error codes, carriers, switches. Source: docs/platforms/douyin.md.

Imports `emulator` only. Whatever the sheet marks UNVERIFIED is a switch here, or a choice that says so.
"""

from __future__ import annotations

from orderhub.sandbox.emulator import Switch

__all__ = [
    "AFTERSALE_MOVES", "AFTERSALE_TEXTS", "COMPANIES", "MESSAGES", "ORDER_TEXTS", "PENDING_AFTERSALE", "REASONS",
    "SEARCH_AFTERSALE", "SWITCHES",
]  # fmt: skip

ORDER_TEXTS: dict[int, str] = {
    1: "待支付", 105: "已支付", 2: "备货中", 101: "部分发货", 3: "已发货", 4: "已取消", 5: "已完成",
    103: "部分支付",
}  # fmt: skip
"""§3: order_status and main_status to the text beside it; 103 stands in main_status alone."""

PENDING_AFTERSALE = frozenset({6, 7, 11, 27, 29})
"""§4: after_sale_status of a child that keeps its order from being shipped."""

AFTERSALE_MOVES: dict[tuple[int, str], int] = {
    (6, "agree"): 12, (6, "agree_return"): 7, (6, "agree_exchange"): 7, (6, "refuse"): 27, (6, "close"): 28,
    (7, "return"): 11, (7, "close"): 28, (11, "agree"): 12, (11, "refuse"): 29, (11, "deliver"): 13,
    (13, "receive"): 14, (27, "reopen"): 6, (27, "close"): 28, (29, "reopen"): 11, (29, "close"): 28,
    (29, "agree"): 12, (27, "agree"): 12,
}  # fmt: skip
"""§8: (standard_aftersale_status, what happens) to the next; goods come back by 7 and 11 before anything is given."""

AFTERSALE_TEXTS: dict[int, str] = {
    6: "待商家处理", 7: "待买家退货", 8: "待商家发货", 11: "待商家收货", 12: "售后成功", 13: "待买家收货",
    14: "换货成功", 27: "商家拒绝", 28: "售后关闭", 29: "商家二次拒绝",
}  # fmt: skip
"""Which text stands beside which code is our reading."""

SEARCH_AFTERSALE: dict[str, frozenset[int]] = {
    "in_aftersale": frozenset({6, 7, 11, 13, 27, 29}), "refund": frozenset({6, 7, 11}),
    "refund_success": frozenset({12}), "refund_fail": frozenset({27, 28, 29}), "exchange_success": frozenset({14}),
    "aftersale_close": frozenset({28, 51, 53}),
}  # fmt: skip
"""§3: after_sale_status_desc of searchList to statuses of children; which belong together is our reading."""

REASONS: tuple[tuple[int, str, str], ...] = ((1, "商品已发出", "Y"), (2, "与买家协商一致", "N"), (3, "其他", "N"))
"""§8: reject_reason_code, text, evidence_need; the codes are the sandbox's own."""

COMPANIES: tuple[tuple[str, str], ...] = (
    ("shunfeng", "顺丰速运"), ("yuantong", "圆通快递"), ("zhongtong", "中通快递"), ("yunda", "韵达快递"),
    ("shentong", "申通快递"), ("jtexpress", "极兔速递"), ("qita", "其他"),
)  # fmt: skip
"""§6: code and name. shunfeng, yuantong and qita have a source; the rest is UNVERIFIED: clients load them."""

MESSAGES: dict[str, str] = {
    "create": "100", "pay": "101", "release": "110", "cancel": "106", "ship": "102", "part_ship": "108",
    "finish": "103", "correct": "104", "address": "105", "ask_address": "111", "amount": "109", "memo": "113",
    "refund_create": "200", "refund_agree": "201", "return_agree": "202", "return": "203", "refuse": "204",
    "return_refuse": "205", "refund_done": "206", "refund_close": "207", "exchange_ship": "211", "product": "400",
}  # fmt: skip
"""§9: what happens to the tag it is pushed under."""

SWITCHES: dict[str, Switch] = {
    "clock_tolerance_s": Switch(600, "§10: seconds that the timestamp may be off"),
    "envelope": Switch(
        "header", "§1: newer envelope, older one, or both in one unless the header asks for the newer alone",
        ("header", "new", "old"),
    ),
    "calls_per_second": Switch(0, "§10: calls of one app in one second before 60000; 0 means no limit"),
    "denied_methods": Switch("", "§10: methods, by comma, that the app has no right to"),
    "access_token_s": Switch(604_800, "§2: seconds that an access token lives"),
    "refresh_token_s": Switch(1_209_600, "§2: seconds that a refresh token lives"),
    "code_s": Switch(600, "§2: seconds that an authorisation code lives"),
    "redirect_url": Switch("http://shop.example/douyin", "§2: where the app has the code sent"),
    "history_days": Switch(90, "§3: days after creation that searchList tells an order"),
    "end_inclusive": Switch(True, "§3: whether a window includes its last second"),
    "pay_status": Switch(2, "§4: order_status right after payment", (2, 105)),
    "order_amount_freight": Switch(True, "§3: order_amount counts post_amount in"),
    "child_part_status": Switch(101, "§3: order_status of a child of which some units left", (101, 2)),
    "child_refund_reveals": Switch(True, "§8: a refund paid after shipping shows as 12 and 3 in the child"),
    "virtual_phones": Switch(False, "§5: decrypted telephones are virtual numbers"),
    "decrypt_quota": Switch(0, "§5: texts a shop may decrypt in a day; 0 means no limit"),
    "type_agree_refund": Switch(0, "§8: type of operate that agrees to money alone; 0 means none is known"),
    "type_refuse_refund": Switch(0, "§8: type of operate that refuses money alone; 0 means none is known"),
    "type_refuse_return": Switch(0, "§8: type of operate that refuses a return; 0 means none is known"),
    "type_agree_received": Switch(0, "§8: type of operate that pays for goods that came back; 0 means none is known"),
    "type_refuse_received": Switch(0, "§8: type of operate that refuses goods that came back; 0 means none is known"),
    "push_retry_s": Switch(60, "§9: seconds until a message that was not taken comes again"),
}  # fmt: skip
"""What no source settles."""
