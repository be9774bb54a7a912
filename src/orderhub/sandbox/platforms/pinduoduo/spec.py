"""Pinduoduo's tables: errors, after-sales moves, carriers, limits, tags, switches. Source: docs/platforms/pinduoduo.md.

Imports `emulator` only. Whatever the page marks UNVERIFIED is a switch here, or a choice that says so.
"""

from __future__ import annotations

from orderhub.sandbox.emulator import Switch

__all__ = [
    "COMPANIES", "COMPANY_IDS", "EXTRA_LISTS", "LIMITS", "MESSAGES", "OPEN", "REFUND_MOVES", "REFUND_START", "SWITCHES",
    "WP_CARRIERS", "WP_TYPES",
]  # fmt: skip

MESSAGES: dict[int, str] = {
    10000: "参数错误", 10001: "公共参数错误", 10016: "client下线或者clientId不正确", 10017: "type不正确",
    10018: "target_client_id不正确", 10019: "access_token已过期", 20004: "签名sign校验失败",
    20005: "ip不在白名单内", 20031: "用户没有授权访问此接口", 20032: "access_token或client_id错误",
    20034: "接口已下线", 20035: "接口不属于当前网关", 21001: "业务参数错误", 21002: "参数缺失",
    30000: "没有调用此target接口权限", 30001: "client_id和partner_id不匹配", 50000: "系统内部错误",
    50001: "业务服务错误", 50002: "系统内部错误",
    52001: "网关业务服务错误", 52002: "网关系统内部错误", 52004: "请求body太大", 52101: "当前接口被限流，请稍后重试",
    52102: "当前接口暂时不可用，请稍后重试", 52103: "服务暂时不可用，请稍后重试", 70031: "调用过于频繁，请调整调用频率",
    70032: "当前请求被禁止调用", 70033: "当前接口因系统维护，暂时下线，请稍后再试", 70034: "用户或应用存在风险",
    70035: "用户或应用存在风险", 70036: "应用处于测试状态，调用量已用完",
}  # fmt: skip
"""§10: codes and what they mean, in our own words."""

COMPANIES: tuple[tuple[int, str, str, int], ...] = (
    (44, "SF", "顺丰快递", 1), (121, "YUNDA", "韵达快递", 1), (1, "STO", "申通快递", 1), (85, "YTO", "圆通快递", 1),
    (115, "ZTO", "中通快递", 1), (118, "EMS", "邮政EMS", 1), (120, "JD", "京东快递", 1),
    (132, "YZXB", "邮政快递包裹", 1), (384, "JTSD", "极兔速递", 1), (9001, "CLOSED", "停用快递", 0),
)  # fmt: skip
"""§6: id, code, name, available. 121 is sourced, the others are fixtures of this sandbox; the last may not be used."""

COMPANY_IDS: dict[int, tuple[str, str, int]] = {row[0]: row[1:] for row in COMPANIES}

WP_CARRIERS: dict[str, str] = {
    "SF": "sf", "YUNDA": "yunda", "STO": "sto", "YTO": "yto", "ZTO": "zto", "EMS": "ems", "JD": "jd",
    "YZXB": "chinapost", "JTSD": "jt",
}  # fmt: skip
"""§6: companies whose e-waybills every shop of the sandbox has subscribed, to the carrier that gets the parcel."""

WP_TYPES: dict[str, int] = {"SF": 1, "JD": 1, "EMS": 1}
"""wp_type 1 is direct; the others are franchises (2). Which is which is the sandbox's own."""

EXTRA_LISTS: dict[int, str] = {1: "extra_delivery_list", 2: "resend_delivery_list", 3: "gift_delivery_list"}
"""§6: extra_track_type and where its parcels are shown."""

OPEN = frozenset({2, 3, 4, 5, 6, 7, 8, 14, 15, 18, 21, 22, 27, 31, 32, 33})
"""§4.3: after-sales that are not over."""

REFUND_START: dict[int, int] = {1: 2, 2: 3, 3: 14, 4: 32, 5: 21}
"""§8: kind (1 refund only, 2 return, 3 exchange, 4 resend, 5 repair) to its first after_sales_status."""

REFUND_MOVES: dict[tuple[int, str], int] = {
    (2, "agree"): 4, (3, "agree"): 4, (4, "settle"): 10, (5, "settle"): 10,
    (3, "agree_return"): 7, (7, "return"): 3, (7, "overdue"): 13,
    (2, "refuse"): 6, (3, "refuse"): 6, (6, "reopen"): 0, (6, "overdue"): 12,
    (6, "escalate"): 8, (8, "platform_agree"): 5, (8, "platform_refuse"): 9,
    (14, "agree_return"): 15, (15, "return"): 14, (14, "send"): 18, (14, "refuse"): 17, (18, "confirm"): 16,
    (32, "send"): 27, (27, "confirm"): 16, (32, "refuse"): 17,
    (21, "agree_return"): 22, (22, "confirm"): 25, (21, "refuse"): 24,
    (31, "agree"): 4, (33, "agree"): 4,
    **{(status, "withdraw"): 11 for status in OPEN - {4, 5}},
}  # fmt: skip
"""§4.3: (after_sales_status, what happens) to status; anything else is refused. `reopen` goes back to the start."""

LIMITS: dict[str, tuple[tuple[str, int, int], ...]] = {
    "pdd.order.list.get": (("shop", 10_000, 60), ("api", 17_500, 10)),
    "pdd.order.number.list.increment.get": (("shop", 3_000, 60),),
    "pdd.order.information.get": (("shop", 30_000, 60), ("api", 2_000, 1)),
    "pdd.order.status.get": (("shop", 3_000, 60),),
    "pdd.refund.list.increment.get": (("shop", 100, 10), ("api", 5_500, 1), ("app", 500, 1)),
    "pdd.refund.information.get": (("api", 1_400, 1),),
    "pdd.logistics.online.send": (("api", 5_000, 1),),
    "pdd.logistics.companies.get": (("api", 1_200, 10),),
    "pdd.logistics.address.get": (("app", 1, 1),),
    "pdd.goods.list.get": (("shop", 600, 60),),
    "pdd.goods.quantity.update": (("api", 4_200, 1),),
    "pdd.goods.skus.get": (("api", 1_000, 1),),
    "pdd.open.decrypt.batch": (("app", 10_050, 10),),
    "pdd.open.decrypt.mask.batch": (("app", 15_000, 10),),
    "pdd.waybill.get": (("api", 12_000, 1),),
}
"""§3.1, §6, §10: level, calls, seconds. Where the page names no level the API's is taken."""

SWITCHES: dict[str, Switch] = {
    "call_limits": Switch(False, "§10: enforce the documented limits of every call"),
    "limit_code": Switch(70031, "§10: the code of the fault call_limited", (70031, 52101)),
    "skew_code": Switch(10001, "§10: the code for a timestamp more than ten minutes off", (10001, 10000)),
    "success_request_id": Switch(False, "§1: request_id inside success envelopes"),
    "unnamed_envelope": Switch(
        "derived",
        "§1: key of replies whose name no source tells: from the call's name, or `response`",
        ("derived", "response"),
    ),
    "end_inclusive": Switch(True, "whether a window includes its last second"),
    "increment_end": Switch(
        "any", "§3.1: the increment's end may be any, or must lie 3 minutes back", ("any", "settled")
    ),
    "replication_lag_s": Switch(0, "§3.1: seconds until a change can be seen in the increment"),
    "ship_hold_blocks": Switch(True, "§6: sending an order with the tag ship_hold is refused"),
    "serials_required": Switch(False, "§6: subsidised orders need `feature` with imei or deviceSn"),
    "extra_needs_shipped": Switch(True, "§6: further parcels only once the order is sent"),
    "promotion_goods": Switch("", "§7: goods ids (comma list) on a promotion slot: their stock cannot be reduced"),
    "after_sales_all": Switch("1", "§8: the after_sales_status of the refund list that means all", ("1", "none")),
    "list_type_numbering": Switch(
        "filter",
        "§8: after_sales_type in rows of the refund list: as its filter, or as the detail",
        ("filter", "detail"),
    ),
    "refund_times": Switch("text", "§8: times of the refund list: Beijing text, or epoch seconds", ("text", "epoch")),
    "refund_instant": Switch(True, "§4.3: money goes back with the agreement; else status 4 until the tester settles"),
    "partial_refund_status": Switch(4, "§3.2: refund_status of an order after a partial refund", (4, 1)),
    "vendor_cloud": Switch(True, "§5: calls come from inside the vendor cloud, the only place that may decrypt"),
    "decrypt_daily": Switch(10_000, "§5: rows that a shop may decrypt in a day; 0 means no quota"),
    "report_first": Switch(False, "§5: only orders whose waybill type was reported can be decrypted"),
    "virtual_numbers": Switch(False, "§5: decrypted telephones are virtual numbers"),
    "missing_scopes": Switch("", "§10: calls (comma list) that the shops have not granted: 20031"),
    "waybill_quota": Switch(5000, "§6: e-waybills that each account was given"),
    "waybill_again": Switch(
        "same",
        "§6: the same orders and object_id again: the same number (no call finds it by order), or another",
        ("same", "fresh"),
    ),
    "access_token_s": Switch(31_536_000, "§2: seconds that an access token lives"),
    "refresh_token_s": Switch(34_128_000, "§2: seconds that a refresh token lives"),
    "refresh_rotates": Switch(True, "§2: a refresh gives a new refresh token and ends the old one"),
    "refresh_ends_access": Switch(False, "§2: a refresh ends the old access token"),
    "refresh_offline": Switch(False, "§2: pdd.pop.auth.token.refresh answers 20034"),
    "legacy_wrapped": Switch(False, "§2: the old token address answers with the router's envelope"),
    "push_refund_key": Switch("refund_id", "§9: key of the refund id in messages"),
    "push_retry_s": Switch(60, "§9: seconds until a message that was not acknowledged comes again"),
    "push_new_id": Switch(False, "§9: a message that comes again has another id"),
}
