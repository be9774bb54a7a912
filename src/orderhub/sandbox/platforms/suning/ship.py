"""Shipping: whole, by line, corrected, by the shop's own people. Source: docs/platforms/suning.md §6, §10.

Codes of refusals are documented for orderDelivery only; the newer calls refuse with the same.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta

from orderhub.sandbox.platforms.suning.ask import Ask, Told, done, scalar
from orderhub.sandbox.platforms.suning.moves import ship
from orderhub.sandbox.platforms.suning.spec import COMPANY_NAMES, PARAMS
from orderhub.sandbox.platforms.suning.state import Doc, Order
from orderhub.sandbox.platforms.suning.wire import Refusal, china, instant

__all__ = ["delay", "deliver", "deliver_new", "deliver_package", "modify", "self_deliver"]

PREFIX = "biz.orderDelivery"
NUMBER_MAX, CODE_MAX, EARLY = 50, 20, timedelta(days=1)
_NUMBER, _COMPANY = re.compile(r"[A-Za-z0-9-]+"), re.compile(r"[A-Za-z0-9]{1,10}")


def _no(reason: str, text: str) -> Refusal:
    return Refusal(f"{PREFIX}.{reason}", text)


def _order(ask: Ask) -> Order:
    """The order named, of this shop, of a shop that has its default addresses."""
    code = ask.needed("orderCode")
    if len(code) > CODE_MAX:
        raise _no("ordercode-length:overlong", "订单号过长")
    order = ask.order(code)
    if order is None:
        raise _no("ordercode-value:inexistence", "订单不存在")
    for kind in ("sendaddress", "returnaddress"):
        if not ask.switch(f"default_{kind}"):
            raise _no(f"default-{kind}:inexistence", "没有设置默认地址")
    return order


def _parcel(ask: Ask) -> tuple[str, str]:
    """(company code, waybill number), well formed and known."""
    company, number = ask.needed("expressCompanyCode"), ask.needed("expressNo")
    if not _COMPANY.fullmatch(company):
        raise _no("expresscompanycode-format:error", "物流公司编码格式错误")
    if company not in COMPANY_NAMES:
        raise _no("expresscompanycode-value:inexistence", "物流公司编码不存在")
    if not _NUMBER.fullmatch(number) or len(number) > NUMBER_MAX:
        raise _no("expressno-format:error", "运单号格式错误")
    return company, number


def _time(ask: Ask) -> str:
    """When it left: as told, else now."""
    text = ask.text("deliveryTime")
    try:
        at = instant(text) if text else ask.market.now()
    except ValueError:
        at = None
    if at is None or at > ask.market.now() + EARLY:
        raise Refusal("biz.custom.orderDelivery.invalid-biz:deliveryTime", "发货时间错误")
    return china(at)


def _by_number(order: Order, numbers: Sequence[str]) -> list[Doc]:
    found = [order.line(number) for number in dict.fromkeys(numbers)]
    if None in found or len(found) != len(numbers):
        raise Refusal("biz.custom.orderDelivery.invalid-biz:orderLineNumber", "订单行号错误")
    return [line for line in found if line is not None]


def _by_product(order: Order, codes: Sequence[str]) -> list[Doc]:
    """Every line of the products named: a product in several lines goes with all of them."""
    if len(set(codes)) != len(codes):
        raise _no("productcode-value:repeat", "商品编码重复")
    if set(codes) - {line["productCode"] for line in order.lines}:
        raise _no("productcode-value:inexistence", "商品编码不存在")
    return [line for line in order.lines if line["productCode"] in codes]


def _lines(ask: Ask, order: Order, products: str = "sendDetail") -> list[Doc]:
    """Lines by number, else by product; none named is an empty list."""
    numbers = ask.params.get("orderLineNumbers")
    bare = numbers.get("orderLineNumber") if isinstance(numbers, dict) else numbers
    if any(isinstance(one, dict) for one in (bare if isinstance(bare, list) else [bare])):
        raise Refusal(PARAMS, "orderLineNumbers格式错误")  # the objects belong to deliverynew.add
    named = ask.texts("orderLineNumbers", "orderLineNumber")
    return _by_number(order, named) if named else _by_product(order, ask.texts(products, "productCode"))


def _shippable(ask: Ask, order: Order, lines: Sequence[Doc]) -> None:
    """Lines that wait for the shop, and nothing else."""
    if order.doc["orderTotalStatus"] in ("0", "40"):
        raise Refusal("biz.shutdown.order.cannot.delivery", "订单已关闭，不能发货")
    blocked = ask.switch("return_blocks_shipping")
    for line in lines:
        held = blocked and line["returnOrderFlag"] == "1"
        if line["orderLineStatus"] != "10" or line["fpsdeliveryflag"] == "1" or held:
            raise _no("order-status:error", "订单状态不允许发货")


def _unused(order: Order, number: str) -> None:
    if any(line["expressno"] == number for line in order.lines):
        raise _no("expressno-value:existence", "运单号已存在")


def deliver(ask: Ask) -> Told:
    """suning.custom.orderdelivery.add: the lines named leave with one waybill."""
    order, (company, number), at = _order(ask), _parcel(ask), _time(ask)
    lines = _lines(ask, order)
    if not lines:
        raise _no("missing-parameter:productcode", "sendDetail、orderLineNumbers不能都为空")
    _send(ask, order, lines, company, number, at)
    return done()


def _send(ask: Ask, order: Order, lines: list[Doc], company: str, number: str, at: str) -> None:
    _unused(order, number)
    _shippable(ask, order, lines)
    phones = {scalar(row.get("orderLineNumber")): row for row in ask.rows("phoneIdentifyCodes", "phoneIdentifyCode")}
    ship(ask.market, order, lines, at, expresscompanycode=company, expressno=number)
    for line in lines:
        if line["orderLineNumber"] in phones:
            line["phoneIdentifyCode"] = scalar(phones[line["orderLineNumber"]].get("phoneIdentifyCode"))


def deliver_new(ask: Ask) -> Told:
    """suning.custom.deliverynew.add: lines as objects of orderLineNumber and productCode."""
    order, (company, number), at = _order(ask), _parcel(ask), _time(ask)
    rows = ask.rows("orderLineNumbers", "orderLineNumbers")
    lines = _by_number(order, [scalar(row.get("orderLineNumber")) for row in rows])
    for row, line in zip(rows, lines, strict=True):
        if scalar(row.get("productCode")) not in ("", line["productCode"]):
            raise _no("productcode-value:inexistence", "商品编码不存在")
    if not lines:
        raise ask.missing("orderLineNumbers")
    _send(ask, order, lines, company, number, at)
    return done()


def modify(ask: Ask) -> Told:
    """suning.custom.orderdelivery.modify: lines on their way get another waybill; none named means all of them."""
    order, (company, number) = _order(ask), _parcel(ask)
    lines = _lines(ask, order) or [line for line in order.lines if line["orderLineStatus"] == "20"]
    if not lines or any(line["orderLineStatus"] != "20" for line in lines):
        raise _no("order-status:error", "订单状态不允许修改运单")
    if all((line["expresscompanycode"], line["expressno"]) == (company, number) for line in lines):
        raise _no("expressno-value:existence", "运单号已存在")
    for line in lines:
        line["expresscompanycode"], line["expressno"] = company, number
    return done()  # no line changed its status, so the lists by change do not move


def self_deliver(ask: Ask) -> Told:
    """suning.custom.orderselfdist.add: the shop brings it itself."""
    order, name, phone = _order(ask), ask.needed("deliveryPerName"), ask.needed("deliveryPerPhone")
    lines, at = _lines(ask, order, "productCodes"), _time(ask)
    if not lines:
        raise _no("missing-parameter:productcode", "productCodes、orderLineNumbers不能都为空")
    _shippable(ask, order, lines)
    ship(ask.market, order, lines, at, selfDeliveryName=name, selfDeliveryMobile=phone)
    return done()


def deliver_package(ask: Ask) -> Told:
    """suning.custom.packageorderdeliver.add: everything under one packageOrderId leaves together."""
    package = ask.needed("packageOrderId")
    ask.needed("deliveryType")
    company, number = _parcel(ask)
    for order in ask.market.by_shop[ask.shop_id]:
        lines = [line for line in order.lines if line["packageorderid"] == package]
        if lines:
            _send(ask, order, lines, company, number, ask.market.stamp())
            return done()
    raise _no("ordercode-value:inexistence", "包裹订单不存在")


def delay(ask: Ask) -> Told:
    """suning.custom.orderdelay.modify: the receipt of one parcel is put off by some days."""
    company, number = ask.needed("expressCompanyCode"), ask.needed("expressNo")
    days = ask.needed("delayTime")
    if not (days.isascii() and days.isdigit() and 0 < int(days) < 1000):
        raise Refusal(PARAMS, "delayTime错误")
    for order in ask.market.by_shop[ask.shop_id]:
        for line in order.lines:
            if (line["expresscompanycode"], line["expressno"], line["orderLineStatus"]) == (company, number, "20"):
                order.delays[number] = order.delays.get(number, 0) + int(days)
                return done()
    raise _no("order-status:error", "没有可延期的运单")
