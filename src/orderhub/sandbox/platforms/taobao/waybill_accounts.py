"""Cainiao's accounts: what a shop has subscribed, products, label templates. Source: docs/platforms/taobao.md §6.5."""

from __future__ import annotations

import json
from typing import Any

from orderhub.sandbox.platforms.taobao.ask import Ask, invalid
from orderhub.sandbox.platforms.taobao.moves import COMPANY_NAMES
from orderhub.sandbox.platforms.taobao.spec import CP_TYPES
from orderhub.sandbox.platforms.taobao.state import Doc
from orderhub.sandbox.platforms.taobao.wire import Refusal
from orderhub.sandbox.waybills import SENDERS

__all__ = [
    "DIRECT", "PRODUCTS", "company_of", "my_templates", "no", "products", "search", "template_urls", "templates",
]  # fmt: skip

CP_CODE_MAX = 20
DIRECT = "SF"
PRODUCTS: dict[str, tuple[tuple[str, str], ...]] = {"SF": (("1", "顺丰标快"), ("2", "顺丰特惠"))}
"""Codes and names are the sandbox's own."""


def no(code: str, text: str) -> Refusal:
    """What Cainiao itself refuses; the sub codes are the sandbox's own."""
    return Refusal(15, f"isv.waybill-{code}", text)


def company_of(code: Any) -> str:
    """A company that the shop has subscribed."""
    if not code:
        raise Refusal(40, "", "cp_code")
    if not isinstance(code, str) or len(code) >= CP_CODE_MAX:
        raise invalid("cp_code", "cp_code is too long")
    if code not in CP_TYPES:
        raise no("not-subscribed", "商家未订购该快递公司的电子面单服务")
    return code


def search(ask: Ask) -> Doc:
    """cainiao.waybill.ii.search: what the shop has subscribed, of one company or of all."""
    wanted = ask.text("cp_code")
    rows = [
        {"cp_code": code, "cp_type": kind, "branch_account_cols": [_branch(ask, code)]}
        for code, kind in CP_TYPES.items()
        if wanted in ("", code)
    ]
    return {"waybill_apply_subscription_cols": rows}


def _branch(ask: Ask, code: str) -> Doc:
    books, account = ask.market.books, (ask.shop_id, code)
    senders = [{**row, "waybill_address_id": 5_000_000 + place} for place, row in enumerate(SENDERS, 1)]
    monthly = [f"{code}-M-01"] if code == DIRECT else []
    by_address = {str(row["waybill_address_id"]): monthly[0] for row in senders} if monthly else {}
    return {
        "branch_code": f"{code}-0001", "branch_name": f"{COMPANY_NAMES[code]}一号网点", "branch_status": 0,
        "quantity": books.left(*account), "allocated_quantity": books.issued[account],
        "cancel_quantity": books.returned[account], "print_quantity": 0, "segment_code": "NORMAL",
        "brand_code": "default", "customer_code_list": monthly, "customer_code_map": json.dumps(by_address),
        "shipp_address_cols": senders, "service_info_cols": [],
    }  # fmt: skip


def _template(code: str) -> Doc:
    place = 101 + list(CP_TYPES).index(code)
    url = f"http://cloudprint.sandbox.test/template/standard/{place}/1"
    return {
        "standard_template_id": place, "standard_template_name": f"{COMPANY_NAMES[code]}标准模板",
        "standard_template_url": url, "standard_waybill_type": 1,
    }  # fmt: skip


def _mine(code: str) -> Doc:
    place = 9001 + list(CP_TYPES).index(code)
    return {
        "user_std_template_id": place, "user_std_template_name": "我的模板", "brand_code": "default", "keys": [],
        "user_std_template_url": f"http://cloudprint.sandbox.test/template/user/{place}/3",
    }  # fmt: skip


def _result(rows: list[Doc]) -> Doc:
    return {"result": {"datas": rows, "error_code": "0", "success": True}}


def templates(ask: Ask) -> Doc:
    """cainiao.cloudprint.stdtemplates.get: every company's standard label."""
    return _result([{"cp_code": code, "standard_templates": [_template(code)]} for code in CP_TYPES])


def my_templates(ask: Ask) -> Doc:
    """cainiao.cloudprint.mystdtemplates.get: the shop's own."""
    return _result([{"cp_code": code, "user_std_templates": [_mine(code)]} for code in CP_TYPES])


def template_urls(code: str) -> frozenset[str]:
    """Addresses of every label that a company's parcels may be printed with: the standard one and the shop's own."""
    return frozenset({_template(code)["standard_template_url"], _mine(code)["user_std_template_url"]})


def products(ask: Ask) -> Doc:
    """cainiao.waybill.ii.product: what a company sells."""
    rows = PRODUCTS.get(company_of(ask.text("cp_code")), ())
    return {"product_types": [{"code": code, "name": name, "service_types": []} for code, name in rows]}
