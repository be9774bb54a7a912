"""Words, codes and switches of the WeChat store. Source: docs/platforms/wechat.md. Imports `emulator`."""

from __future__ import annotations

from orderhub.sandbox.emulator import Switch

__all__ = [
    "ACCEPT_LIMIT", "AFTERSALES", "CANCELLED_OVERSOLD", "CANCELLED_UNPAID", "CARRIERS", "DESIGNATED", "DISCOUNTS",
    "DONE", "GIFT_OPEN", "GROUP_OPEN", "LIMITED", "OPEN_CASES", "PART_SHIPPED", "REFUNDED", "SHIPPED", "STOCK_LIMITED",
    "SWITCHES", "TOKEN_BAD", "TOKEN_OLD", "TO_SHIP", "TO_VERIFY", "UNPAID",
]  # fmt: skip

UNPAID, GIFT_OPEN, GROUP_OPEN, TO_VERIFY, TO_SHIP, PART_SHIPPED = 10, 12, 13, 17, 20, 21
SHIPPED, DONE, CANCELLED_OVERSOLD, REFUNDED, CANCELLED_UNPAID = 30, 100, 190, 200, 250
"""Order statuses."""

AFTERSALES: dict[str, int] = {
    "USER_CANCELD": 1, "MERCHANT_PROCESSING": 2, "MERCHANT_REJECT_REFUND": 4, "MERCHANT_REJECT_RETURN": 5,
    "USER_WAIT_RETURN": 6, "RETURN_CLOSED": 7, "MERCHANT_WAIT_RECEIPT": 8, "MERCHANT_OVERDUE_REFUND": 12,
    "MERCHANT_REFUND_SUCCESS": 13, "MERCHANT_RETURN_SUCCESS": 14, "PLATFORM_REFUNDING": 15,
    "PLATFORM_REFUND_FAIL": 16, "USER_WAIT_CONFIRM": 17, "MERCHANT_REFUND_RETRY_FAIL": 18, "MERCHANT_FAIL": 19,
}  # fmt: skip
"""After-sale statuses, and the numbers that orders show for them."""

OPEN_CASES = frozenset({
    "MERCHANT_PROCESSING", "USER_WAIT_RETURN", "MERCHANT_WAIT_RECEIPT", "MERCHANT_OVERDUE_REFUND",
    "PLATFORM_REFUNDING", "USER_WAIT_CONFIRM",
})  # fmt: skip

DISCOUNTS = (
    "merchant_discounted_price", "finder_discounted_price", "bulkbuy_discounted_price",
    "cash_coupon_discounted_price", "limited_discount_discounted_price", "vip_discounted_price",
    "national_subsidy_discounted_price",
)  # fmt: skip
"""The split of discounted_price, on lines and on orders."""

CARRIERS: dict[str, str] = {
    "SF": "顺丰速运", "YTO": "圆通速递", "ZTO": "中通快递", "STO": "申通快递", "YD": "韵达速递", "EMS": "EMS",
    "JD": "京东快递",
}  # fmt: skip
"""Carriers of the run-time list; the first five codes are the sheet's, the others make the list longer."""

TOKEN_BAD, TOKEN_OLD, LIMITED, DESIGNATED = 40001, 42001, 45009, 606034
STOCK_LIMITED, ACCEPT_LIMIT = 10020112, 10021059

SWITCHES: dict[str, Switch] = {
    "token_life_s": Switch(7200, "seconds that an access token lives"),
    "ip_denied": Switch(False, "the caller's address is not on the white list: every call is a bare 403"),
    "end_inclusive": Switch(True, "whether the end of a window belongs to it"),
    "list_order": Switch("oldest_first", "how lists are sorted", ("oldest_first", "newest_first")),
    "page_size_default": Switch(100, "rows of a page when page_size is left out"),
    "masked": Switch(False, "receivers are starred even where encode_sensitive_info does not ask for it"),
    "param_code": Switch(10020000, "errcode of a parameter that is missing or wrong"),
    "missing_code": Switch(10020001, "errcode of an order or a case that is not there"),
    "state_code": Switch(10020001, "errcode of an order call that the state forbids"),
    "case_state_code": Switch(10021041, "errcode of an answer that the state of a case forbids"),
    "refund_passes_through": Switch(False, "an agreed refund stays in PLATFORM_REFUNDING until the tester moves it"),
    "accept_limited": Switch(False, "one acceptance a minute and case (10021059)"),
    "aftersale_count_field": Switch("count", "the name of the units in product_info of a case"),
    "push_token": Switch("sandbox-wechat-push", "the token that signs pushed messages"),
}
"""What no source settles."""
