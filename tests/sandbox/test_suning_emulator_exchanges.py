"""Exchanges and returns by Suning's newer calls, docs/platforms/suning.md §8."""

from __future__ import annotations

from typing import Any

import pytest
from test_suning_emulator_tools import Sn, still

NO_RESULT = "biz.handler.data-get:no-result"


@pytest.fixture
def sn() -> Sn:
    sn = Sn(still())
    sn.switch(newer_aftersales=True)
    return sn


def sent(sn: Sn, **ask: object) -> tuple[str, str]:
    """(order, exchange) of a shipped order."""
    code = sn.post()
    sn.patch(code, action="ship")
    sn.patch(code, action="exchange", **ask)
    return code, str(truth(sn, code)["changeApplyId"])


def truth(sn: Sn, code: str) -> dict[str, Any]:
    return dict(sn.truth(code)["_sandbox"]["exchanges"][-1])


def rows(sn: Sn, **ask: object) -> list[dict[str, Any]]:
    day = {"startModified": sn.now(-86_000), "endModified": sn.now(), "pageNo": 1, "pageSize": 10}
    return list(sn.call("exchangegoods.query", "queryExchangegoods", **{**day, **ask}))


def test_an_exchange_from_request_to_receipt(sn: Sn) -> None:
    code, one = sent(sn)
    [row] = rows(sn)
    assert (row["changeApplyId"], row["orderCode"], row["changeStatus"]) == (one, code, "1")
    assert sn.call("exchangegoods.confirm", "confirmExchangegoods", changeApplyId=one) == {"result": "Y"}
    deliver = ("exchangegoodsdelivery.confirm", "confirmExchangegoodsdelivery")
    ask = {"changeApplyId": one, "deExpressCompanyCode": "S02", "deExpressno": "SF1"}
    assert sn.refusal(*deliver, **ask) == "biz.confirmExchangegoodsdelivery.order-status:error", "nothing came back yet"
    sn.patch(code, action="exchange", changeApplyId=one, move="return", expressNo="YT1")
    assert sn.refusal(*deliver, **{**ask, "deExpressCompanyCode": "X"}) == "sys.check.request-params:error"
    assert sn.refusal(*deliver, changeApplyId=one).endswith("missing-parameter:deExpressCompanyCode")
    sn.call(*deliver, **ask)
    assert (truth(sn, code)["changeStatus"], truth(sn, code)["deExpressno"]) == ("4", "SF1")
    sn.patch(code, action="exchange", changeApplyId=one, move="receive")
    assert rows(sn, changeStatus="5")[0]["changeApplyId"] == one


def test_exchanges_are_refused_with_a_reason(sn: Sn) -> None:
    code, one = sent(sn)
    refuse = ("rejectexchange.modify", "modifyRejectexchange")
    assert sn.refusal(*refuse, changeApplyId=one).endswith("missing-parameter:rejectReasonCode")
    sn.call(*refuse, changeApplyId=one, rejectReasonCode="1")
    assert (truth(sn, code)["changeStatus"], truth(sn, code)["rejectReasonCode"]) == ("6", "1")
    assert sn.refusal(*refuse, changeApplyId=one, rejectReasonCode="1").endswith("order-status:error")
    again, two = sent(sn)
    sn.call("exchangegoods.confirm", "confirmExchangegoods", changeApplyId=two)
    sn.patch(again, action="exchange", changeApplyId=two, move="return")
    sn.call("rejectexchangedeliver.modify", "modifyRejectexchangedeliver", changeApplyId=two, rejectReasonCode="2")
    assert truth(sn, again)["changeStatus"] == "6"
    assert Sn(sn.world, 1).refusal(*refuse, changeApplyId=two, rejectReasonCode="1") == NO_RESULT


def test_the_list_has_its_window_and_filters(sn: Sn) -> None:
    _, one = sent(sn)
    _, two = sent(sn)
    assert [row["changeApplyId"] for row in rows(sn, changeApplyIds=two)] == [two]
    query = ("exchangegoods.query", "queryExchangegoods")
    day = {"startModified": sn.now(-86_000), "endModified": sn.now()}
    assert sn.refusal(*query, **{**day, "startModified": sn.now(-86_401)}) == "sys.check.query-time:outofrange"
    assert sn.refusal(*query, **{**day, "endModified": sn.now(-86_001)}) == "sys.check.query-time:error"
    assert sn.refusal(*query, **day, changeStatus="5") == NO_RESULT
    assert Sn(sn.world, 1).refusal(*query, **day) == NO_RESULT
    assert len(rows(sn)) == 2 and one


def test_only_what_was_sent_is_exchanged_and_once(sn: Sn) -> None:
    code = sn.post()
    path = f"/_sandbox/suning/orders/{code}"
    assert sn.world.control("PATCH", path, {}, {"action": "exchange"})[0] == 409
    sn.patch(code, action="ship")
    assert sn.world.control("PATCH", path, {}, {"action": "exchange"})[0] == 200
    assert sn.world.control("PATCH", path, {}, {"action": "exchange"})[0] == 409
    assert sn.world.control("PATCH", path, {}, {"action": "exchange", "changeApplyId": "1"})[0] == 404


def test_returned_goods_are_listed_apart_from_money(sn: Sn) -> None:
    goods, money = sn.post(), sn.post()
    for code in (goods, money):
        sn.patch(code, action="ship")
    sn.patch(goods, action="refund", goods=True)
    sn.patch(money, action="refund")
    window = {"startTime": sn.now(-3600), "endTime": sn.now(), "pageNo": 1, "pageSize": 10}
    told = sn.call("returngoods.query", "queryReturngoods", **window)
    assert [row["orderCode"] for row in told] == [goods]


def test_the_newer_calls_are_a_switch(sn: Sn) -> None:
    sn.switch(newer_aftersales=False)
    assert sn.refusal("exchangegoods.confirm", "confirmExchangegoods", changeApplyId="1")
