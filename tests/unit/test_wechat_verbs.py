"""WeChat's verbs over scripted replies: tokens, pages, parcels, differences of stock, answers, callbacks."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from wechat_script import CASE, NOW, ORDER, Script, Still, order, shop

from orderhub.connectors.wechat.push import echo
from orderhub.connectors.wechat.wire import signature
from orderhub.errors import AuthError, DecodeError, NotFound, OutcomeUnknown, PermissionDenied, SecurityError, TimedOut
from orderhub.flow.message import Reply
from orderhub.models import Address, Dispatch, ListingStock, Recipient, Refusal, ReturnAddress

OID = str(ORDER["order_id"])
COMPANIES = {"company_list": [{"delivery_id": "SF", "delivery_name": "顺丰速运"}]}


def got(document: dict[str, Any]) -> Any:
    return lambda body: {"order": document}


def token_reply(body: dict[str, Any]) -> dict[str, Any]:
    assert (body["grant_type"], body["appid"], body["secret"]) == ("client_credential", "id", "secret-of-the-app")
    return {"access_token": "token-2", "expires_in": 7200}


def test_a_shop_without_a_token_fetches_one_and_a_lapsed_one_is_replaced() -> None:
    for given in (None, "old"):
        seen = []

        def answer(body: dict[str, Any], seen: list[int] = seen) -> dict[str, Any]:
            seen.append(1)
            return {"errcode": 42001, "errmsg": "lapsed"} if len(seen) == 1 else {"order": ORDER}

        script = Script(order_get=answer, cgi_bin_stable_token=token_reply)
        script.answers["cgi-bin_stable_token"] = token_reply
        found = shop(script, access_token=given).get_order(OID)
        assert found.order_id == OID
        assert [path for path, _ in script.calls] == ["order/get", "cgi-bin/stable_token", "order/get"]
        assert script.urls[-1].endswith("access_token=token-2")


def test_a_wrong_secret_is_an_auth_error_that_shows_nothing() -> None:
    script = Script(order_get=lambda body: {"errcode": 40001, "errmsg": "no token"})
    script.answers["cgi-bin_stable_token"] = lambda body: {"errcode": 40125, "errmsg": "bad secret"}
    with pytest.raises(AuthError) as caught:
        shop(script).get_order(OID)
    assert "secret-of-the-app" not in str(caught.value) and "token-1" not in str(caught.value)


def test_the_white_list_and_pages_instead_of_data() -> None:
    html = Reply(200, {"content-type": "text/html"}, b"<html>login</html>")
    for reply, kind in ((Reply(403, {}, b"no"), PermissionDenied), (html, DecodeError)):
        with pytest.raises(kind):
            shop(Script(order_get=lambda body, reply=reply: reply)).get_order(OID)


def test_a_missing_order_is_not_found() -> None:
    with pytest.raises(NotFound):
        shop(Script(order_get=lambda body: {"errcode": 10020001, "errmsg": "none"})).get_order("1")


def test_ids_come_page_by_page_in_spans_of_a_week() -> None:
    spans = []

    def listed(body: dict[str, Any]) -> dict[str, Any]:
        span = body["update_time_range"]
        spans.append((span["end_time"] - span["start_time"], body.get("next_key")))
        first = body.get("next_key") is None
        return {"order_id_list": [1 if first else 2], "next_key": "k" if first else "", "has_more": first}

    script = Script(order_list_get=listed, order_get=lambda body: {"order": order(order_id=body["order_id"])})
    found = list(shop(script).orders(updated_since=NOW - timedelta(days=10)))
    assert {one.order_id for one in found} == {"1", "2"}
    assert max(length for length, _ in spans) <= 7 * 86_400
    assert {key for _, key in spans} == {None, "k"}


def test_a_list_that_goes_on_without_saying_where_is_no_end() -> None:
    script = Script(order_list_get=lambda body: {"order_id_list": [], "has_more": True})
    with pytest.raises(DecodeError):
        list(shop(script).orders(updated_since=NOW - timedelta(days=1)))


def sent(script: Script, api: str) -> list[dict[str, Any]]:
    return [body for path, body in script.calls if path == api]


def test_a_whole_order_leaves_without_what_came_back() -> None:
    document = order(line__finish_aftersale_sku_cnt=1)
    script = Script(order_get=got(document), order_deliverycompanylist_new_get=lambda body: COMPANIES,
                    order_delivery_send=lambda body: {})  # fmt: skip
    (outcome,) = shop(script).ship([Dispatch(order_id=OID, carrier="sf", waybill_no="SF1")])
    assert outcome.ok, outcome.error
    assert sent(script, "order/delivery/send") == [{"order_id": OID, "delivery_list": [{
        "delivery_id": "SF", "waybill_id": "SF1", "deliver_type": 1,
        "product_infos": [{"product_id": "111", "sku_id": "222", "product_cnt": 1}]}]}]  # fmt: skip


def test_several_parcels_of_an_order_are_one_call() -> None:
    script = Script(order_get=got(ORDER), order_deliverycompanylist_new_get=lambda body: COMPANIES,
                    order_delivery_send=lambda body: {})  # fmt: skip
    parcels = [
        Dispatch(order_id=OID, carrier="sf", waybill_no=number, lines=(("111-222", 1),)) for number in ("A", "B")
    ]
    assert all(outcome.ok for outcome in shop(script).ship(parcels))
    (body,) = sent(script, "order/delivery/send")
    assert [row["waybill_id"] for row in body["delivery_list"]] == ["A", "B"]


def test_what_may_not_leave_is_refused_before_anything_is_sent() -> None:
    open_case = order(line__on_aftersale_sku_cnt=1)
    for document, lines, reason in (
        (open_case, None, "conflict"), (ORDER, (("111-222", 3),), "conflict"), (ORDER, (("9-9", 1),), "invalid_parameter"),
    ):  # fmt: skip
        script = Script(order_get=got(document), order_deliverycompanylist_new_get=lambda body: COMPANIES)
        (outcome,) = shop(script).ship([Dispatch(order_id=OID, carrier="sf", waybill_no="SF1", lines=lines)])
        assert (outcome.ok, outcome.reason) == (False, reason)
    script = Script(order_get=got(open_case), order_deliverycompanylist_new_get=lambda body: COMPANIES,
                    order_delivery_send=lambda body: {})  # fmt: skip
    assert shop(script, ship_refund_open=True).ship([Dispatch(order_id=OID, carrier="sf", waybill_no="S")])[0].ok


def test_an_unknown_carrier_names_those_that_the_platform_lists() -> None:
    script = Script(order_get=got(ORDER), order_deliverycompanylist_new_get=lambda body: COMPANIES)
    (outcome,) = shop(script).ship([Dispatch(order_id=OID, carrier="usps", waybill_no="1")])
    assert not outcome.ok and "sf" in str(outcome.error)


def standing(number: str) -> dict[str, Any]:
    parcel = {"delivery_id": "SF", "waybill_id": number, "deliver_type": 1,
              "product_infos": [{"product_id": 111, "sku_id": 222, "product_cnt": 2}]}  # fmt: skip
    return order(status=30, order_detail__delivery_info__delivery_product_info=[parcel])


@pytest.mark.parametrize("there", [True, False])
def test_a_lost_reply_is_settled_by_reading(there: bool) -> None:
    state = {"sends": 0}

    def send(body: dict[str, Any]) -> Any:
        state["sends"] += 1
        return TimedOut("lost") if state["sends"] == 1 else {}

    def read(body: dict[str, Any]) -> dict[str, Any]:
        return {"order": standing("SF1") if there and state["sends"] else ORDER}

    script = Script(order_get=read, order_deliverycompanylist_new_get=lambda body: COMPANIES, order_delivery_send=send)
    (outcome,) = shop(script).ship([Dispatch(order_id=OID, carrier="sf", waybill_no="SF1")])
    assert outcome.ok
    assert (outcome.reason, state["sends"]) == (("already_done", 1) if there else (None, 2))


def test_a_number_is_corrected_in_its_parcel() -> None:
    script = Script(order_get=got(standing("OLD")), order_deliverycompanylist_new_get=lambda body: COMPANIES,
                    order_deliveryinfo_update=lambda body: {})  # fmt: skip
    (outcome,) = shop(script).ship([Dispatch(order_id=OID, carrier="sf", waybill_no="NEW", replaces="OLD")])
    assert outcome.ok
    (body,) = sent(script, "order/deliveryinfo/update")
    assert [row["waybill_id"] for row in body["delivery_list"]] == ["NEW"]
    (outcome,) = shop(script).ship([Dispatch(order_id=OID, carrier="sf", waybill_no="NEW", replaces="OTHER")])
    assert outcome.reason == "not_found"


class Shelf:
    """Stock of one SKU that understands differences; `lose` eats replies after (or before) they were carried out."""

    def __init__(self, units: int, lose: str = "") -> None:
        self.units, self.lose, self.writes = units, lose, list[tuple[int, int]]()

    def read(self, body: dict[str, Any]) -> dict[str, Any]:
        return {"normal_stock_num": self.units, "warehouse_stocks": [{"out_warehouse_id": "w", "num": self.units}]}

    def write(self, body: dict[str, Any]) -> Any:
        self.writes.append((body["diff_type"], body["num"]))
        first = len(self.writes) == 1
        if not (first and self.lose == "before"):
            step = {1: body["num"], 2: -body["num"], 3: body["num"] - self.units}[body["diff_type"]]
            self.units += step
        return TimedOut("lost") if first and self.lose else {}

    def shop(self, **given: Any) -> Any:
        script = Script(product_stock_get=self.read, product_stock_update=self.write, warehouse_stock_update=self.write)
        return shop(script, **given)


def level(units: int, version: int = 1) -> ListingStock:
    return ListingStock(listing_id="111", platform_sku_id="222", quantity=units, version=version)


@pytest.mark.parametrize(("lose", "writes"), [("", [(2, 3)]), ("after", [(2, 3)]), ("before", [(2, 3), (2, 3)])])
def test_differences_reach_the_figure_once(lose: str, writes: list[tuple[int, int]]) -> None:
    shelf = Shelf(10, lose)
    outcomes = shelf.shop().push_stock([level(99, 1), level(7, 2)])
    assert [outcome.reason for outcome in outcomes] == ["superseded", None]
    assert (shelf.units, shelf.writes) == (7, writes)


def test_a_figure_that_stands_is_not_sent_and_figures_may_be_set() -> None:
    shelf = Shelf(7)
    assert shelf.shop().push_stock([level(7)])[0].ok and shelf.writes == []
    assert shelf.shop(stock_mode="set").push_stock([level(0)])[0].ok and shelf.writes == [(3, 0)]
    shelf = Shelf(5)
    assert shelf.shop(out_warehouse_id="w").push_stock([level(8)])[0].ok and shelf.writes == [(1, 3)]


def test_a_difference_whose_reply_is_lost_is_said() -> None:
    shelf = Shelf(10, "after")
    outcome = shelf.shop().change_stock("111", -2, platform_sku_id="222")
    assert isinstance(outcome.error, OutcomeUnknown)
    assert shelf.shop().change_stock("111", 1).reason == "invalid_parameter"


def case_shop(script: Script) -> tuple[Any, Any]:
    found = shop(script)
    return found, found.get_refund("400")


def test_a_return_takes_two_answers() -> None:
    state = {"status": "MERCHANT_PROCESSING"}
    script = Script(aftersale_getaftersaleorder=lambda body: {"after_sale_order": {**CASE, **state}},
                    aftersale_acceptapply=lambda body: {})  # fmt: skip
    found, case = case_shop(script)
    assert not found.agree_refund(case).ok
    assert found.agree_return(case, ReturnAddress(address_id="5")).ok
    state["status"] = "MERCHANT_WAIT_RECEIPT"
    assert found.agree_refund(case).ok
    assert sent(script, "aftersale/acceptapply") == [
        {"after_sale_order_id": "400", "accept_type": 1, "address_id": "5"},
        {"after_sale_order_id": "400", "accept_type": 2},
    ]
    state["status"] = "MERCHANT_RETURN_SUCCESS"
    assert found.agree_refund(case).reason == "already_done"


def test_a_refusal_carries_its_text_under_the_names_of_the_settings() -> None:
    script = Script(aftersale_getaftersaleorder=lambda body: {"after_sale_order": CASE},
                    aftersale_rejectapply=lambda body: {})  # fmt: skip
    found, case = case_shop(script)
    assert found.refuse_refund(case, Refusal(text="no", code="7")).ok
    assert sent(script, "aftersale/rejectapply") == [
        {"after_sale_order_id": "400", "reject_reason": "no", "reject_reason_type": "7"}
    ]
    assert found.refuse_refund(case, Refusal(text="no", evidence=(b"x",))).reason == "invalid_parameter"


def test_notes_and_addresses() -> None:
    script = Script(order_merchantnotes_update=lambda body: {}, order_address_update=lambda body: {})
    found = shop(script)
    assert found.set_memo(OID, "packed").ok and not found.set_memo(OID, "x", 1).ok
    place = Address(province="浙江省", city="杭州市", district="西湖区", town="三墩镇", street="1号")
    assert found.change_address(OID, Recipient(name="张三", phone="1", address=place)).ok
    assert sent(script, "order/address/update")[0]["user_address"]["detail_info"] == "三墩镇1号"


def test_receivers_in_the_clear_and_numbers_for_a_while() -> None:
    address = ORDER["order_detail"]["delivery_info"]["address_info"]
    script = Script(order_sensitiveinfo_decode=lambda body: {"address_info": address},
                    order_virtualtelnumber_get=lambda body: {"virtual_tel_number": 170, "virtual_tel_expire_time": 9})  # fmt: skip
    found = shop(script)
    (clear,) = found.decrypt([(OID, "")])
    assert (clear.recipient.name, clear.recipient.phone) == ("王小明", "13800001111")


def pushed(event: str, **inside: Any) -> bytes:
    return json.dumps(
        {"ToUserName": "gh", "CreateTime": 1_781_700_000, "MsgType": "event", "Event": event, **inside}
    ).encode()


def signed(token: str = "push") -> dict[str, str]:
    return {"X-Query-String": f"signature={signature(token, '1', 'n')}&timestamp=1&nonce=n"}


def test_callbacks_name_what_to_read_again() -> None:
    found = shop(Script(), push_token="push")
    (message,) = found.decode_message(signed(), pushed("channels_ec_order_pay", order_info={"order_id": 7}))
    assert (message.order_ids, message.message_id) == (("7",), "channels_ec_order_pay:7:1781700000")
    case = {"after_sale_order_id": 5, "order_id": "7", "status": "x"}
    body = pushed("channels_ec_aftersale_update", finder_shop_aftersale_status_update=case)
    (message,) = found.decode_message(signed(), body)
    assert (message.refund_ids, message.order_ids) == (("5",), ("7",))
    (message,) = found.decode_message(signed(), pushed("something_new"))
    assert message.order_ids == ()
    for bad in (b"{}", b"[]", b'{"Encrypt": "x"}', pushed("channels_ec_order_pay")):
        with pytest.raises(DecodeError):
            found.decode_message(signed(), bad)


@pytest.mark.parametrize("headers", [{}, signed("other"), {"signature": "x", "timestamp": "1", "nonce": "n"}])
def test_forged_callbacks_are_refused(headers: dict[str, str]) -> None:
    for token in ("push", ""):
        with pytest.raises(SecurityError):
            shop(Script(), push_token=token).decode_message(headers, pushed("x"))


def test_the_check_of_the_address_is_echoed() -> None:
    query = {"signature": signature("tok", "1", "n"), "timestamp": "1", "nonce": "n", "echostr": "hello"}
    assert echo("tok", query) == "hello"
    with pytest.raises(SecurityError):
        echo("tok", {**query, "nonce": "m"})


def test_a_limit_tells_its_minute() -> None:
    clock, seen = Still(), list[int]()

    def accept(body: dict[str, Any]) -> dict[str, Any]:
        seen.append(1)
        return {"errcode": 10021059, "errmsg": "slow"} if len(seen) == 1 else {}

    script = Script(aftersale_getaftersaleorder=lambda body: {"after_sale_order": {**CASE, "type": "REFUND"}},
                    aftersale_acceptapply=accept)  # fmt: skip
    found = shop(script, clock)
    assert found.agree_refund(found.get_refund("400")).ok
    assert sum(clock.slept) >= 60
