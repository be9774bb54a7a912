"""Taobao's tables: errors, statuses and their moves, carriers, list keys, switches. Source: docs/platforms/taobao.md.

Imports `emulator` only. Whatever the sheet marks UNVERIFIED is a switch here, or a choice that says so.
"""

from __future__ import annotations

from orderhub.sandbox.emulator import Switch

__all__ = [
    "ADDRESS_BOOK", "CLOSED_STATUS", "COMPANIES", "CP_CARRIERS", "CP_TYPES", "DEFAULT_TYPES", "EXCHANGE_MOVES",
    "EXCHANGE_OPEN", "INNER", "INNER_BY_KEY", "MESSAGES", "QUERY_STATUS", "QUERY_TYPE", "REFUND_MOVES", "SWITCHES",
    "TRADE_MOVES",
]  # fmt: skip

MESSAGES: dict[int, str] = {
    7: "App Call Limited", 9: "Http Action Not Allowed", 10: "Service Currently Unavailable",
    11: "Insufficient ISV Permissions", 15: "Remote service error", 21: "Missing Method", 22: "Invalid Method",
    23: "Invalid Format", 24: "Missing Signature", 25: "Invalid signature", 26: "Missing Session",
    27: "Invalid session", 28: "Missing App Key", 29: "Invalid app Key", 30: "Missing Timestamp",
    31: "Invalid Timestamp", 32: "Missing Version", 33: "Invalid Version", 34: "Unsupported Version",
    40: "Missing required arguments", 41: "Invalid arguments",
}  # fmt: skip
"""§10.1."""

INNER: dict[str, str] = {
    "trades": "trade", "orders": "order", "promotion_details": "promotion_detail", "service_orders": "service_order",
    "service_tags": "logistics_tag", "logistics_infos": "logistics_info", "combine_item_info": "combine_sub_item_do",
    "step_pay_details": "step_pay_detail", "refunds": "refund", "receiver_list": "receiver", "tid_list": "string",
    "logistics_companies": "logistics_company", "trace_list": "transit_step_info", "items": "item", "skus": "sku",
    "messages": "tmc_message", "sub_trade_list": "number", "receipt_rel_ids": "string", "result": "result",
    "results": "result", "logistics_service_tag_list": "logistic_service_tag", "reasons": "reason",
    "refund_messages": "refund_message", "modules": "waybill_cloud_print_response",
    "waybill_apply_subscription_cols": "waybill_apply_subscription_info",
    "branch_account_cols": "waybill_branch_account", "shipp_address_cols": "address_dto",
    "addresses": "address_result", "apply_list": "apply", "invoice_items": "invoice_item",
    "allowed_operations": "operation", "not_allowed_operations": "operation",
    "product_types": "waybill_product_type", "standard_templates": "standard_template_do",
    "user_std_templates": "user_template_do",
}  # fmt: skip
"""§1.3: key inside each wrapped list. `result` (trace.get.new, refunds.agree) is a guess from the generator's rule."""

INNER_BY_KEY: dict[str, tuple[tuple[str, str], ...]] = {
    "results": (("dispute_id", "exchange"),),
    "modules": (("success", "waybill_cloud_print_with_result_desc_response"),),
    "datas": (("standard_templates", "standard_template_result"), ("user_std_templates", "user_template_result")),
}
"""Where the name of a list does not tell: list to (a key of its elements, the key inside)."""

TRADE_MOVES: dict[tuple[str, str], str] = {
    ("TRADE_NO_CREATE_PAY", "pay"): "WAIT_SELLER_SEND_GOODS",
    ("WAIT_BUYER_PAY", "pay"): "WAIT_SELLER_SEND_GOODS",
    ("PAY_PENDING", "pay"): "WAIT_SELLER_SEND_GOODS",
    ("WAIT_PRE_AUTH_CONFIRM", "pay"): "WAIT_SELLER_SEND_GOODS",
    ("PAID_FORBID_CONSIGN", "release"): "WAIT_SELLER_SEND_GOODS",
    ("TRADE_NO_CREATE_PAY", "cancel"): "TRADE_CLOSED_BY_TAOBAO",
    ("WAIT_BUYER_PAY", "cancel"): "TRADE_CLOSED_BY_TAOBAO",
    ("WAIT_SELLER_SEND_GOODS", "cancel"): "TRADE_CLOSED",
    ("PAID_FORBID_CONSIGN", "cancel"): "TRADE_CLOSED",
    ("WAIT_SELLER_SEND_GOODS", "ship_part"): "SELLER_CONSIGNED_PART",
    ("SELLER_CONSIGNED_PART", "ship_part"): "SELLER_CONSIGNED_PART",
    ("WAIT_SELLER_SEND_GOODS", "ship_rest"): "WAIT_BUYER_CONFIRM_GOODS",
    ("SELLER_CONSIGNED_PART", "ship_rest"): "WAIT_BUYER_CONFIRM_GOODS",
    ("WAIT_BUYER_CONFIRM_GOODS", "sign_cod"): "TRADE_BUYER_SIGNED",
    ("WAIT_BUYER_CONFIRM_GOODS", "receive"): "TRADE_FINISHED",
    ("TRADE_BUYER_SIGNED", "receive"): "TRADE_FINISHED",
    ("WAIT_SELLER_SEND_GOODS", "refund_all"): "TRADE_CLOSED",
    ("PAID_FORBID_CONSIGN", "refund_all"): "TRADE_CLOSED",
    ("SELLER_CONSIGNED_PART", "refund_all"): "TRADE_CLOSED",
    ("WAIT_BUYER_CONFIRM_GOODS", "refund_all"): "TRADE_CLOSED",
    ("TRADE_BUYER_SIGNED", "refund_all"): "TRADE_CLOSED",
    ("TRADE_FINISHED", "refund_all"): "TRADE_FINISHED",
}
"""§4.1: (status, what happens) to status; anything else is refused."""

REFUND_MOVES: dict[tuple[str, str], str] = {
    ("WAIT_SELLER_AGREE", "agree"): "SUCCESS",
    ("WAIT_SELLER_AGREE", "agree_return"): "WAIT_BUYER_RETURN_GOODS",
    ("WAIT_SELLER_AGREE", "refuse"): "SELLER_REFUSE_BUYER",
    ("WAIT_SELLER_AGREE", "close"): "CLOSED",
    ("WAIT_BUYER_RETURN_GOODS", "return"): "WAIT_SELLER_CONFIRM_GOODS",
    ("WAIT_BUYER_RETURN_GOODS", "close"): "CLOSED",
    ("WAIT_SELLER_CONFIRM_GOODS", "agree"): "SUCCESS",
    ("WAIT_SELLER_CONFIRM_GOODS", "refuse"): "SELLER_REFUSE_BUYER",
    ("SELLER_REFUSE_BUYER", "reopen"): "WAIT_SELLER_AGREE",
    ("SELLER_REFUSE_BUYER", "close"): "CLOSED",
}
"""§4.2: (status, what happens) to status; anything else is refused."""

EXCHANGE_MOVES: dict[tuple[str, str], str] = {
    ("1", "agree"): "2", ("1", "refuse"): "6", ("1", "close"): "4", ("6", "reopen"): "1", ("6", "close"): "4",
    ("2", "return"): "3", ("2", "close"): "4", ("3", "take"): "12", ("3", "refuse_goods"): "6",
    ("12", "consign"): "13", ("12", "to_refund"): "14", ("13", "receive"): "5", ("14", "close"): "4",
}  # fmt: skip
"""§8: (status of an exchange, what happens) to status; the statuses are documented, their order is our reading."""

EXCHANGE_OPEN = frozenset({"1", "2", "3", "6", "12", "13", "14"})

ADDRESS_BOOK: tuple[dict[str, object], ...] = (
    {"contact_id": 61_001, "contact_name": "售后仓", "province": "上海市", "city": "上海市", "country": "青浦区",
     "addr": "仓储路1号", "zip_code": "201700", "phone": "", "mobile_phone": "13800000001", "seller_company": "",
     "memo": "", "send_def": True, "get_def": True, "cancel_def": True},
    {"contact_id": 61_002, "contact_name": "华南售后", "province": "广东省", "city": "广州市", "country": "白云区",
     "addr": "仓储路1号", "zip_code": "510400", "phone": "", "mobile_phone": "13800000002", "seller_company": "",
     "memo": "", "send_def": False, "get_def": False, "cancel_def": False},
)  # fmt: skip
"""§6.4: the address book of every shop; `country` holds the district."""

CLOSED_STATUS = frozenset({"TRADE_CLOSED", "TRADE_CLOSED_BY_TAOBAO"})

QUERY_STATUS: dict[str, frozenset[str]] = {
    "ALL_WAIT_PAY": frozenset({"WAIT_BUYER_PAY", "TRADE_NO_CREATE_PAY", "PAY_PENDING"}),
    "ALL_CLOSED": CLOSED_STATUS,
}
"""§4.1: query-only values."""

DEFAULT_TYPES = frozenset({"guarantee_trade", "auto_delivery", "ec", "cod", "step"})
"""§3.1."""

QUERY_TYPE: dict[str, frozenset[str]] = {"guarantee_trade": frozenset({"fixed", "auction"})}
"""guarantee_trade never comes back; which types it stands for is our reading."""

COMPANIES: tuple[tuple[str, str, str, str], ...] = (
    ("SF", "505", "顺丰速运", "^[A-Za-z0-9-]{4,35}$"), ("YTO", "101", "圆通速递", ""), ("STO", "100", "申通快递", ""),
    ("ZTO", "500", "中通快递", ""), ("YUNDA", "102", "韵达快递", "^[0-9]{13}$"), ("EMS", "2", "EMS", ""),
    ("EYB", "3", "EMS经济快递", ""), ("POSTB", "200734", "邮政快递包裹", ""), ("HTKY", "502", "百世快递", ""),
    ("TTKDEX", "504", "天天快递", ""), ("DBKD", "5000000110730", "德邦快递", ""), ("DBL", "107", "德邦物流", ""),
    ("UC", "1207", "优速快递", ""), ("ZJS", "103", "宅急送", ""), ("BESTQJT", "105031", "百世快运", ""),
    ("BEST", "105", "百世物流", ""),
)  # fmt: skip
"""§6.2: code, id, name, pattern of numbers (only those two were seen)."""

CP_TYPES: dict[str, int] = {"SF": 1, "YTO": 2, "STO": 2, "ZTO": 2, "YUNDA": 2, "EMS": 4, "POSTB": 4}
"""§6.5: companies whose e-waybills every shop of the sandbox has subscribed, with cp_type."""

CP_CARRIERS: dict[str, str] = {
    "SF": "sf", "YTO": "yto", "STO": "sto", "ZTO": "zto", "YUNDA": "yunda", "EMS": "ems", "POSTB": "chinapost",
}  # fmt: skip
"""To the carrier that gets the parcel."""

SWITCHES: dict[str, Switch] = {
    "list_shape": Switch("wrapped", "§1.3: lists double-wrapped, or as the official pages print", ("wrapped", "page")),
    "page_size_over": Switch("reject", "page_size above the maximum: code 41, or cut to it", ("reject", "cap")),
    "end_inclusive": Switch(True, "whether a window includes its last second"),
    "page_overlap": Switch(0, "rows of the page before that every later page repeats"),
    "mask": Switch("front_shown", "which part of a name and number stays readable", ("front_shown", "tail_shown")),
    "divide_order_fee": Switch("identity", "§3.3: payment - part_mjz_discount, or not sent", ("identity", "absent")),
    "payment_after_refund": Switch("kept", "§3.3: trade.payment after a partial refund", ("kept", "reduced")),
    "partial_refund_status": Switch(
        "SUCCESS", "§12: refund_status of a line refunded in part", ("SUCCESS", "NO_REFUND")
    ),
    "scene_required": Switch(True, "§5: oaid.decrypt without scene is refused"),
    "privacy_numbers": Switch(False, "oaid.decrypt answers virtual numbers with an extension"),
    "sku_batch_max": Switch(20, "§7: most skus in one skus.quantity.update"),
    "access_token_s": Switch(2_592_000, "§2: seconds that an access token lives"),
    "refresh_token_s": Switch(7_776_000, "§2: seconds that a refresh token lives"),
    "refresh_rotates": Switch(True, "§2: a refresh ends the old refresh token, once the new access token is used"),
    "refresh_ends_access": Switch(False, "§2: a refresh ends the old access token, once the new one is used"),
    "code_s": Switch(600, "§2: seconds that an authorisation code lives"),
    "calls_per_second": Switch(0, "§10.2: calls of one app in one second before code 7; 0 means no limit"),
    "tmc_redelivery_s": Switch(60, "§9.1: seconds until an unconfirmed message comes again"),
    "tmc_duplicates": Switch(False, "§11: every message is delivered twice"),
    "tmc_shuffle": Switch(False, "§11: messages come out of order"),
    "tmc_pull_max": Switch(100, "§9.2: messages that one pull over the WebSocket brings"),
    "tmc_push": Switch(False, "§9.2: after its first pull a WebSocket brings later messages unasked"),
    "tmc_sendack": Switch(False, "§9.2: pulls and confirmations over the WebSocket are answered by a bare SENDACK"),
    "tmc_clock_s": Switch(600, "§9.2: seconds that the timestamp of a CONNECT may be off"),
    "tmc_idle_s": Switch(0, "§9.2: seconds without a frame until the platform hangs up; 0 means never"),
    "agree_sms": Switch(False, "§8: rp.refunds.agree asks for a code by SMS first (the tester finds it in _sandbox)"),
    "review_first": Switch(False, "§8: at Tmall only reviewed refunds are paid back by rp.refunds.agree"),
    "refuse_proof_required": Switch(True, "§8: Tmall's refund.refuse needs a picture"),
    "waybill_quota": Switch(5000, "§6.5: e-waybills that each account was given"),
    "waybill_again": Switch(
        "fresh", "§6.5: the same orders and object_id again: another number, or the same", ("fresh", "same")
    ),
    "waybill_oaid_required": Switch(
        True, "§6.5: e-waybills of this platform's orders need oaid, whatever else is told"
    ),
    "stock_echo": Switch(True, "§7: our own stock writes are pushed back as messages"),
}
