"""Refunds, returns, exchanges and invoice requests answered by the shop, docs/platforms/taobao.md §8, §8.1."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_taobao_emulator_tools import Refused, Tb, still

from orderhub.flow.message import Request
from orderhub.sandbox.platforms.taobao.spec import EXCHANGE_MOVES, EXCHANGE_OPEN

EXCHANGE = (
    "dispute_id,biz_order_id,status,reason,bought_sku,exchange_sku,seller_logistic_no,seller_logistic_name,address"
)


@pytest.fixture
def tb() -> Tb:
    """Tmall: shops take turns, the second is a Taobao seller."""
    return next(one for one in (Tb(still(), 0), Tb(still(), 1)) if kind(one) == "B")


def kind(tb: Tb) -> str:
    return str(tb.world.emulators["taobao"]._market.shops[tb.shop_id].kind)  # type: ignore[attr-defined]


def taobao_seller() -> Tb:
    return next(one for one in (Tb(still(), 0), Tb(still(), 1)) if kind(one) == "C")


def refund(tb: Tb, sent: bool = True, **ask: object) -> dict[str, Any]:
    tid = tb.new()
    if sent:
        tb.ship(tid)
    tb.patch(tid, action="refund", **ask)
    return newest(tb, tid)


def newest(tb: Tb, tid: object) -> dict[str, Any]:
    return dict(tb.truth(tid)["_sandbox"]["refunds"][-1])


def fen(told: dict[str, Any]) -> int:
    return int(told["refund_fee"].replace(".", ""))


def info(told: dict[str, Any], fee: int | None = None) -> str:
    return f"{told['refund_id']}|{fen(told) if fee is None else fee}|{told['refund_version']}|{told['refund_phase']}"


def upload(tb: Tb, method: str, picture: bytes, **business: object) -> dict[str, Any]:
    """A call with a picture, as multipart; the picture is not signed."""
    params, mark = tb.signed(tb.params(method, **business)), uuid4().hex
    parts = [
        f'--{mark}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'.encode() for k, v in params.items()
    ]
    head = f'--{mark}\r\nContent-Disposition: form-data; name="refuse_proof"; filename="a.png"\r\n'
    parts.append(f"{head}Content-Type: image/png\r\n\r\n".encode() + picture + f"\r\n--{mark}--\r\n".encode())
    headers = {"Content-Type": f"multipart/form-data; boundary={mark}"}
    reply = tb.world.handle(Request("POST", f"{tb.shop['base_url']}/router/rest", headers, b"".join(parts)))
    told = json.loads(reply.body)
    if "error_response" in told:
        raise Refused(told["error_response"])
    [inside] = told.values()
    return dict(inside)


def test_reasons_and_what_may_be_done(tb: Tb) -> None:
    told = refund(tb)
    rows = tb.call("taobao.refund.refusereason.get", refund_id=told["refund_id"], fields="reason_id,reason_text")
    assert [row["reason_id"] for row in rows["reasons"]["reason"]] == [1, 2, 3] and rows["total_results"] == 3
    detail = tb.call("taobao.refund.detail.get", refund_id=told["refund_id"])["detail"]
    assert {row["code"] for row in detail["allowed_operations"]["operation"]} == {"agree", "refuse"}
    assert detail["refund_version"] == told["refund_version"]
    unsent = refund(tb, sent=False)
    able = tb.call("taobao.refund.detail.get", refund_id=unsent["refund_id"])["detail"]["allowed_operations"]
    assert [row["code"] for row in able["operation"]] == ["agree"]


def test_refusing_takes_a_picture_and_a_known_reason(tb: Tb) -> None:
    told = refund(tb)
    ask = {"refund_id": told["refund_id"], "refuse_message": "已发货", "refund_version": told["refund_version"]}
    assert tb.refusal("taobao.refund.refuse", **ask).code == 40
    with pytest.raises(Refused) as caught:
        upload(tb, "taobao.refund.refuse", b"x" * 130_001, **ask)
    assert caught.value.code == 41
    with pytest.raises(Refused) as caught:
        upload(tb, "taobao.refund.refuse", b"x", refuse_reason_id=99, **ask)
    assert caught.value.code == 41
    seen = upload(tb, "taobao.refund.refuse", b"png", refuse_reason_id=1, **ask)
    assert seen["refund"]["status"] == "SELLER_REFUSE_BUYER"
    seller = taobao_seller()
    mine = refund(seller)
    assert seller.call("taobao.refund.refuse", refund_id=mine["refund_id"], refuse_message="已发货")["is_success"]


def test_many_are_agreed_within_the_limits_of_the_kind(tb: Tb) -> None:
    seller = taobao_seller()
    for one, most, over in ((seller, 20, 600_001), (tb, 30, 1_000_001)):
        assert one.refusal("taobao.rp.refunds.agree", refund_infos=",".join(["1|1|1|onsale"] * (most + 1))).code == 41
        tid = one.post(orders=[{"num": 1, "price": f"{over // 100}.01", "payment": f"{over // 100}.01"}],
                       pay_time="2026-03-18 10:00:00")  # fmt: skip
        one.patch(tid, action="refund")
        dear, cheap = newest(one, tid), refund(one)
        told = one.call("taobao.rp.refunds.agree", refund_infos=f"{info(dear)},{info(cheap)}")
        assert told["msg_code"] == "SOME_OP_SUCC" and told["succ"] is False
        codes = [row["msg_code"] for row in told["results"]["result"]]
        assert codes == ["isv.refund-fee-overlimit", "OP_SUCC"]


def test_agreeing_may_ask_for_a_code_by_sms(tb: Tb) -> None:
    tb.switch(agree_sms=True)
    told = refund(tb)
    first = tb.call("taobao.rp.refunds.agree", refund_infos=info(told))
    assert first["succ"] is False and "results" not in first
    code = tb.truth(told["tid"])["_sandbox"]["sms"]
    wrong = tb.call("taobao.rp.refunds.agree", refund_infos=info(told), code="x")
    assert wrong["succ"] is False and tb.truth(told["tid"])["_sandbox"]["sms"] != code, "a new code after a wrong one"
    code = tb.truth(told["tid"])["_sandbox"]["sms"]
    assert tb.call("taobao.rp.refunds.agree", refund_infos=info(told), code=code)["succ"] is True


def test_reviews_are_tmalls(tb: Tb) -> None:
    tb.switch(review_first=True)
    told = refund(tb)
    row = tb.call("taobao.rp.refunds.agree", refund_infos=info(told))["results"]["result"][0]
    assert row["msg_code"] == "isv.refund-not-reviewed"
    ask = {"refund_id": told["refund_id"], "operator": "a", "refund_phase": told["refund_phase"], "message": "ok",
           "refund_version": told["refund_version"], "result": 1}  # fmt: skip
    assert (
        tb.refusal("taobao.rp.refund.review", **{**ask, "refund_version": 1}).sub_code == "isv.refund-version-mismatch"
    )
    assert tb.call("taobao.rp.refund.review", **ask)["is_success"] is True
    assert tb.call("taobao.rp.refunds.agree", refund_infos=info(told))["succ"] is True
    seller = taobao_seller()
    mine = refund(seller)
    ask |= {"refund_id": mine["refund_id"], "refund_version": mine["refund_version"]}
    assert seller.refusal("taobao.rp.refund.review", **ask).sub_code == "isv.tmall-only"


def returning(tb: Tb) -> dict[str, Any]:
    """A return that the shop agreed to."""
    told = refund(tb, has_good_return=True)
    tb.call("taobao.rp.returngoods.agree", refund_id=told["refund_id"], refund_version=told["refund_version"],
            seller_address_id=61_002)  # fmt: skip
    return newest(tb, told["tid"])


def test_returns_go_to_an_address_of_the_book(tb: Tb) -> None:
    rows = tb.call("taobao.logistics.address.search", rdef="no_def")["addresses"]["address_result"]
    assert [row["contact_id"] for row in rows] == [61_001, 61_002] and rows[0]["country"] == "青浦区"
    [default] = tb.call("taobao.logistics.address.search", rdef="cancel_def")["addresses"]["address_result"]
    assert default["contact_id"] == 61_001
    assert tb.refusal("taobao.logistics.address.search", rdef="x").code == 41
    told = refund(tb, has_good_return=True)
    ask = {"refund_id": told["refund_id"], "refund_version": told["refund_version"]}
    assert tb.refusal("taobao.rp.returngoods.agree", **ask, seller_address_id=1).code == 41
    seen = returning(tb)
    assert seen["status"] == "WAIT_BUYER_RETURN_GOODS" and "白云区" in seen["address"]
    got = tb.call("taobao.refund.get", refund_id=seen["refund_id"], fields="address")["refund"]
    assert got["address"] == seen["address"]
    seller = taobao_seller()
    mine = refund(seller, has_good_return=True)
    seller.call(
        "taobao.rp.returngoods.agree", refund_id=mine["refund_id"], name="王仓管", address="仓储路9号", mobile="138"
    )
    assert newest(seller, mine["tid"])["address"] == "王仓管 仓储路9号 138"


def test_the_shop_fills_in_the_waybill_that_the_buyer_did_not(tb: Tb) -> None:
    told = returning(tb)
    ask = {"refund_id": told["refund_id"], "logistics_company_code": "YTO", "logistics_waybill_no": "YT1"}
    assert tb.refusal("taobao.rp.returngoods.refill", **{**ask, "logistics_company_code": "NO"}).code == 41
    assert tb.call("taobao.rp.returngoods.refill", **ask)["is_success"] is True
    seen = tb.call("taobao.refund.get", refund_id=told["refund_id"], fields="status,company_name,sid,good_status")[
        "refund"
    ]
    assert (seen["status"], seen["company_name"], seen["sid"]) == ("WAIT_SELLER_CONFIRM_GOODS", "圆通速递", "YT1")
    assert tb.refusal("taobao.rp.returngoods.refill", **ask).sub_code == "isv.refund-status-error"


def test_goods_that_came_back_may_be_refused_or_paid(tb: Tb) -> None:
    told = returning(tb)
    tb.patch(told["tid"], action="refund", refund_id=told["refund_id"], move="return")
    told = newest(tb, told["tid"])
    ask = {"refund_id": told["refund_id"], "refund_phase": told["refund_phase"], "refund_version": told["refund_version"],
           "refuse_reason_id": 2}  # fmt: skip
    assert tb.refusal("taobao.rp.returngoods.refuse", **ask).code == 40, "no picture"
    with pytest.raises(Refused, match="mismatch"):
        upload(tb, "taobao.rp.returngoods.refuse", b"x", **{**ask, "refund_version": 1})
    with pytest.raises(Refused, match="refund_phase"):
        upload(tb, "taobao.rp.returngoods.refuse", b"x", **{**ask, "refund_phase": "aftersale"})
    assert upload(tb, "taobao.rp.returngoods.refuse", b"x", **ask)["result"] is True
    assert newest(tb, told["tid"])["status"] == "SELLER_REFUSE_BUYER"
    second = returning(tb)
    tb.patch(second["tid"], action="refund", refund_id=second["refund_id"], move="return")
    assert tb.call("taobao.rp.refunds.agree", refund_infos=info(newest(tb, second["tid"])))["succ"] is True
    seller = taobao_seller()
    mine = refund(seller, has_good_return=True)
    assert seller.refusal("taobao.rp.returngoods.refuse", **{**ask, "refund_id": mine["refund_id"]}).sub_code == (
        "isv.tmall-only"
    )


def test_money_only_is_negotiated_into_a_return(tb: Tb) -> None:
    told = refund(tb)
    ask = {"refund_id": told["refund_id"], "refund_version": told["refund_version"], "refund_fee": fen(told) - 1,
           "address_id": 61_001}  # fmt: skip
    assert tb.refusal("taobao.refund.negotiatereturn", **{**ask, "refund_fee": fen(told) + 1}).code == 41
    assert tb.refusal("taobao.refund.negotiatereturn", **{**ask, "address_id": 1}).code == 41
    tb.call("taobao.refund.negotiatereturn", **ask)
    seen = newest(tb, told["tid"])
    assert seen["has_good_return"] and seen["status"] == "WAIT_BUYER_RETURN_GOODS" and fen(seen) == fen(told) - 1
    again = {**ask, "refund_version": seen["refund_version"]}
    assert tb.refusal("taobao.refund.negotiatereturn", **again).sub_code == "isv.refund-status-error"


def test_parcels_on_the_way_are_called_back(tb: Tb) -> None:
    told = refund(tb)
    ask = {"refund_id": told["refund_id"], "refund_version": told["refund_version"]}
    assert tb.refusal("taobao.rp.refund.intercept", **{**ask, "refund_version": 1}).code == 15
    tb.call("taobao.rp.refund.intercept", **ask)
    seen = tb.call("taobao.refund.get", refund_id=told["refund_id"], fields="attribute,refund_version")["refund"]
    assert "intercept" in seen["attribute"] and seen["refund_version"] == told["refund_version"] + 1
    unsent = refund(tb, sent=False)
    ask = {"refund_id": unsent["refund_id"], "refund_version": unsent["refund_version"]}
    assert tb.refusal("taobao.rp.refund.intercept", **ask).sub_code == "isv.refund-status-error"


def test_the_shop_tells_whether_it_could_stop_the_order(tb: Tb) -> None:
    told = refund(tb, sent=False)
    word = {"tid": told["tid"], "oid": told["oid"], "refund_id": told["refund_id"], "refund_fee": fen(told),
            "status": "FAIL", "operate_time": "2026-03-18 10:30:00"}  # fmt: skip
    api = "taobao.rdc.aligenius.sendgoods.cancel"
    assert tb.refusal(api, param=json.dumps({**word, "refund_fee": 1})).code == 41
    assert tb.refusal(api, param=json.dumps({**word, "status": "x"})).code == 41
    assert tb.call(api, param=json.dumps(word))["result"] == {"success": True}
    assert newest(tb, told["tid"])["status"] == "WAIT_SELLER_AGREE"
    tb.call(api, param=json.dumps({**word, "status": "SUCCESS"}))
    assert newest(tb, told["tid"])["status"] == "SUCCESS" and tb.full(told["tid"])["status"] == "TRADE_CLOSED"
    sent = refund(tb)
    word |= {"tid": sent["tid"], "refund_id": sent["refund_id"], "refund_fee": fen(sent)}
    assert tb.refusal(api, param=json.dumps(word)).sub_code == "isv.refund-status-error"


def test_messages_on_a_refund(tb: Tb) -> None:
    told = refund(tb)
    assert tb.refusal("taobao.refund.message.add", refund_id=told["refund_id"], content="长" * 401).code == 41
    tb.call("taobao.refund.message.add", refund_id=told["refund_id"], content="请提供照片")
    seen = tb.call("taobao.refund.messages.get", refund_id=told["refund_id"], fields="content,owner_role")
    assert seen["refund_messages"]["refund_message"] == [{"content": "请提供照片", "owner_role": "SELLER"}]
    assert seen["total_results"] == 1
    assert tb.call("taobao.refund.get", refund_id=told["refund_id"], fields="_messages")["refund"] == {}


# exchanges


def exchange(tb: Tb, **ask: object) -> str:
    tid = tb.new()
    tb.ship(tid)
    tb.patch(tid, action="exchange", exchange_sku="SKU-0002", **ask)
    return str(tb.truth(tid)["_sandbox"]["exchanges"][-1]["dispute_id"])


def seen(tb: Tb, dispute_id: str) -> dict[str, Any]:
    told = tb.call("tmall.exchange.get", dispute_id=dispute_id, fields=EXCHANGE)["result"]
    assert told["success"] is True
    return dict(told["exchange"])


def buyer(tb: Tb, dispute_id: str, step: str) -> None:
    tb.patch(seen(tb, dispute_id)["biz_order_id"], action="exchange", dispute_id=dispute_id, move=step)


def test_an_exchange_from_request_to_receipt(tb: Tb) -> None:
    one = exchange(tb)
    assert seen(tb, one)["status"] == "1" and seen(tb, one)["exchange_sku"] == "SKU-0002"
    told = tb.call("tmall.exchange.agree", dispute_id=one, address_id=61_001)["result"]
    assert told["exchange"]["status"] == "2" and "青浦区" in seen(tb, one)["address"]
    buyer(tb, one, "return")
    assert tb.call("tmall.exchange.returngoods.agree", dispute_id=one)["result"]["exchange"]["status"] == "12"
    ask = {"dispute_id": one, "logistics_no": "SF1", "logistics_type": 200, "logistics_company_name": "顺丰速运"}
    assert tb.refusal("tmall.exchange.consigngoods", **{**ask, "logistics_company_name": "SF"}).code == 41
    assert tb.refusal("tmall.exchange.consigngoods", **{**ask, "logistics_type": 300}).code == 41
    tb.call("tmall.exchange.consigngoods", **ask)
    assert (seen(tb, one)["status"], seen(tb, one)["seller_logistic_no"]) == ("13", "SF1")
    buyer(tb, one, "receive")
    assert seen(tb, one)["status"] == "5"
    assert tb.refusal("tmall.exchange.consigngoods", **ask).sub_code == "isv.exchange-status-error"


def test_exchanges_are_refused_with_a_reason(tb: Tb) -> None:
    one = exchange(tb)
    ask = {"dispute_id": one, "seller_refuse_reason_id": 1, "leave_message": "没有库存"}
    assert tb.refusal("tmall.exchange.refuse", **{**ask, "seller_refuse_reason_id": 9}).code == 41
    assert tb.call("tmall.exchange.refuse", **ask)["result"]["exchange"]["status"] == "6"
    assert tb.refusal("tmall.exchange.refuse", **ask).sub_code == "isv.exchange-status-error"
    second = exchange(tb)
    tb.call("tmall.exchange.agree", dispute_id=second, address_id=61_001)
    buyer(tb, second, "return")
    told = tb.call("tmall.exchange.returngoods.refuse", dispute_id=second, seller_refuse_reason_id=2)
    assert told["result"]["exchange"]["status"] == "6"
    assert tb.refusal("tmall.exchange.agree", dispute_id="1", address_id=61_001).sub_code == "isv.exchange-not-exist"


def test_exchanges_are_listed_by_change_status_and_order(tb: Tb) -> None:
    api = "tmall.exchange.receive.get"
    assert "results" not in tb.call(api, fields=EXCHANGE)
    first = exchange(tb)
    tb.world.advance(60)
    second = exchange(tb)
    rows = tb.call(api, fields=EXCHANGE, page_size=1)
    assert [row["dispute_id"] for row in rows["results"]["exchange"]] == [second]
    assert (rows["total_results"], rows["page_results"], rows["has_next"]) == (2, 1, True)
    tb.call("tmall.exchange.refuse", dispute_id=first, seller_refuse_reason_id=1)
    rows = tb.call(api, fields=EXCHANGE, dispute_status_array="1,2")["results"]["exchange"]
    assert [row["dispute_id"] for row in rows] == [second]
    assert "results" not in tb.call(api, fields=EXCHANGE, end_gmt_modifed_time="2026-03-18 10:29:59")
    assert "results" not in tb.call(api, fields=EXCHANGE, biz_order_id=1)
    assert tb.refusal(api, fields=EXCHANGE, refund_id_array=",".join(["1"] * 21)).code == 41
    order_id = seen(tb, first)["biz_order_id"]
    rows = tb.call(api, fields="dispute_id,bizorder_id", biz_order_id=order_id, refund_id_array=first)
    assert rows["results"]["exchange"] == [{"dispute_id": first, "biz_order_id": order_id}]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(sorted({what for _, what in EXCHANGE_MOVES})), max_size=8))
def test_exchanges_follow_their_table(steps: list[str]) -> None:
    tb = next(one for one in (Tb(still(), 0), Tb(still(), 1)) if kind(one) == "B")
    one, status = exchange(tb), "1"
    order_id = seen(tb, one)["biz_order_id"]
    for step in steps:
        body = {"action": "exchange", "dispute_id": one, "move": step}
        code, _ = tb.world.control("PATCH", f"/_sandbox/taobao/orders/{order_id}", {}, body)
        new = EXCHANGE_MOVES.get((status, step))
        assert code == (200 if new else 409)
        status = new or status
        assert seen(tb, one)["status"] == status
    again, _ = tb.world.control("PATCH", f"/_sandbox/taobao/orders/{order_id}", {}, {"action": "exchange"})
    assert again == (409 if status in EXCHANGE_OPEN else 200), "one open exchange a line"


def test_exchanges_are_for_tmall_and_for_what_was_sent(tb: Tb) -> None:
    tid = tb.new()
    assert tb.world.control("PATCH", f"/_sandbox/taobao/orders/{tid}", {}, {"action": "exchange"})[0] == 409
    seller = taobao_seller()
    mine = seller.new()
    seller.ship(mine)
    assert seller.world.control("PATCH", f"/_sandbox/taobao/orders/{mine}", {}, {"action": "exchange"})[0] == 404


# invoices


def test_invoice_requests_tell_title_tax_number_and_lines(tb: Tb) -> None:
    tid, api = tb.new(), "alibaba.einvoice.apply.get"
    nothing = tb.call(api, platform_tid=tid)
    assert nothing["is_success"] is True and "apply_list" not in nothing
    tb.patch(tid, action="invoice", business_type=1, payer_name="云杉贸易有限公司", invoice_kind=4)
    tb.patch(tid, action="invoice")
    company, person = tb.call(api, platform_tid=tid)["apply_list"]["apply"]
    assert (company["business_type"], company["payer_name"], company["invoice_kind"]) == (1, "云杉贸易有限公司", 4)
    assert company["payer_register_no"] and (person["business_type"], person["payer_register_no"]) == (0, "")
    rows = company["invoice_items"]["invoice_item"]
    assert {row["biz_order_id"] for row in rows} <= {str(line["oid"]) for line in tb.full(tid)["orders"]["order"]}
    cents = [round(float(row["amount"]) * 100) for row in rows]
    assert sum(cents) == round(float(company["invoice_amount"]) * 100)
    assert round((float(company["sum_price"]) + float(company["sum_tax"])) * 100) == sum(cents)
    [one] = tb.call(api, platform_tid=tid, apply_id=person["apply_id"])["apply_list"]["apply"]
    assert one == person
    assert tb.refusal(api, platform_tid=1).sub_code == "isv.trade-not-exist"
    assert tb.refusal(api).code == 40


def test_some_orders_of_an_awkward_start_have_requests() -> None:
    tb = Tb(still(orders=20, awkward=True))
    told = [tb.call("alibaba.einvoice.apply.get", platform_tid=tid) for tid in tb.tids()]
    rows = [row for one in told for row in one.get("apply_list", {}).get("apply", [])]
    assert {row["business_type"] for row in rows} == {0, 1} and len(rows) < len(told)
