"""Shopee's verbs against a scripted platform: what is asked, in which order, and what becomes of lost replies."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

import orderhub
from orderhub import errors
from orderhub.flow.message import Reply, Request
from orderhub.models import Dispatch, ListingStock, Refusal

NOW = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
KEY, URL = "shopee-key", "https://erp.example/shopee"


def order(sn: str = "A1", status: str = "READY_TO_SHIP", packages: Any = None, **more: Any) -> dict[str, Any]:
    return {
        "order_sn": sn, "order_status": status, "currency": "SGD", "total_amount": 30.5, "create_time": 1772330000,
        "update_time": 1772330400, "pay_time": 1772330100, "estimated_shipping_fee": 0.5,
        "item_list": [item(11, 101, 1, 10), item(12, 0, 2, 10)],
        "package_list": packages or [{"package_number": "P1", "logistics_status": "LOGISTICS_READY"}], **more,
    }  # fmt: skip


def item(item_id: int, model: int, units: int, price: float, **more: Any) -> dict[str, Any]:
    return {"item_id": item_id, "model_id": model, "model_sku": f"S{model}", "item_sku": f"I{item_id}",
            "model_quantity_purchased": units, "model_original_price": price, "model_discounted_price": price,
            **more}  # fmt: skip


class Platform:
    """Answers by path; a value is a document, an exception, or a function of what was asked; lists run out."""

    def __init__(self, **answers: Any) -> None:
        self.answers, self.asked = answers, list[tuple[str, dict[str, Any]]]()

    def send(self, request: Request) -> Reply:
        parts = urlsplit(request.url)
        name = parts.path.removeprefix("/api/v2/")
        asked = json.loads(request.body) if request.body else dict(parse_qsl(parts.query))
        self.asked.append((name, asked))
        answer = self.answers[name.rpartition("/")[2]]
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        if isinstance(answer, Exception):
            raise answer
        told = answer(asked) if isinstance(answer, Callable) else answer  # type: ignore[arg-type]
        if not {"error", "access_token"} & set(told):
            told = {"error": "", "message": "", "request_id": "r", "response": told}
        return Reply(200, {"content-type": "application/json"}, json.dumps(told).encode())

    def close(self) -> None:
        pass

    def names(self) -> list[str]:
        return [name.rpartition("/")[2] for name, _ in self.asked]

    def shop(self, **given: Any) -> Any:
        return orderhub.connect("shopee", **entry(given), transport=self, clock=Still())


class Still:
    def now(self) -> datetime:
        return NOW

    def sleep(self, seconds: float) -> None:
        pass


def entry(given: dict[str, Any]) -> dict[str, Any]:
    return {"shop_id": "14701711", "app_key": "2001234", "app_secret": KEY, "access_token": "atok",
            "refresh_token": "rtok", "callback_url": URL, **given}  # fmt: skip


def details(**orders: dict[str, Any]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda asked: {"order_list": [orders[sn] for sn in asked["order_sn_list"].split(",") if sn in orders]}


def parcel(number: str = "SF1", **given: Any) -> Dispatch:
    return Dispatch(order_id="A1", carrier="sf", waybill_no=number, **given)


OWN = {"info_needed": {"non_integrated": ["tracking_number"]}}
LOST = errors.TimedOut("no reply")


def ready_then(*after: dict[str, Any]) -> list[Any]:
    return [{"order_list": [one]} for one in (order(), *after)]


# orders


def test_a_list_names_orders_and_details_come_fifty_at_once() -> None:
    every = {f"A{number}": order(f"A{number}") for number in range(70)}
    platform = Platform(
        get_order_list={"more": False, "next_cursor": "", "order_list": [{"order_sn": sn} for sn in every]},
        get_order_detail=details(**every),
    )
    found = list(platform.shop(page_size=100).orders(updated_since=NOW - timedelta(hours=1), updated_until=NOW))
    assert [one.order_id for one in found] == list(every)
    assert platform.names() == ["get_order_list", "get_order_detail", "get_order_detail"]
    listed, first, second = (asked for _, asked in platform.asked)
    assert (listed["time_range_field"], listed["page_size"]) == ("update_time", "100")
    assert int(listed["time_from"]) == int(NOW.timestamp()) - 3600 and int(listed["time_to"]) == NOW.timestamp() + 1
    assert [len(asked["order_sn_list"].split(",")) for asked in (first, second)] == [50, 20]
    assert "recipient_address" in first["response_optional_fields"].split(",")


def test_the_cursor_leads_on_and_more_without_one_is_an_error() -> None:
    pages = [{"more": True, "next_cursor": "c1", "order_list": [{"order_sn": "A1"}]},
             {"more": False, "next_cursor": "", "order_list": [{"order_sn": "A2"}]}]  # fmt: skip
    platform = Platform(get_order_list=list(pages), get_order_detail=details(A1=order("A1"), A2=order("A2")))
    found = list(platform.shop().orders(created_since=NOW - timedelta(hours=1), created_until=NOW))
    assert [one.order_id for one in found] == ["A1", "A2"]
    lists = [asked for name, asked in platform.asked if name.endswith("list")]
    assert [asked.get("cursor", "") for asked in lists] == ["", "c1"]
    assert lists[0]["time_range_field"] == "create_time"
    broken = Platform(get_order_list={"more": True, "order_list": []})
    with pytest.raises(errors.DecodeError, match="next_cursor"):
        list(broken.shop().orders(updated_since=NOW - timedelta(hours=1)))


def test_an_order_whose_detail_is_missing_is_asked_for_alone() -> None:
    platform = Platform(
        get_order_list={"more": False, "order_list": [{"order_sn": "A1"}, {"order_sn": "A2"}]},
        get_order_detail=[{"order_list": [order("A1")]}, {"order_list": [order("A2")]}],
    )
    found = list(platform.shop().orders(updated_since=NOW - timedelta(hours=1), updated_until=NOW))
    assert {one.order_id for one in found} == {"A1", "A2"}


def test_windows_stay_within_fifteen_days() -> None:
    platform = Platform(get_order_list={"more": False, "order_list": []})
    assert not list(platform.shop().orders(updated_since=NOW - timedelta(days=40), updated_until=NOW))
    spans = [int(asked["time_to"]) - int(asked["time_from"]) for _, asked in platform.asked]
    assert len(spans) == 3 and max(spans) <= 15 * 86_400


def test_no_such_order() -> None:
    with pytest.raises(errors.NotFound):
        Platform(get_order_detail={"order_list": []}).shop().get_order("A9")


def test_numbers_of_arranged_parcels_are_read_and_may_be_late() -> None:
    sent = order(status="PROCESSED", packages=[{"package_number": "P1", "logistics_status": "LOGISTICS_REQUEST_CREATED",
                                                "shipping_carrier": "SF Express"}])  # fmt: skip
    platform = Platform(
        get_order_detail={"order_list": [sent]},
        get_tracking_number=[{"tracking_number": "", "hint": "later"}, {"tracking_number": "SF7"}],
    )
    shop = platform.shop()
    assert shop.get_order("A1").shipments == ()
    [shipment] = shop.get_order("A1").shipments
    assert (shipment.carrier, shipment.waybill_no) == ("sf", "SF7")
    assert platform.asked[-1][1]["package_number"] == "P1"
    silent = Platform(get_order_detail={"order_list": [sent]})
    assert silent.shop(tracking_numbers=False).get_order("A1").holds == {orderhub.models.Hold.LOCKED}
    assert silent.names() == ["get_order_detail"]


# shipping


def test_a_whole_order_is_arranged_with_the_keys_that_were_named() -> None:
    platform = Platform(get_order_detail={"order_list": [order()]}, get_shipping_parameter=OWN, ship_order={})
    [outcome] = platform.shop().ship([parcel()])
    assert outcome.ok and outcome.reason is None
    assert platform.asked[-1] == (
        "logistics/ship_order",
        {"order_sn": "A1", "non_integrated": {"tracking_number": "SF1"}},
    )


PICKUP = {
    "info_needed": {"pickup": ["address_id", "pickup_time_id"], "dropoff": ["branch_id", "sender_real_name"]},
    "pickup": {"address_list": [{"address_id": 5, "time_slot_list": [{"pickup_time_id": "t1"}]},
                                {"address_id": 6, "time_slot_list": [{"pickup_time_id": "t2"}]}]},
    "dropoff": {"branch_list": [{"branch_id": 9}]},
}  # fmt: skip


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({"ship_way": "pickup"}, {"pickup": {"address_id": 5, "pickup_time_id": "t1"}}),
        ({"ship_way": "pickup", "pickup_address_id": 6}, {"pickup": {"address_id": 6, "pickup_time_id": "t2"}}),
        ({"sender_real_name": "Li"}, {"dropoff": {"branch_id": 9, "sender_real_name": "Li"}}),
    ],
)
def test_ways_in_which_the_platform_gives_the_number(given: dict[str, Any], sent: dict[str, Any]) -> None:
    platform = Platform(get_order_detail={"order_list": [order()]}, get_shipping_parameter=PICKUP, ship_order={})
    [outcome] = platform.shop(**given).ship([parcel()])
    assert (outcome.ok, outcome.reason) == (True, "number_by_platform")
    assert platform.asked[-1][1] == {"order_sn": "A1", **sent}


def test_what_a_way_wants_and_nobody_set_is_said_before_anything_is_sent() -> None:
    platform = Platform(get_order_detail={"order_list": [order()]}, get_shipping_parameter=PICKUP)
    [outcome] = platform.shop().ship([parcel()])
    assert outcome.reason == "invalid_parameter" and "sender_real_name" in str(outcome.error)
    [outcome] = platform.shop(ship_way="non_integrated").ship([parcel()])
    assert outcome.reason == "invalid_parameter" and "pickup" in str(outcome.error)


@pytest.mark.parametrize("status", ["PROCESSED", "SHIPPED", "COMPLETED"])
def test_an_arranged_order_is_never_arranged_again(status: str) -> None:
    platform = Platform(
        get_order_detail={"order_list": [order(status=status)]}, get_tracking_number={"tracking_number": "SF1"}
    )
    right, wrong = platform.shop().ship([parcel("SF1")]) + platform.shop().ship([parcel("SF2")])
    assert (right.ok, right.reason) == (True, "already_done")
    assert (wrong.ok, wrong.reason) == (False, "conflict")
    assert "ship_order" not in platform.names()


@pytest.mark.parametrize("status", ["UNPAID", "PENDING", "IN_CANCEL", "INVOICE_PENDING", "CANCELLED", "RETRY_SHIP"])
def test_an_order_that_must_not_be_sent_is_not(status: str) -> None:
    platform = Platform(get_order_detail={"order_list": [order(status=status)]})
    [outcome] = platform.shop().ship([parcel()])
    assert not outcome.ok and isinstance(outcome.error, errors.Conflict)
    assert platform.names() == ["get_order_detail"]


def test_a_lost_reply_is_settled_by_reading() -> None:
    done = order(status="PROCESSED")
    platform = Platform(
        get_order_detail=ready_then(done), get_shipping_parameter=OWN, ship_order=[LOST, {}],
        get_tracking_number={"tracking_number": "SF1"},
    )  # fmt: skip
    [outcome] = platform.shop().ship([parcel()])
    assert (outcome.ok, outcome.reason) == (True, "already_done")
    assert platform.names().count("ship_order") == 1


def test_a_lost_request_is_sent_again_once_it_is_seen_to_be_missing() -> None:
    platform = Platform(get_order_detail={"order_list": [order()]}, get_shipping_parameter=OWN, ship_order=[LOST, {}])
    [outcome] = platform.shop().ship([parcel()])
    assert outcome.ok and platform.names().count("ship_order") == 2


def test_what_cannot_be_read_stays_unknown() -> None:
    platform = Platform(
        get_order_detail=[*ready_then(), {"error": "error_server"}], get_shipping_parameter=OWN, ship_order=LOST
    )
    [outcome] = platform.shop().ship([parcel()])
    assert isinstance(outcome.error, errors.OutcomeUnknown)


def test_parcels_that_name_lines_divide_the_order() -> None:
    goods = [{"item_id": 11, "model_id": 101, "model_quantity": 1}, {"item_id": 12, "model_id": 0, "model_quantity": 2}]
    divided = order(packages=[
        {"package_number": f"P{n}", "logistics_status": "LOGISTICS_READY", "item_list": [row]}
        for n, row in enumerate(goods, 1)
    ])  # fmt: skip
    platform = Platform(get_order_detail=ready_then(divided), get_shipping_parameter=OWN, ship_order={}, split_order={})
    first, second = order_lines()
    outcomes = platform.shop().ship([parcel("SF1", lines=((first, 1),)), parcel("SF2", lines=((second, 2),))])
    assert [outcome.ok for outcome in outcomes] == [True, True], outcomes
    asked = dict(platform.asked)
    assert asked["order/split_order"]["package_list"] == [{"item_list": [row]} for row in goods]
    sent = [asked for name, asked in platform.asked if name.endswith("ship_order")]
    assert [(one["package_number"], one["non_integrated"]["tracking_number"]) for one in sent] == [
        ("P1", "SF1"), ("P2", "SF2"),
    ]  # fmt: skip


def order_lines() -> list[str]:
    [decoded] = orderhub.normalize("shopee", json.dumps(order())).orders
    return [line.line_id for line in decoded.lines]


def test_contradictions_are_found_before_anything_is_sent() -> None:
    platform = Platform(get_order_detail={"order_list": [order()]})
    shop, (first, _) = platform.shop(), order_lines()
    several = shop.ship([parcel("SF1"), parcel("SF2")])
    assert {outcome.reason for outcome in several} == {"unsupported_operation"}
    assert shop.ship([parcel(lines=((first, 9),))])[0].reason == "conflict"
    assert shop.ship([parcel(lines=(("nobody", 1),))])[0].reason == "conflict"
    assert shop.ship([parcel("SF2", replaces="SF1")])[0].reason == "unsupported_operation"
    assert set(platform.names()) == {"get_order_detail"}


# notes, cancelling, stock


def test_notes_and_cancelling() -> None:
    platform = Platform(
        set_note={}, cancel_order=LOST, get_order_detail=[{"order_list": [order(status="READY_TO_SHIP")]},
                                                         {"order_list": [order(status="CANCELLED")]}],
    )  # fmt: skip
    shop = platform.shop()
    assert shop.set_memo("A1", "fragile").ok
    assert shop.set_memo("A1", "x", 3).reason == "invalid_parameter"
    assert shop.close_order("A1", "bored").reason == "invalid_parameter"
    assert shop.close_order("A1", "OUT_OF_STOCK").reason == "already_done"
    sent = dict(platform.asked)["order/cancel_order"]
    assert sent["item_list"] == [{"item_id": 11, "model_id": 101}, {"item_id": 12, "model_id": 0}]


def test_a_buyers_wish_to_cancel_is_accepted_and_a_lost_reply_is_settled() -> None:
    asked = {"order_list": [order(status="IN_CANCEL")]}
    platform = Platform(get_order_detail=asked, handle_buyer_cancellation={})
    assert platform.shop().close_order("A1", "CUSTOMER_REQUEST").ok
    assert platform.asked[-1] == ("order/handle_buyer_cancellation", {"order_sn": "A1", "operation": "ACCEPT"})
    lost = Platform(get_order_detail=asked, handle_buyer_cancellation=LOST)
    assert isinstance(lost.shop().close_order("A1", "CUSTOMER_REQUEST").error, errors.OutcomeUnknown)
    done = Platform(
        get_order_detail=[asked, {"order_list": [order(status="CANCELLED")]}], handle_buyer_cancellation=LOST
    )
    assert done.shop().close_order("A1", "CUSTOMER_REQUEST").reason == "already_done"


def test_models_of_one_item_go_together_and_each_has_its_outcome() -> None:
    platform = Platform(update_stock=lambda asked: {
        "success_list": [], "failure_list": [{"model_id": 102, "failed_reason": "below reserved"}],
    } if asked["item_id"] == 11 else {"success_list": [{"model_id": 0}], "failure_list": []})  # fmt: skip

    def level(item_id: str, model: str | None, quantity: int, version: int) -> ListingStock:
        return ListingStock(listing_id=item_id, platform_sku_id=model, quantity=quantity, version=version)

    outcomes = platform.shop(location_id="SGZ").push_stock([
        level("11", "101", 7, 2), level("11", "102", 0, 2), level("11", "101", 99, 1), level("12", None, 4, 1),
        level("abc", None, 4, 1),
    ])  # fmt: skip
    assert [outcome.reason for outcome in outcomes] == [None, "conflict", "superseded", None, "invalid_parameter"]
    assert "below reserved" in str(outcomes[1].error)
    first, second = (asked for _, asked in platform.asked)
    assert first["stock_list"] == [
        {"model_id": 101, "seller_stock": [{"location_id": "SGZ", "stock": 7}]},
        {"model_id": 102, "seller_stock": [{"location_id": "SGZ", "stock": 0}]},
    ]
    assert second == {
        "item_id": 12,
        "stock_list": [{"model_id": 0, "seller_stock": [{"location_id": "SGZ", "stock": 4}]}],
    }


# returns


def case(sn: str, status: str = "REQUESTED", at: int = 1772330400, **more: Any) -> dict[str, Any]:
    return {"return_sn": sn, "order_sn": "A1", "status": status, "return_solution": 1, "currency": "SGD",
            "refund_amount": 9.9, "update_time": at, **more}  # fmt: skip


def test_cases_come_from_page_zero_and_a_list_of_several_pages_is_read_until_nothing_is_new() -> None:
    first = [{"more": True, "return": [case("R1")]}, {"more": False, "return": [case("R3")]}]
    again = [{"more": True, "return": [case("R2")]}, {"more": False, "return": [case("R3")]}]
    last = [{"more": True, "return": [case("R2")]}, {"more": False, "return": [case("R3")]}]
    platform = Platform(get_return_list=[*first, *again, *last])
    found = list(platform.shop().refunds(updated_since=NOW - timedelta(days=1), updated_until=NOW))
    assert [one.refund_id for one in found] == ["R1", "R3", "R2"]
    assert [asked["page_no"] for _, asked in platform.asked] == ["0", "1", "0", "1", "0", "1"]
    assert str(found[0].amount) == "9.90" and found[0].kind.value == "refund_only"


def test_a_case_without_currency_needs_the_setting() -> None:
    bare = {name: value for name, value in case("R1").items() if name != "currency"}
    platform = Platform(get_return_detail=bare)
    with pytest.raises(errors.DecodeError, match="currency"):
        platform.shop().get_refund("R1")
    assert platform.shop(currency="BRL").get_refund("R1").currency == "BRL"


def test_answers_are_judged_by_the_status() -> None:
    platform = Platform(get_return_detail=case("R1"), confirm={}, dispute={})
    shop = platform.shop(dispute_email="shop@erp.example")
    seen = shop.get_refund("R1")
    assert shop.agree_refund(seen).ok
    assert shop.refuse_refund(seen, Refusal(text="not as said", code="41")).ok
    assert dict(platform.asked)["returns/dispute"]["dispute_reason_id"] == 41
    assert shop.refuse_refund(seen, Refusal(text="no")).reason == "invalid_parameter"
    assert platform.shop().refuse_refund(seen, Refusal(text="no", code="41")).reason == "invalid_parameter"
    over = Platform(get_return_detail=case("R1", "CANCELLED")).shop()
    assert over.agree_refund(seen).reason == "wrong_state"
    paid = Platform(get_return_detail=case("R1", "REFUND_PAID")).shop()
    assert paid.agree_refund(seen).reason == "already_done"


# access


def test_tokens_and_the_address_where_sellers_authorise() -> None:
    told = {"access_token": "new", "refresh_token": "next", "expire_in": 14400, "shop_id_list": [14701711], "error": ""}
    platform = Platform(**{"get": told})
    shop = platform.shop()
    assert shop.exchange_code("c0de") == NOW + timedelta(hours=4)
    [(name, asked)] = platform.asked
    assert name == "auth/token/get" and asked == {"code": "c0de", "shop_id": 14701711, "partner_id": 2001234}
    parts = urlsplit(shop.authorize_url("https://erp.example/back?a=1", "s1"))
    query = dict(parse_qsl(parts.query))
    base = f"2001234/api/v2/shop/auth_partner{int(NOW.timestamp())}"
    assert query["sign"] == hmac.new(KEY.encode(), base.encode(), hashlib.sha256).hexdigest()
    assert query["redirect"] == "https://erp.example/back?a=1&state=s1"
    refused = Platform(**{"get": {"error": "error_param", "message": "used"}}).shop()
    with pytest.raises(errors.AuthError, match="authorise again"):
        refused.exchange_code("c0de")


def test_a_refresh_token_is_never_sent_twice() -> None:
    platform = Platform(get=LOST, get_order_detail={"error": "error_auth", "message": "expired"})
    with pytest.raises(errors.OrderHubError):
        platform.shop().get_order("A1")
    assert platform.names() == ["get_order_detail", "get"]


def test_pushes() -> None:
    body = (
        b'{"code":3,"shop_id":14701711,"timestamp":1700000000,"data":{"ordersn":"2311150001ABCD",'
        b'"status":"READY_TO_SHIP","update_time":1700000000}}'
    )
    sign = "153f00326809aff508d8d47aa9354d8c7709f67f7447172fd01a5dc1f8dd105a"
    shop = Platform().shop()
    [message] = shop.decode_message({"Authorization": sign}, body)
    assert (message.topic, message.order_ids, message.shop_hint) == ("order_status", ("2311150001ABCD",), "14701711")
    assert message.sent_at == datetime.fromtimestamp(1700000000, UTC)
    assert shop.decode_message({}, b"") == []
    for headers, given in (({}, body), ({"authorization": "0" * 64}, body), ({"Authorization": sign}, body + b" ")):
        with pytest.raises(errors.SecurityError):
            shop.decode_message(headers, given)
    with pytest.raises(errors.SecurityError):
        Platform().shop(callback_url="https://other.example").decode_message({"Authorization": sign}, body)


def test_lost_pushes_are_confirmed_by_whole_pages() -> None:
    rows = [{"code": 3, "shop_id": 14701711, "data": {"ordersn": sn}} for sn in ("A1", "A2")]
    platform = Platform(
        get_lost_push_message={"push_message_list": rows, "last_message_id": 88}, confirm_consumed_lost_push_message={}
    )
    shop = platform.shop()
    messages = shop.pull_messages()
    assert [message.order_ids for message in messages] == [("A1",), ("A2",)]
    shop.confirm_messages([messages[0].message_id])
    assert "confirm_consumed_lost_push_message" not in platform.names()
    shop.confirm_messages([message.message_id for message in messages])
    assert platform.asked[-1][1] == {"last_message_id": 88}


def test_sync_and_async_ask_the_same() -> None:
    answers: dict[str, Any] = {
        "get_order_detail": {"order_list": [order()]}, "get_shipping_parameter": OWN, "ship_order": {},
    }  # fmt: skip
    one, two = Platform(**answers), Platform(**answers)

    class Awaited:
        async def send(self, request: Request) -> Reply:
            return two.send(request)

        async def close(self) -> None:
            pass

    async def play() -> Any:
        shop = orderhub.connect_async("shopee", **entry({}), transport=Awaited(), clock=Still())
        return await shop.ship([parcel()]), await shop.get_order("A1")

    assert asyncio.run(play()) == (one.shop().ship([parcel()]), one.shop().get_order("A1"))
    assert one.asked == two.asked
