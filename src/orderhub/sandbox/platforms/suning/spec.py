"""Suning's tables: codes, statuses and their moves, carriers, switches. Source: docs/platforms/suning.md.

Imports `emulator` only. Whatever the sheet marks UNVERIFIED is a switch here, or a choice that says so.
"""

from __future__ import annotations

from orderhub.sandbox.emulator import Switch

__all__ = [
    "COMPANIES", "COMPANY_NAMES", "EXCHANGE_MOVES", "EXCHANGE_OPEN", "FORBIDDEN", "HIDDEN_STATUS", "LINE_MOVES",
    "LINE_STATUS", "NO_RESULT", "ORDER_STATUS", "PARAMS", "REFUND_CODES", "REFUND_MOVES", "REFUND_SHOWN", "SWITCHES",
]  # fmt: skip

FORBIDDEN = "sys.check.header-param:forbidden"
PARAMS = "sys.check.request-params:error"
NO_RESULT = "biz.handler.data-get:no-result"

ORDER_STATUS = frozenset({"10", "15", "20", "21", "30", "40"})
"""§3, §4: what `orderStatus` may ask for; 15 has one source only."""

LINE_STATUS = frozenset({"10", "20", "30"})
"""§3: what `orderLineStatus` may ask for in the lists by modification."""

HIDDEN_STATUS = frozenset({"0", "5"})
"""§10: cancelled and unpaid orders are told by unpaidorder.query alone."""

LINE_MOVES: dict[tuple[str, str], str] = {
    ("5", "pay"): "10",
    ("5", "cancel"): "40",
    ("10", "ship"): "20",
    ("20", "receive"): "30",
    ("10", "refund"): "40",
    ("20", "refund"): "40",
    ("30", "refund"): "30",
}
"""§4: (line status, what happens) to line status; anything else is refused. The header follows from its lines."""

REFUND_MOVES: dict[tuple[str, str], str] = {
    ("C030", "agree"): "C130",
    ("C030", "agree_return"): "C040",
    ("C030", "refuse"): "C051",
    ("C030", "refuse_return"): "C041",
    ("C030", "delay"): "C055",
    ("C030", "close"): "C070",
    ("C055", "agree"): "C130",
    ("C055", "refuse"): "C051",
    ("C055", "close"): "C070",
    ("C040", "return"): "C060",
    ("C040", "close"): "C070",
    ("C060", "agree"): "C130",
    ("C060", "refuse"): "C051",
    ("C041", "reopen"): "C030",
    ("C041", "close"): "C070",
    ("C051", "reopen"): "C030",
    ("C051", "close"): "C070",
}
"""§4: (return code, what happens) to return code. A return of goods is agreed first (C040) and paid after C060."""

REFUND_CODES = frozenset({
    "C030", "C040", "C041", "C050", "C051", "C055", "C060", "C070", "C075", "C080", "C110", "C130", "C131",
})  # fmt: skip
"""§4."""

REFUND_SHOWN: dict[str, tuple[str, str]] = {
    "C030": ("1", "退款待处理"), "C055": ("1", "退款待处理"), "C041": ("2", "已拒绝退款"), "C051": ("2", "已拒绝退款"),
    "C040": ("3", "待买家发货"), "C060": ("4", "待商家收货"), "C131": ("5", "退款失败"), "C050": ("6", "退款处理中"),
    "C070": ("7", "退款关闭"), "C075": ("7", "退款关闭"), "C080": ("7", "退款关闭"), "C110": ("8", "退款成功"),
    "C130": ("8", "退款成功"),
}  # fmt: skip
"""§8: (refundtype, statusDesc) of each code; which text belongs to which code is our reading. A return of goods that
waits for the shop reads C030 申请退货."""

EXCHANGE_MOVES: dict[tuple[str, str], str] = {
    ("1", "agree"): "2", ("1", "refuse"): "6", ("1", "close"): "7", ("2", "return"): "3", ("2", "close"): "7",
    ("3", "deliver"): "4", ("3", "refuse_goods"): "6", ("4", "receive"): "5", ("6", "reopen"): "1",
    ("6", "close"): "7",
}  # fmt: skip
"""(changeStatus, what happens) to changeStatus: 1 applied, 2 buyer sends, 3 sent back, 4 other goods on the way,
5 done, 6 refused, 7 closed. The values are the sandbox's own."""

EXCHANGE_OPEN = frozenset({"1", "2", "3", "4", "6"})

COMPANIES: tuple[tuple[str, str], ...] = (
    ("S02", "顺丰速运"), ("S01", "申通快递"), ("Y01", "圆通速递"), ("Z01", "中通快递"), ("Y02", "韵达快递"),
    ("E01", "EMS"), ("B03", "邮政小包"), ("H01", "百世汇通"), ("T02", "天天快递"), ("D04", "德邦快递"),
    ("Z04", "宅急送"), ("Y10", "优速快递"), ("G05", "国通快递"), ("Q03", "全峰快递"), ("K01", "快捷快递"),
    ("H02", "天地华宇"), ("Z02", "中铁快运"), ("L01", "龙邦速递"), ("B07", "安能物流"), ("S03", "速尔快递"),
    ("L03", "联邦快递"), ("D01", "DHL"), ("J01", "佳吉快运"),
)  # fmt: skip
"""§6: code and name."""

COMPANY_NAMES = dict(COMPANIES)

SWITCHES: dict[str, Switch] = {
    "clock_tolerance_s": Switch(600, "§1: seconds that AppRequestTime may be off"),
    "signature_code": Switch("sys.check.signinfo:error", "§10: error_code of a wrong signInfo"),
    "limit_code": Switch("sys.check.call-times:overlimit", "§10: error_code of a refusal by the call limit"),
    "limit_status": Switch(429, "§10: HTTP status of a refusal by the call limit", (200, 429)),
    "calls_per_second": Switch(0, "§10: calls of one app in one second before a refusal; 0 means no limit"),
    "literal_bodies": Switch(True, "§1: bodies in single quotes, as one SDK sends them under Python 3, are read"),
    "head_numbers": Switch("text", "§1: numbers of sn_head as texts or as numbers", ("text", "number")),
    "token_required": Switch(False, "§1: calls without access_token are refused, as of an ISV's app"),
    "denied_methods": Switch("", "§10: AppMethods, by comma, that the app has no right to"),
    "access_token_s": Switch(2_592_000, "§2: seconds that an access token lives"),
    "refresh_token_s": Switch(7_776_000, "§2: seconds that a refresh token lives"),
    "refresh_rotates": Switch(True, "§2: a refresh ends the old refresh token, once the new access token is used"),
    "refresh_ends_access": Switch(False, "§2: a refresh ends the old access token, once the new one is used"),
    "code_s": Switch(600, "§2: seconds that an authorisation code lives"),
    "page_size_max": Switch(50, "§3: largest pageSize"),
    "page_size_min": Switch(1, "§3: smallest pageSize; official SDKs check for 10"),
    "page_size_over": Switch("reject", "§3: a pageSize out of bounds: refused, or cut", ("reject", "cap")),
    "history_days": Switch(92, "§3: days that 3 months are"),
    "list_order": Switch("newest_first", "§3: how lists run", ("newest_first", "oldest_first")),
    "end_inclusive": Switch(True, "§3: whether a window includes its last second"),
    "get_shows_unpaid": Switch(False, "§10: order.get tells unpaid and cancelled orders too"),
    "return_moves_change_time": Switch(True, "§3: asking for money back, and its end, count as change of the line"),
    "return_blocks_shipping": Switch(False, "§4: lines with returnOrderFlag 1 cannot be shipped"),
    "default_sendaddress": Switch(True, "§6: the shop has a default address to send from"),
    "default_returnaddress": Switch(True, "§6: the shop has a default address for returns"),
    "company_name_field": Switch(
        "companyName", "§6: key of the name in logisticcompany.query", ("companyName", "expressCompanyName")
    ),
    "quantity_field": Switch(
        "destInvNum", "§7: key of the quantity in replies", ("destInvNum", "invNum", "invQty", "inventoryNum")
    ),
    "inventory_refusal": Switch(
        "", "§7: how every inventory write is refused", ("", "modify failed", "operate failed,retry later")
    ),
    "lock_blocks": Switch(False, "§7: a target below what unpaid orders lock is refused with modify failed"),
    "rejects_key": Switch("bizName", "§8: list key of after-sales rows", ("bizName", "rejects")),
    "newer_aftersales": Switch(False, "§8: the newer calls, whose replies no source tells, answer with the old fields"),
    "order_topic": Switch("suning_order_changed", "§9: topic that tells of changed orders; empty means there is none"),
    "push_retry_s": Switch(60, "§9: seconds until a message that was not acknowledged comes again"),
}
"""What no source settles."""
