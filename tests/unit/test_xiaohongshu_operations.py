"""Xiaohongshu's verbs against a scripted platform: what is asked, in which order, and what becomes of lost replies."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import orderhub
from orderhub import errors
from orderhub.connectors.xiaohongshu import reading
from orderhub.flow.message import Reply, Request
from orderhub.kit.convert import rows_of
from orderhub.models import Dispatch, ListingStock
from orderhub.models.channel import Window

NOW = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
LOST = errors.TimedOut("no reply")
COMPANIES = {"rows": [{"expressCompanyCode": "shunfeng", "expressCompanyName": "顺丰速运"},
                      {"expressCompanyCode": "zt", "expressCompanyName": "中通快递"}]}  # fmt: skip


def line(sku: str, units: int = 1, paid: int = 1000, **more: Any) -> dict[str, Any]:
    return {"skuId": sku, "skuQuantity": units, "totalPaidAmount": paid, "totalMerchantDiscount": 0,
            "totalRedDiscount": 0, "totalTaxAmount": 0, **more}  # fmt: skip


def order(order_id: str = "P1", status: int = 4, *parcels: tuple[str, list[str]], **more: Any) -> dict[str, Any]:
    rows = [{"deliveryOrderIndex": number, "expressTrackingNo": waybill, "expressCompanyCode": "shunfeng",
             "skuIdList": skus} for number, (waybill, skus) in enumerate(parcels, 1)]  # fmt: skip
    return {"orderId": order_id, "orderStatus": status, "totalPayAmount": 3000, "totalShippingFree": 0,
            "updateTime": 1772330400000, "skuList": [line("a"), line("b", 2, 2000)],
            "simpleDeliveryOrderList": rows, **more}  # fmt: skip


class Platform:
    """Answers by method; a value is data, an exception, or a function of what was asked; lists run out."""

    def __init__(self, **answers: Any) -> None:
        self.answers, self.asked = {"getExpressCompanyList": COMPANIES} | answers, list[tuple[str, dict[str, Any]]]()

    def send(self, request: Request) -> Reply:
        asked = json.loads(request.body or b"")
        name = asked["method"].rpartition(".")[2]
        self.asked.append((name, asked))
        answer = self.answers[name]
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        if isinstance(answer, Exception):
            raise answer
        told = answer(asked) if isinstance(answer, Callable) else answer  # type: ignore[arg-type]
        if not isinstance(told, dict) or "error_code" not in told:
            told = {"success": True, "error_code": 0, "error_msg": "", "data": told}
        return Reply(200, {"content-type": "application/json"}, json.dumps(told).encode())

    def close(self) -> None:
        pass

    def names(self) -> list[str]:
        return [name for name, _ in self.asked]

    def told(self, name: str) -> list[dict[str, Any]]:
        system = {"appId", "method", "version", "timestamp", "sign", "accessToken"}
        return [{key: value for key, value in asked.items() if key not in system}
                for method, asked in self.asked if method == name]  # fmt: skip

    def shop(self, **given: Any) -> Any:
        return orderhub.connect("xiaohongshu", **entry(given), transport=self, clock=Still())


class Still:
    def now(self) -> datetime:
        return NOW

    def sleep(self, seconds: float) -> None:
        pass


def entry(given: dict[str, Any]) -> dict[str, Any]:
    return {"shop_id": "xhs-1", "app_key": "key", "app_secret": "secret", "access_token": "atok",
            "refresh_token": "rtok", **given}  # fmt: skip


def no(code: int, text: str = "no") -> dict[str, Any]:
    return {"success": False, "error_code": code, "error_msg": text, "data": None}


def parcel(number: str = "SF1", **given: Any) -> Dispatch:
    return Dispatch(order_id="P1", carrier="sf", waybill_no=number, **given)


def paged(rows: list[dict[str, Any]], name: str = "orderList") -> Callable[[dict[str, Any]], dict[str, Any]]:
    """A list that shows `rows` whatever the span."""

    def answer(asked: dict[str, Any]) -> dict[str, Any]:
        size, page = asked["pageSize"], asked["pageNo"]
        return {name: rows[(page - 1) * size : page * size], "total": len(rows), "maxPageNo": -(-len(rows) // size)}

    return answer


# orders


def test_changes_are_read_by_half_hours_and_creations_by_days() -> None:
    platform = Platform(getOrderList={"orderList": [], "total": 0})
    assert list(platform.shop().orders(updated_since=NOW - 2 * HOUR, updated_until=NOW)) == []
    spans = [(asked["startTime"], asked["endTime"], asked["timeType"]) for asked in platform.told("getOrderList")]
    start = int(NOW.timestamp()) - 7200
    assert spans == [(start + 1800 * step, start + 1800 * (step + 1), 2) for step in range(4)]
    platform.asked.clear()
    list(platform.shop(list_time_unit="ms").orders(created_since=NOW - 36 * HOUR, created_until=NOW))
    spans = [(asked["endTime"] - asked["startTime"], asked["timeType"]) for asked in platform.told("getOrderList")]
    assert spans == [(86_400_000, 1), (43_200_000, 1)]


def test_pages_come_from_the_last_to_the_first_and_details_one_by_one() -> None:
    names = [{"orderId": f"P{number}", "updateTime": 1772330400000} for number in range(5)]
    platform = Platform(getOrderList=paged(names), getOrderDetail=lambda asked: order(asked["orderId"]))
    found = list(platform.shop(page_size=2).orders(updated_since=NOW - HOUR / 2, updated_until=NOW))
    assert sorted(one.order_id for one in found) == [row["orderId"] for row in names]
    assert [asked["pageNo"] for asked in platform.told("getOrderList")] == [1, 3, 2, 1]
    assert {asked["pageSize"] for asked in platform.told("getOrderList")} == {2}
    assert sorted(asked["orderId"] for asked in platform.told("getOrderDetail")) == [row["orderId"] for row in names]


def test_a_span_with_more_than_its_pages_show_is_halved() -> None:
    at = {f"P{number}": int((NOW - HOUR / 2).timestamp()) + 15 * number for number in range(120)}

    def answer(asked: dict[str, Any]) -> dict[str, Any]:
        inside = [{"orderId": name} for name, when in at.items() if asked["startTime"] <= when <= asked["endTime"]]
        return paged(inside)(asked)

    platform = Platform(getOrderList=answer, getOrderDetail=lambda asked: order(asked["orderId"]))
    found = {one.order_id for one in platform.shop(page_size=1).orders(updated_since=NOW - HOUR / 2, updated_until=NOW)}
    assert found == set(at)
    assert max(asked["pageNo"] for asked in platform.told("getOrderList")) <= 100


@pytest.mark.parametrize("answer", [{"orderList": [{"orderId": ""}], "total": 1}, {"orderList": ["x"], "total": 1},
                                    {"orderList": [{"orderId": "P1"}], "total": "many"}])  # fmt: skip
def test_a_list_that_cannot_be_read_is_an_error(answer: Any) -> None:
    with pytest.raises(errors.DecodeError):
        list(Platform(getOrderList=answer).shop().orders(updated_since=NOW - HOUR / 2, updated_until=NOW))


def test_a_list_without_any_count_ends_unless_its_page_is_full() -> None:
    shown = {"orderList": [{"orderId": "P1"}]}
    platform = Platform(getOrderList=shown, getOrderDetail=order())
    assert len(list(platform.shop().orders(updated_since=NOW - HOUR / 2, updated_until=NOW))) == 1
    with pytest.raises(errors.DecodeError, match="maxPageNo"):
        list(Platform(getOrderList=shown).shop(page_size=1).orders(updated_since=NOW - HOUR / 2, updated_until=NOW))
    listing = reading.Listing(None, lambda told: rows_of(told["orderList"]), str, 1, 9)  # type: ignore[arg-type]
    assert reading.total_in({**shown, "maxPageNo": 3}, listing) == 3


def test_orders_are_counted_span_by_span() -> None:
    platform = Platform(getOrderList=[{"orderList": [{"orderId": "P1"}], "total": 7}, {"orderList": [], "total": "5"}])
    assert platform.shop().count_orders(Window(NOW - HOUR + timedelta(seconds=1), NOW)) == 12
    ends = [(asked["startTime"], asked["endTime"]) for asked in platform.told("getOrderList")]
    assert ends[1][0] == ends[0][1] + 1  # no second is counted twice


def test_an_order_that_vanished_is_a_finding_and_a_missing_one_is_not_found() -> None:
    platform = Platform(getOrderList=paged([{"orderId": "P1"}]), getOrderDetail=no(1005))
    stream = platform.shop().orders(updated_since=NOW - HOUR / 2, updated_until=NOW)
    assert list(stream) == [] and [finding.code for finding in stream.findings] == ["order_not_found"]
    with pytest.raises(errors.NotFound):
        platform.shop().get_order("P1")
    with pytest.raises(errors.DecodeError):
        Platform(getOrderDetail=[[1]]).shop().get_order("P1")


# parcels


def test_a_whole_order_leaves_in_one_call() -> None:
    platform = Platform(getOrderDetail=order(), orderDeliver={})
    (outcome,) = platform.shop(return_address_id="R7").ship([parcel()])
    assert outcome.ok and outcome.reason is None
    assert platform.told("orderDeliver") == [{
        "orderId": "P1", "expressNo": "SF1", "expressCompanyCode": "shunfeng", "expressCompanyName": "顺丰速运",
        "unpack": False, "returnAddressId": "R7",
    }]  # fmt: skip


def test_parcels_name_skus_and_the_rest_follows() -> None:
    platform = Platform(getOrderDetail=[order(), order("P1", 5, ("SF1", ["a"]))], orderDeliver={})
    outcomes = platform.shop().ship([parcel(lines=(("a", 1),)), parcel("SF2", lines=(("b", 2),))])
    assert [outcome.ok for outcome in outcomes] == [True, True]
    assert [(told["unpack"], told["skuIdList"]) for told in platform.told("orderDeliver")] == [
        (True, ["a"]), (True, ["b"]),
    ]  # fmt: skip
    rest = Platform(getOrderDetail=order("P1", 5, ("SF1", ["a"])), orderDeliver={})
    assert rest.shop().ship([parcel("SF2")])[0].ok
    assert rest.told("orderDeliver")[0]["skuIdList"] == ["b"]
    assert rest.names().count("getExpressCompanyList") == 1


TWINS = {"skuList": [line("a"), line("a"), line("b")]}


@pytest.mark.parametrize(
    ("document", "given", "kind"),
    [
        (order(), {"lines": (("a", 1), ("zz", 1))}, errors.InvalidParameter),
        (order(), {"lines": (("b", 3),)}, errors.InvalidParameter),
        (order(), {"lines": (("b", 1),)}, errors.UnsupportedOperation),
        (order(), {"serial_numbers": (("a", "s"),)}, errors.UnsupportedOperation),
        (order(**TWINS), {"lines": (("a", 1),)}, errors.UnsupportedOperation),
        (order("P1", 1), {}, errors.Conflict),
        (order("P1", 2), {}, errors.Conflict),
        (order("P1", 9), {}, errors.Conflict),
        (order("P1", 77), {}, errors.Conflict),
        (order(cancelStatus=1), {}, errors.Conflict),
        (order(orderAfterSalesStatus=5), {}, errors.Conflict),
        (order("P1", 5, ("SF9", ["a"])), {"lines": (("a", 1),)}, errors.Conflict),
    ],
)
def test_what_must_not_leave_is_not_sent(document: Any, given: Any, kind: type[Exception]) -> None:
    platform = Platform(getOrderDetail=document, orderDeliver={})
    (outcome,) = platform.shop().ship([parcel(**given)])
    assert not outcome.ok and type(outcome.error) is kind and "orderDeliver" not in platform.names()


def test_twins_leave_together_and_a_host_may_overrule_a_hold() -> None:
    platform = Platform(getOrderDetail=order(cancelStatus=1, **TWINS), orderDeliver={})
    (outcome,) = platform.shop(ship_held=True).ship([parcel(lines=(("a", 1), ("a-2", 1)))])
    assert outcome.ok and platform.told("orderDeliver")[0]["skuIdList"] == ["a"]


def test_parcels_that_contradict_each_other_are_refused_before_anything_is_sent() -> None:
    for pair in ([parcel(), parcel("SF2")], [parcel(lines=(("a", 1),)), parcel("SF2", lines=(("a", 1),))]):
        platform = Platform(getOrderDetail=order(), orderDeliver={})
        outcomes = platform.shop().ship(pair)
        assert {type(outcome.error) for outcome in outcomes} == {errors.UnsupportedOperation} and not platform.asked


def test_a_carrier_that_is_not_listed_names_those_that_are() -> None:
    platform = Platform(getOrderDetail=order(), orderDeliver={})
    (outcome,) = platform.shop().ship([Dispatch(order_id="P1", carrier="yto", waybill_no="Y1")])
    assert isinstance(outcome.error, errors.InvalidParameter) and "zto" in str(outcome.error)
    (outcome,) = platform.shop(express_codes={"yto": "own"}).ship(
        [Dispatch(order_id="P1", carrier="yto", waybill_no="Y")]
    )
    assert outcome.ok and platform.told("orderDeliver")[0]["expressCompanyCode"] == "own"


@pytest.mark.parametrize(
    ("before", "replies", "after", "ok", "reason", "sent"),
    [
        (order(), [{}], order(), True, None, 1),
        (order("P1", 6, ("SF1", ["a", "b"])), [{}], order(), True, "already_done", 0),
        (order(), [LOST], order("P1", 6, ("SF1", ["a", "b"])), True, "already_done", 1),
        (order(), [LOST, {}], order(), True, None, 2),
        (order(), [LOST], order(), False, "outcome_unknown", 2),
        (order(), [no(1006)], order("P1", 6, ("SF1", [])), True, "already_done", 1),
        (order(), [no(1006)], order(), False, "conflict", 1),
        (order(), [LOST], errors.ConnectFailed("down"), False, "outcome_unknown", 1),
    ],
)
def test_a_lost_reply_is_settled_by_reading(
    before: Any, replies: list[Any], after: Any, ok: bool, reason: str | None, sent: int
) -> None:
    platform = Platform(getOrderDetail=[before, after], orderDeliver=list(replies))
    (outcome,) = platform.shop().ship([parcel()])
    assert (outcome.ok, outcome.reason) == (ok, reason)
    assert platform.names().count("orderDeliver") == sent


def test_a_number_is_corrected_on_its_own_parcel() -> None:
    sent = order("P1", 6, ("SF1", ["a"]), ("SF2", ["b"]))
    platform = Platform(getOrderDetail=sent, modifyOrderExpressInfo={})
    assert platform.shop().ship([parcel("ZT9", replaces="SF2")])[0].ok
    assert platform.told("modifyOrderExpressInfo") == [{
        "orderId": "P1", "deliveryOrderIndex": 2, "expressNo": "ZT9", "expressCompanyCode": "shunfeng",
        "expressCompanyName": "顺丰速运",
    }]  # fmt: skip
    again = Platform(getOrderDetail=order("P1", 6, ("SF1", ["a"]), ("ZT9", ["b"])))
    assert again.shop().ship([parcel("ZT9", replaces="SF2")])[0].reason == "already_done"
    (outcome,) = Platform(getOrderDetail=sent).shop().ship([parcel("ZT9", replaces="SF7")])
    assert isinstance(outcome.error, errors.NotFound)
    lost = Platform(getOrderDetail=[sent, order("P1", 6, ("SF1", ["a"]), ("ZT9", ["b"]))],
                    modifyOrderExpressInfo=[LOST, no(1006)])  # fmt: skip
    assert lost.shop().ship([parcel("ZT9", replaces="SF2")])[0].reason == "already_done"


def test_the_sellers_note() -> None:
    platform = Platform(modifySellerMarkInfo=[{}, no(1005)])
    shop = platform.shop(operator="erp")
    assert shop.set_memo("P1", "call first", 3).ok
    assert platform.told("modifySellerMarkInfo") == [
        {"orderId": "P1", "sellerMarkNote": "call first", "operator": "erp", "sellerMarkPriority": 3}
    ]
    assert isinstance(shop.set_memo("P2", "x").error, errors.NotFound)


def test_a_carrier_without_a_code_is_an_error() -> None:
    for rows in ({"rows": [{"expressCompanyName": "x"}]}, {"rows": ["x"]}, {"none": 1}):
        with pytest.raises(errors.DecodeError):
            Platform(getExpressCompanyList=rows).shop().carriers()


# stock


def test_what_unpaid_orders_hold_is_added() -> None:
    platform = Platform(getSkuStock={"qty": 12, "sellable": 9}, syncSkuStock={})
    levels = [ListingStock(listing_id="l", platform_sku_id="s", quantity=7, version=2),
              ListingStock(listing_id="l", platform_sku_id="s", quantity=1, version=1)]  # fmt: skip
    assert [outcome.reason for outcome in platform.shop().push_stock(levels)] == [None, "superseded"]
    assert platform.told("syncSkuStock") == [{"skuId": "s", "qty": 10}]


def test_plain_figures_and_warehouses() -> None:
    level = [ListingStock(listing_id="s", quantity=7)]
    plain = Platform(syncSkuStock={})
    assert plain.shop(stock_mode="plain").push_stock(level)[0].ok
    assert plain.told("syncSkuStock") == [{"skuId": "s", "qty": 7}]
    place = Platform(syncSkuStockV2={})
    assert place.shop(whcode="W1").push_stock(level)[0].ok
    assert place.told("syncSkuStockV2") == [{"skuId": "s", "qtyWithWhcode": {"W1": 7}}]


def test_a_reading_under_other_names_says_which_setting_to_change() -> None:
    platform = Platform(getSkuStock={"total": 3, "free": 2}, syncSkuStock={})
    (outcome,) = platform.shop().push_stock([ListingStock(listing_id="s", quantity=7)])
    assert isinstance(outcome.error, errors.DecodeError) and "stock_total_field" in str(outcome.error)
    named = platform.shop(stock_total_field="total", stock_sellable_field="free")
    assert named.push_stock([ListingStock(listing_id="s", quantity=7)])[0].ok


@pytest.mark.parametrize(
    ("readings", "replies", "reason"),
    [
        ([5], [{}], None),
        ([5, 3], [LOST], None),
        ([5, 5], [LOST], "outcome_unknown"),
        ([5, errors.ConnectFailed("down")], [LOST], "outcome_unknown"),
        ([5], [no(1004)], "invalid_parameter"),
    ],
)
def test_a_difference_is_never_sent_twice(readings: list[Any], replies: list[Any], reason: str | None) -> None:
    told = [one if isinstance(one, Exception) else {"qty": one, "sellable": one} for one in readings]
    platform = Platform(getSkuStock=told, incSkuStock=list(replies))
    outcome = platform.shop().change_stock("s", -2)
    assert outcome.reason == reason and outcome.ok is (reason is None)
    assert platform.told("incSkuStock") == [{"skuId": "s", "qty": -2}]


def test_no_difference_asks_nothing() -> None:
    platform = Platform()
    assert platform.shop().change_stock("l", 0, platform_sku_id="s").key == "l:s" and not platform.asked


# cases


def case(number: int = 1, **more: Any) -> dict[str, Any]:
    return {"returnsId": f"R{number}", "orderId": "P1", "status": 1, "returnType": 4, "skuId": "a", "refundFee": 990,
            "createdAt": 1772330000000, "updatedAt": 1772330400000, **more}  # fmt: skip


def test_cases_come_page_by_page_and_bad_ones_alone() -> None:
    rows = [case(1), case(2, status=9001), case(3, refundFee="x"), case(4, status=55, returnType=3)]
    platform = Platform(listAfterSaleInfos=lambda asked: {"error_code": 0, "success": True, "data": {
        "error_code": 0, "success": True, "data": paged(rows, "whatever")(asked)}})  # fmt: skip
    stream = platform.shop(refund_page_size=3, return_kinds={4: "refund_only"}).refunds(
        updated_since=NOW - HOUR / 2, updated_until=NOW
    )
    found = {refund.refund_id: refund for refund in stream}
    assert {name: str(refund.status) for name, refund in found.items()} == {
        "R1": "requested", "R2": "unknown", "R4": "unknown",
    }  # fmt: skip
    one = found["R1"]
    assert (str(one.amount), one.currency, str(one.kind), one.lines[0][0]) == ("9.90", "CNY", "refund_only", "a")
    assert sorted((told.code, told.path) for told in stream.findings) == [
        ("undecodable", "refundFee"), ("unknown_value", "returnType"), ("unknown_value", "status"),
    ]  # fmt: skip
    asked = platform.told("listAfterSaleInfos")[0]
    assert asked["endTime"] - asked["startTime"] == 1_800_000 and asked["timeType"] == 2


def test_one_case_however_it_is_wrapped() -> None:
    for answer in (case(), {"afterSaleInfo": case()}, {"x": 1, "info": case(), "y": {}}):
        assert Platform(getAfterSaleInfo=answer).shop().get_refund("R1").refund_id == "R1"
    for answer in ({"x": {}}, {"a": case(), "b": case(2)}, case(refundFee=True)):
        with pytest.raises(errors.DecodeError):
            Platform(getAfterSaleInfo=answer).shop().get_refund("R1")


def test_rows_of_cases_are_replaced_as_data() -> None:
    shop = Platform(getAfterSaleInfo=case(applied=5)).shop(overrides={"refund": {"amount": "applied"}})
    assert str(shop.get_refund("R1").amount) == "0.05"


# tokens and receivers


def test_a_code_becomes_tokens_and_a_lapsed_one_is_renewed() -> None:
    told = {"accessToken": "new", "accessTokenExpiresAt": 1772416800000, "refreshToken": "next", "sellerId": "s1",
            "refreshTokenExpiresAt": "1773626400000", "sellerName": "shop"}  # fmt: skip
    platform = Platform(getAccessToken=told, refreshToken=told, getOrderDetail=[no(1002), order()])
    shop = platform.shop()
    assert shop.exchange_code("c1") == shop.credentials_expire_at == datetime.fromtimestamp(1772416800, UTC)
    assert platform.told("getAccessToken") == [{"code": "c1"}]
    assert all("accessToken" not in asked for name, asked in platform.asked if name == "getAccessToken")
    again = Platform(refreshToken=told, getOrderDetail=[no(1002), order()])
    assert again.shop().get_order("P1").order_id == "P1"
    assert again.told("refreshToken") == [{"refreshToken": "rtok"}]
    assert [asked["accessToken"] for name, asked in again.asked if name == "getOrderDetail"] == ["atok", "new"]


def test_refused_and_lost_requests_for_tokens() -> None:
    for code in (1002, 1005, 4711):
        with pytest.raises(errors.AuthError, match="authorise again"):
            Platform(getAccessToken=no(code)).shop().exchange_code("c")
    with pytest.raises(errors.SignatureRejected):
        Platform(getAccessToken=no(1001)).shop().exchange_code("c")
    with pytest.raises(errors.OutcomeUnknown):
        Platform(getAccessToken=LOST).shop().exchange_code("c")
    with pytest.raises(errors.OutcomeUnknown, match="DecodeError"):
        Platform(getAccessToken={"refreshToken": "r"}).shop().exchange_code("c")


def test_receivers_are_opened_by_their_key() -> None:
    sealed = {"rows": [{"orderId": "P1", "receiverName": "#n#1", "receiverPhone": "#p#1", "receiverAddress": "1 号"},
                       {"orderId": "P2", "matched": False}]}  # fmt: skip
    plain = {"rows": [{"dataTag": "P1", "encryptedData": "#n#1", "decryptedData": "李"},
                      {"dataTag": "P1", "encryptedData": "#p#1", "decryptedData": "139"},
                      {"dataTag": "P9", "encryptedData": "#n#1", "decryptedData": "foreign"}]}  # fmt: skip
    platform = Platform(getOrderReceiverInfo=sealed, batchDecrypt=plain)
    first, second = platform.shop().decrypt([("P1", "k1"), ("P2", "k2")])
    assert (first.matched, first.recipient.name, first.recipient.phone) == (True, "李", "139")
    assert first.recipient.address.street == "1 号" and first.recipient.privacy.merge_key == "k1"
    assert not second.matched and second.recipient.name is None
    assert platform.told("batchDecrypt") == [{"baseInfos": [
        {"dataTag": "P1", "encryptedData": "#n#1"}, {"dataTag": "P1", "encryptedData": "#p#1"}]}]  # fmt: skip
    assert platform.told("getOrderReceiverInfo")[0]["isReturn"] is False


def test_a_part_that_stays_sealed_is_not_shown() -> None:
    sealed = {"rows": [{"orderId": "P1", "receiverName": "#n#1", "receiverPhone": "#p#1"}]}
    plain = {"rows": [{"dataTag": "P1", "encryptedData": "#n#1", "decryptedData": "李"}]}
    (one,) = Platform(getOrderReceiverInfo=sealed, batchDecrypt=plain).shop().decrypt([("P1", "k1")])
    assert not one.matched and one.recipient.phone is None
    (other,) = Platform(getOrderReceiverInfo={"rows": []}).shop().decrypt([("P1", "k1")])
    assert not other.matched
    with pytest.raises(errors.DecodeError):
        Platform(getOrderReceiverInfo=sealed, batchDecrypt={"rows": [1]}).shop().decrypt([("P1", "k1")])


def test_twenty_receivers_a_call() -> None:
    platform = Platform(getOrderReceiverInfo={"rows": []})
    assert len(platform.shop().decrypt([(f"P{number}", "k") for number in range(45)])) == 45
    assert [len(told["receiverQueries"]) for told in platform.told("getOrderReceiverInfo")] == [20, 20, 5]


def test_both_drivers_do_the_same() -> None:
    class Awaited(Platform):
        async def send(self, request: Request) -> Reply:  # type: ignore[override]
            return super().send(request)

        async def close(self) -> None:  # type: ignore[override]
            pass

    class Waiting(Still):
        async def sleep(self, seconds: float) -> None:  # type: ignore[override]
            pass

    answers = {"getOrderDetail": order(), "orderDeliver": {}}

    async def awaited() -> tuple[Any, Any]:
        platform = Awaited(**answers)
        shop = orderhub.connect_async("xiaohongshu", **entry({}), transport=platform, clock=Waiting())
        return await shop.ship([parcel()]), platform.asked

    platform = Platform(**answers)
    assert (platform.shop().ship([parcel()]), platform.asked) == asyncio.run(awaited())
