"""Suning's verbs against a scripted platform: what is asked, in which order, and what becomes of lost replies."""

from __future__ import annotations

import asyncio
import json
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import orderhub
from orderhub import errors
from orderhub.connectors.suning.operations import SuningOperations
from orderhub.connectors.suning.reading import LISTS, Part, Place, counted, parts_of, read_place, total_of_head
from orderhub.connectors.suning.wire import Answer
from orderhub.flow.message import Reply, Request
from orderhub.flow.steps import Operation
from orderhub.models import Dispatch, ListingStock, Window

FACTS: dict[str, Any] = tomllib.loads((Path(__file__).parents[1] / "facts" / "suning.toml").read_text(encoding="utf-8"))
NOW = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
NO_RESULT = "biz.handler.data-get:no-result"


def order(code: str = "37000000001", status: str = "10", lines: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    return {"orderCode": code, "orderTotalStatus": status, "orderSaleTime": "2026-02-28 09:11:26",
            "orderDetail": lines or [line("00662135670001"), line("00662135670002", units="2")]}  # fmt: skip


def line(number: str, status: str = "10", units: str = "1", **more: str) -> dict[str, Any]:
    return {"orderLineNumber": number, "productCode": f"P{number[-1]}", "saleNum": f"{units}.00000", "payAmount": "10.00",
            "transportFee": "", "coupontotalMoney": "", "vouchertotalMoney": "", "orderLineStatus": status,
            "returnOrderFlag": "0", "fpsdeliveryflag": "0", **more}  # fmt: skip


def error(code: str) -> dict[str, Any]:
    return {"sn_responseContent": {"sn_head": {}, "sn_error": {"error_code": code, "error_msg": "text"}}}


def page(name: str, rows: Any, **head: Any) -> dict[str, Any]:
    return {"sn_responseContent": {"sn_head": head, "sn_body": {name: rows}}}


COMPANIES = page("logisticCompany", [{"expressCompanyCode": "S02", "expressCompanyName": "顺丰速运"},
                                     {"expressCompanyCode": "Y01", "expressCompanyName": "圆通速递"},
                                     {"expressCompanyCode": "X09", "expressCompanyName": "某某快递"}], pageTotal="1")  # fmt: skip


class Platform:
    """Answers by method; a value may be a document, an error, or a function of the parameters."""

    def __init__(self, **answers: Any) -> None:
        self.answers, self.asked = answers, list[tuple[str, dict[str, Any]]]()

    def send(self, request: Request) -> Reply:
        method = request.headers["AppMethod"]
        ((business, parameters),) = json.loads(request.body)["sn_request"]["sn_body"].items()
        assert FACTS["business"][method] == business
        short = method.removeprefix("suning.custom.").replace(".", "_")
        self.asked.append((short, parameters))
        found = self.answers.get(short, error(NO_RESULT))
        found = found.pop(0) if isinstance(found, list) else found
        found = found(parameters) if callable(found) else found
        if isinstance(found, Exception):
            raise found
        return Reply(200, {"content-type": "application/json"}, json.dumps(found).encode())

    def close(self) -> None:
        """Nothing is open."""

    def names(self) -> list[str]:
        return [name for name, _ in self.asked]


class Still:
    """A clock that stands."""

    def now(self) -> datetime:
        return NOW

    def sleep(self, seconds: float) -> None:
        pass

    async def sleep_async(self, seconds: float) -> None:
        pass


ENTRY = {"app_key": "key", "app_secret": "secret", "shop_id": "s", "base_url": "http://127.0.0.1:1"}


def connect(platform: Platform, **given: Any) -> Any:
    return orderhub.connect("suning", **ENTRY, **given, transport=platform, clock=Still())


# Reading


@given(st.sampled_from(sorted(LISTS)), st.integers(0, 10**7), st.integers(0, 10**7))
def test_spans_of_a_list_cover_the_window_and_are_never_too_long(name: str, back: int, length: int) -> None:
    start = NOW - timedelta(seconds=back)
    end = start + timedelta(seconds=length, microseconds=length % 7)
    parts = list(parts_of(name, start, end))
    assert parts[0].start <= start and parts[-1].end == end
    assert all(one.end == two.start for one, two in pairwise(parts))
    for part in parts:
        assert timedelta(seconds=1) <= part.end - part.start <= timedelta(days=FACTS["spans"][name])


def test_a_window_that_ends_before_it_begins_has_no_parts() -> None:
    assert list(parts_of("ord.query", NOW, NOW - timedelta(seconds=1))) == []


class Moving:
    """A list whose rows may leave between calls, told as the platform tells it: counts in the head, empty is an error."""

    def __init__(self, rows: int, size: int, leave: list[int]) -> None:
        self.rows, self.size, self.leave, self.gone, self.calls = list(range(rows)), size, list(leave), set[int](), 0

    def read(self, part: Part, number: int) -> Operation[Answer]:
        yield from ()
        self.calls += 1
        assert self.calls < 300
        if self.leave and self.rows and (where := self.leave.pop(0)) >= 0:
            self.gone.add(self.rows.pop(where % len(self.rows)))
        shown = self.rows[(number - 1) * self.size : number * self.size]
        if not shown:
            return Answer({}, {})
        head = {"totalSize": str(len(self.rows)), "pageTotal": -(-len(self.rows) // self.size), "pageNo": number}
        return Answer(head, {"orderQuery": [{"orderCode": row} for row in shown]})


def read_all(source: Moving, parts: int = 1) -> list[int]:
    seen: list[int] = []
    place: Place | None = Place(tuple(Part("ord.query", NOW, NOW) for _ in range(parts)))
    while place is not None:
        operation = read_place(source.read, place, lambda row: str(row["orderCode"]), source.size)
        with pytest.raises(StopIteration) as end:
            next(operation)
        rows, place = end.value.value
        seen += [row["orderCode"] for row in rows]
    return seen


@settings(deadline=None)
@given(st.integers(0, 40), st.integers(1, 7), st.lists(st.integers(-5, 40), max_size=20))
def test_rows_that_leave_take_no_others_with_them(rows: int, size: int, leave: list[int]) -> None:
    source = Moving(rows, size, leave)
    assert set(read_all(source)) >= set(range(rows)) - source.gone


@given(st.integers(0, 40), st.integers(1, 7))
def test_a_list_that_stands_still_costs_one_call_a_page_and_one_for_the_count(rows: int, size: int) -> None:
    source = Moving(rows, size, [])
    assert sorted(read_all(source)) == list(range(rows))
    pages = max(1, -(-rows // size))
    assert source.calls == pages + (1 if pages > 1 else 0)


def test_every_part_is_read_in_turn() -> None:
    assert read_all(Moving(3, 10, []), parts=3) == [0, 1, 2] * 3


@pytest.mark.parametrize(
    ("head", "rows", "total"),
    [({"totalSize": 5}, 2, 5), ({"totalSize": "5"}, 2, 5), ({"pageTotal": "3"}, 2, 5), ({"pageTotal": 1}, 2, 2),
     ({}, 1, 1), ({"totalSize": ""}, 0, 0), ({"totalSize": 1, "pageTotal": 1}, 2, 2)],
)  # fmt: skip
def test_how_many_rows_there_are(head: dict[str, Any], rows: int, total: int) -> None:
    assert total_of_head(Answer(head, {"x": [{}] * rows}), "x", 2) == total


def test_a_full_page_without_a_count_and_a_count_that_is_none_are_errors() -> None:
    for head in ({}, {"totalSize": "many"}, {"totalSize": 1.5}, {"totalSize": True}):
        with pytest.raises(errors.DecodeError):
            total_of_head(Answer(head, {"x": [{}, {}]}), "x", 2)
        with pytest.raises(errors.DecodeError):
            counted(Answer(head, {"x": [{}, {}]}), "x", 2)
    with pytest.raises(errors.DecodeError):
        counted(Answer({"pageTotal": 9}, {"x": [{}, {}]}), "x", 2)  # exact or not at all


def test_one_window_of_changed_orders_is_three_lists() -> None:
    changed = order()
    changed["orderDetail"][0]["orderLineStatusChangeTime"] = "2026-03-01 09:30:00"
    unpaid = order("37000000002", "5")
    platform = Platform(
        ord_query=page("orderQuery", [changed], totalSize=1),
        unpaidorder_query=lambda asked: (
            page("unpaidOrder", [unpaid], totalSize="1")
            if asked["orderLineStatus"] == "5" and asked["startTime"] <= "2026-02-28 12:00:00" <= asked["endTime"]
            else error(NO_RESULT)
        ),
    )
    shop = connect(platform)
    found = list(shop.orders(updated_since=NOW - timedelta(hours=2), updated_until=NOW))
    assert [(o.order_id, o.status, o.updated_at) for o in found] == [
        ("37000000001", "awaiting_shipment", datetime(2026, 3, 1, 1, 30, tzinfo=UTC)),
        ("37000000002", "pending_payment", None),
    ]
    first = platform.asked[0]
    assert first == ("ord_query", {"startTime": "2026-03-01 08:00:00", "endTime": "2026-03-01 10:00:00",
                                   "pageNo": "1", "pageSize": "50"})  # fmt: skip
    spans = [(asked["orderLineStatus"], asked["startTime"], asked["endTime"]) for _, asked in platform.asked[1:]]
    assert spans == [
        (code, *span) for code in ("5", "40")
        for span in (("2026-02-28 08:00:00", "2026-03-01 08:00:00"), ("2026-03-01 08:00:00", "2026-03-01 10:00:00"))
    ]  # fmt: skip


def test_settings_choose_the_lists() -> None:
    platform = Platform()
    shop = connect(
        platform, unpaid=False, changed_api="ordmodtime.query", created_api="batchorder.query", page_size=500
    )
    assert list(shop.orders(updated_since=NOW - timedelta(hours=1), updated_until=NOW)) == []
    assert list(shop.orders(created_since=NOW - timedelta(hours=1), created_until=NOW)) == []
    assert platform.names() == ["ordmodtime_query", "batchorder_query"]
    assert {asked["pageSize"] for _, asked in platform.asked} == {"50"}


def test_orders_older_than_three_months_come_from_their_own_list_by_creation() -> None:
    platform = Platform(historyorder_query=page("historyOrderQuery", order(), totalSize=1))
    operations = connect(platform, unpaid=False).ops
    start = NOW - timedelta(days=100)
    window = Window(start, NOW, "created")
    parts = list(operations._parts(window, NOW, lookback=True))
    history = [part for part in parts if part.name == "historyorder.query"]
    recent = [part for part in parts if part.name == "order.query"]
    assert history[0].start == start and history[-1].end > recent[0].start  # they overlap: the border is not exact
    assert NOW - recent[0].start == timedelta(days=89) and recent[-1].end == NOW


def test_changes_before_what_lists_reach_are_told_not_asked() -> None:
    platform = Platform()
    stream = connect(platform, unpaid=False).orders(updated_since=NOW - timedelta(days=95), updated_until=NOW)
    assert list(stream) == []
    assert {finding.code for finding in stream.findings} == {"beyond_history"}
    assert (
        min(asked["startTime"] for _, asked in platform.asked) >= "2025-12-02 09:59:59"
    )  # an instant is widened to a second


def test_counting_counts_a_shared_second_once() -> None:
    platform = Platform(ord_query=page("orderQuery", [order()], totalSize=4),
                        unpaidorder_query=page("unpaidOrder", [order()], totalSize="1"))  # fmt: skip
    assert connect(platform).count_orders(Window(NOW - timedelta(days=2), NOW)) == 2 * 4 + 4 * 1
    starts = [asked["startTime"] for name, asked in platform.asked if name == "ord_query"]
    assert starts == ["2026-02-27 10:00:00", "2026-02-28 10:00:01"]


def test_one_order_and_none() -> None:
    platform = Platform(order_get=page("orderGet", order()))
    assert connect(platform).get_order("37000000001").order_id == "37000000001"
    with pytest.raises(errors.NotFound) as caught:
        connect(Platform()).get_order("9")
    assert (caught.value.code, caught.value.operation) == (NO_RESULT, "suning.custom.order.get")
    with pytest.raises(errors.DecodeError):
        connect(Platform(order_get=page("orderGet", []))).get_order("9")
    with pytest.raises(errors.DecodeError, match="order_id") as bad:
        connect(Platform(order_get=page("orderGet", {"orderTotalStatus": "10", "a": 1}))).get_order("9")
    assert bad.value.path == "orderCode"


def test_a_note() -> None:
    platform = Platform(ordernote_modify=page("orderNote", {"result": "Y"}))
    assert connect(platform, note_flag="1").set_memo("37000000001", "请尽快", 2).ok
    assert platform.asked == [("ordernote_modify", {"orderCode": "37000000001", "noteContent": "请尽快", "noteFlag": "1",
                                                    "colorMarkFlag": "2"})]  # fmt: skip
    refused = connect(Platform(ordernote_modify=page("orderNote", {"result": "N"}))).set_memo("1", "x")
    assert (refused.ok, refused.reason) == (False, "request_rejected")


# Shipping


class Desk:
    """A platform with one order, whose lines take what is sent."""

    def __init__(self, *lines: dict[str, Any], status: str = "10") -> None:
        self.order = order(status=status, lines=list(lines) or None)
        self.platform = Platform(
            order_get=lambda asked: page("orderGet", self.order) if asked["orderCode"] == "37000000001" else error(NO_RESULT),
            logisticcompany_query=COMPANIES, orderdelivery_add=self.send, orderdelivery_modify=self.correct,
            deliverynew_add=self.send,
        )  # fmt: skip
        self.before: list[Callable[[], Any]] = []

    def send(self, asked: dict[str, Any], status: str = "20") -> Any:
        fault = self.before.pop(0)() if self.before else None
        if fault == "lost before":
            return errors.TimedOut("no reply")
        if isinstance(fault, dict):
            return fault
        numbers = asked["orderLineNumbers"]
        numbers = (
            numbers["orderLineNumber"] if isinstance(numbers, dict) else [row["orderLineNumber"] for row in numbers]
        )
        for row in self.order["orderDetail"]:
            if row["orderLineNumber"] in numbers:
                row |= {"orderLineStatus": status, "expresscompanycode": asked["expressCompanyCode"],
                        "expressno": asked["expressNo"], "deliveryTime": "2026-03-01 10:00:00"}  # fmt: skip
        left = [row for row in self.order["orderDetail"] if row["orderLineStatus"] == "10"]
        self.order["orderTotalStatus"] = "21" if left else "20"
        return errors.TimedOut("no reply") if fault == "lost after" else page("orderDelivery", {"result": "Y"})

    correct = send

    def ship(self, *dispatches: Dispatch, **given: Any) -> list[Any]:
        return connect(self.platform, **given).ship(list(dispatches))  # type: ignore[no-any-return]

    def sent(self) -> list[dict[str, Any]]:
        return [asked for name, asked in self.platform.asked if name.startswith(("orderdelivery", "deliverynew"))]


def parcel(number: str = "SF1", lines: Any = None, **more: Any) -> Dispatch:
    return Dispatch(**{"order_id": "37000000001", "carrier": "sf", "waybill_no": number, "lines": lines, **more})


FIRST, SECOND = "00662135670001", "00662135670002"
BOTH = {"orderLineNumber": [FIRST, SECOND]}


def test_a_whole_order_names_every_line_that_waits() -> None:
    desk = Desk()
    (outcome,) = desk.ship(parcel())
    assert (outcome.ok, outcome.reason, outcome.key) == (True, None, "37000000001:SF1")
    assert desk.sent() == [
        {"orderCode": "37000000001", "expressNo": "SF1", "expressCompanyCode": "S02", "orderLineNumbers": BOTH}
    ]
    (again,) = desk.ship(parcel())
    assert (again.ok, again.reason) == (True, "already_done")
    assert len(desk.sent()) == 1
    shipped = connect(desk.platform).get_order("37000000001")
    assert [(p.carrier, p.waybill_no, p.lines) for p in shipped.shipments] == [("sf", "SF1", ((FIRST, 1), (SECOND, 2)))]


def test_several_parcels_of_one_order_are_a_call_each() -> None:
    desk = Desk()
    outcomes = desk.ship(parcel("SF1", ((FIRST, 1),)), parcel("YT2", ((SECOND, 2),), carrier="yto"))
    assert [outcome.ok for outcome in outcomes] == [True, True]
    assert [(s["expressNo"], s["expressCompanyCode"], s["orderLineNumbers"]["orderLineNumber"]) for s in desk.sent()] == [
        ("SF1", "S02", [FIRST]), ("YT2", "Y01", [SECOND]),
    ]  # fmt: skip


def test_what_this_platform_cannot_say_is_refused_before_anything_is_sent() -> None:
    for parcels in (
        [parcel("SF1"), parcel("SF2")],
        [parcel("SF1", ((SECOND, 2),)), parcel("SF2", ((SECOND, 2),))],
        [parcel("SF1", ((SECOND, 1),))],
    ):
        desk = Desk()
        outcomes = desk.ship(*parcels)
        assert {outcome.reason for outcome in outcomes} == {"unsupported_operation"} and len(outcomes) == len(parcels)
        assert desk.sent() == []


@pytest.mark.parametrize(
    ("lines", "status", "given", "reason"),
    [
        ([line(FIRST, "20", expressno="OTHER")], "20", {}, "conflict"),
        ([line(FIRST)], "5", {}, "conflict"),
        ([line(FIRST)], "40", {}, "conflict"),
        ([line(FIRST)], "16", {}, "conflict"),
        ([line(FIRST, "40")], "10", {}, "conflict"),
        ([line(FIRST, fpsdeliveryflag="1")], "10", {}, "conflict"),
        ([line(FIRST, fpsdeliveryflag="1")], "10", {"lines": ((FIRST, 1),)}, "conflict"),
        ([line(FIRST, returnOrderFlag="1")], "10", {}, "conflict"),
        ([line(FIRST)], "10", {"lines": (("9", 1),)}, "not_found"),
        ([line(FIRST)], "10", {"lines": ((FIRST, 2),)}, "invalid_parameter"),
        ([line(FIRST)], "10", {"carrier": "jd"}, "invalid_parameter"),
        ([line(FIRST)], "10", {"order_id": "9"}, "not_found"),
    ],
)
def test_what_the_order_forbids_is_not_even_asked(lines: Any, status: str, given: dict[str, Any], reason: str) -> None:
    desk = Desk(*lines, status=status)
    (outcome,) = desk.ship(parcel(**given))
    assert (outcome.ok, outcome.reason) == (False, reason)
    assert desk.sent() == []


def test_lines_of_the_platforms_own_warehouse_stay_out_of_a_whole_order() -> None:
    desk = Desk(line(FIRST), line(SECOND, fpsdeliveryflag="1"))
    assert desk.ship(parcel())[0].ok
    assert desk.sent()[0]["orderLineNumbers"] == {"orderLineNumber": [FIRST]}


def test_a_host_may_ship_despite_a_refund_and_name_a_company_code() -> None:
    desk = Desk(line(FIRST, returnOrderFlag="1"))
    outcomes = desk.ship(parcel(carrier="jd"), ship_refund_open=True, express_codes={"jd": "J99"})
    assert outcomes[0].ok and desk.sent()[0]["expressCompanyCode"] == "J99"
    found = connect(desk.platform, express_codes={"jd": "J99"}).get_order("37000000001")
    assert [(p.carrier, p.carrier_name) for p in found.shipments] == [("jd", "J99")]


def test_the_platforms_own_code_and_its_unknown_companies_are_taken_too() -> None:
    desk = Desk()
    assert desk.ship(parcel(carrier="x09"))[0].ok and desk.sent()[0]["expressCompanyCode"] == "X09"


def test_the_newer_call_names_products_and_takes_no_serial_numbers() -> None:
    desk = Desk()
    assert desk.ship(parcel(), ship_api="deliverynew.add")[0].ok
    assert desk.sent()[0]["orderLineNumbers"] == [{"orderLineNumber": FIRST, "productCode": "P1"},
                                                  {"orderLineNumber": SECOND, "productCode": "P2"}]  # fmt: skip
    other = Desk()
    (outcome,) = other.ship(parcel(serial_numbers=((FIRST, "IMEI"),)), ship_api="deliverynew.add")
    assert outcome.reason == "unsupported_operation"


def test_serial_numbers_travel_with_their_products() -> None:
    desk = Desk()
    assert desk.ship(parcel(serial_numbers=((SECOND, "IMEI-1"),)))[0].ok
    assert desk.sent()[0]["phoneIdentifyCodes"] == [
        {"orderLineNumber": SECOND, "phoneIdentifyCode": "IMEI-1", "productCode": "P2"}
    ]


@pytest.mark.parametrize(("fault", "sends", "reason"), [("lost after", 1, "already_done"), ("lost before", 2, None)])
def test_a_lost_reply_is_settled_by_reading(fault: str, sends: int, reason: str | None) -> None:
    desk = Desk()
    desk.before = [lambda: fault]
    (outcome,) = desk.ship(parcel())
    assert (outcome.ok, outcome.reason) == (True, reason)
    assert len(desk.sent()) == sends
    assert {row["expressno"] for row in desk.order["orderDetail"]} == {"SF1"}


def test_a_reply_that_is_always_lost_stays_unknown_and_is_not_sent_for_ever() -> None:
    desk = Desk()
    desk.before = [lambda: "lost before"] * 9
    (outcome,) = desk.ship(parcel())
    assert isinstance(outcome.error, errors.OutcomeUnknown) and len(desk.sent()) == 2


def test_a_lost_reply_without_anything_to_read_is_unknown() -> None:
    desk = Desk()

    def vanish() -> str:
        desk.platform.answers["order_get"] = errors.ConnectFailed("down")
        return "lost after"

    desk.before = [vanish]
    (outcome,) = desk.ship(parcel())
    assert isinstance(outcome.error, errors.OutcomeUnknown)


def test_a_number_that_is_there_already_is_done_and_one_that_is_not_stays_refused() -> None:
    taken = error("biz.orderDelivery.expressno-value:existence")
    desk = Desk()

    def meanwhile() -> dict[str, Any]:
        desk.send({"orderLineNumbers": BOTH, "expressCompanyCode": "S02", "expressNo": "SF1"})
        return taken

    desk.before = [meanwhile]
    assert (desk.ship(parcel())[0].ok, len(desk.sent())) == (True, 1)
    other = Desk()
    other.before = [lambda: taken] * 3
    (outcome,) = other.ship(parcel())
    assert (outcome.reason, len(other.sent())) == ("conflict", 1)


def test_other_refusals_fail_their_own_parcel_alone() -> None:
    desk = Desk()
    desk.before = [lambda: error("biz.orderDelivery.default-sendaddress:inexistence")]
    bad, good = desk.ship(parcel("SF1", ((FIRST, 1),)), parcel("SF2", ((SECOND, 2),)))
    assert (bad.reason, bad.error.code) == ("request_rejected", "biz.orderDelivery.default-sendaddress:inexistence")
    assert good.ok


def test_a_corrected_number() -> None:
    desk = Desk(
        line(FIRST, "20", expressno="OLD", expresscompanycode="S02"), line(SECOND, "20", expressno="ELSE"), status="20"
    )
    (outcome,) = desk.ship(parcel("NEW", replaces="OLD", carrier="yto"))
    assert outcome.ok
    assert desk.platform.names()[-1] == "orderdelivery_modify"
    assert desk.sent() == [{"orderCode": "37000000001", "expressNo": "NEW", "expressCompanyCode": "Y01",
                            "orderLineNumbers": {"orderLineNumber": [FIRST]}}]  # fmt: skip
    (again,) = desk.ship(parcel("NEW", replaces="OLD"))
    assert again.reason == "already_done"
    (missing,) = desk.ship(parcel("NEW2", replaces="NOBODY"))
    assert missing.reason == "not_found"


def test_a_lost_correction_is_settled_by_reading() -> None:
    desk = Desk(line(FIRST, "20", expressno="OLD"), status="20")
    desk.before = [lambda: "lost after"]
    (outcome,) = desk.ship(parcel("NEW", replaces="OLD"))
    assert (outcome.ok, outcome.reason, len(desk.sent())) == (True, "already_done", 1)


def test_companies_over_several_pages_and_none_at_all() -> None:
    rows = [{"expressCompanyCode": f"Q{n}", "companyName": f"公司{n}"} for n in range(60)]
    platform = Platform(logisticcompany_query=lambda asked: page(
        "logisticCompany", rows[(int(asked["pageNo"]) - 1) * 50 : int(asked["pageNo"]) * 50], totalSize=60))  # fmt: skip
    assert [row.name for row in connect(platform).carriers()] == [f"公司{n}" for n in range(60)]
    assert connect(Platform()).carriers() == []
    desk = Desk()
    desk.platform.answers["logisticcompany_query"] = error(NO_RESULT)
    assert desk.ship(parcel())[0].ok and desk.sent()[0]["expressCompanyCode"] == "S02"  # the seed stands in
    broken = Platform(logisticcompany_query=page("logisticCompany", [{"companyName": "x"}], pageTotal=1))
    with pytest.raises(errors.DecodeError) as caught:
        connect(broken).carriers()
    assert caught.value.path == "logisticCompany[0].expressCompanyCode"


# Stock


def level(code: str, quantity: int, version: int = 1) -> ListingStock:
    return ListingStock(listing_id=code, platform_sku_id=code, quantity=quantity, version=version)


def test_stock_is_absolute_one_product_a_call_and_the_newest_figure_wins() -> None:
    platform = Platform(inventory_modify=page("inventory", {"result": "Y"}))
    outcomes = connect(platform).push_stock([level("A", 7, 1), level("B", 0), level("A", 9, 2)])
    assert [(o.ok, o.reason, o.key) for o in outcomes] == [
        (True, "superseded", "A:A"),
        (True, None, "B:B"),
        (True, None, "A:A"),
    ]
    assert platform.asked == [("inventory_modify", {"productCode": "B", "destInvNum": "0"}),
                              ("inventory_modify", {"productCode": "A", "destInvNum": "9"})]  # fmt: skip


def test_one_refused_product_sinks_no_other_and_a_busy_platform_is_asked_again() -> None:
    stock, busy = (
        "biz.custom.inventory.invalid-biz",
        [error("biz.custom.inventory.invalid-biz:operate failed,retry later")],
    )

    def answer(asked: dict[str, Any]) -> Any:
        if asked["productCode"] == "M":
            return error(f"{stock}:productcode cannot be master productcode")
        if asked["productCode"] == "S":
            return error(f"{stock}:modify failed")
        return busy.pop() if busy else page("inventory", {"result": "Y"})

    outcomes = connect(Platform(inventory_modify=answer)).push_stock([level("M", 1), level("S", 1), level("A", 1)])
    assert [(o.ok, o.reason) for o in outcomes] == [(False, "invalid_parameter"), (False, "conflict"), (True, None)]


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({"inv_addr_id": "W1", "inv_type": "01"}, ("inventory_modify", {"productCode": "A", "invAddrId": "W1", "destInvNum": "3", "invType": "01"})),
        ({"stock_api": "parallelinventory.modify", "inv_code": "W2"}, ("parallelinventory_modify", {"productCode": "A", "invCode": "W2", "destInvNum": "3"})),
        ({"stock_api": "syncinventory.modify", "inv_code": "W2", "inv_type": "01"},
         ("syncinventory_modify", {"invCode": "W2", "invQty": "3", "invType": "01", "productCode": "A"})),
    ],
)  # fmt: skip
def test_settings_choose_the_stock_call(given: dict[str, Any], sent: Any) -> None:
    platform = Platform(**{sent[0]: page("x", {"result": "Y"})})
    assert connect(platform, **given).push_stock([level("A", 3)])[0].ok
    assert platform.asked == [sent]


@pytest.mark.parametrize(
    "given", [{"stock_api": "parallelinventory.modify"}, {"stock_api": "syncinventory.modify", "inv_code": "W"}]
)
def test_a_stock_call_without_what_it_needs_says_what(given: dict[str, Any]) -> None:
    (outcome,) = connect(Platform(), **given).push_stock([level("A", 3)])
    assert outcome.reason == "configuration_error" and "inv_" in str(outcome.error)


# After-sales


def case(**more: Any) -> dict[str, Any]:
    return {"orderCode": "37000000001", "productCode": "10668910001", "itemNo": FIRST, "customer": "138******01",
            "dealMoney": "490.00", "returnMoney": "490.00", "returnReason": "不喜欢", "applyTime": "2026-03-01 12:00:00",
            "statusPassTime": "2026-03-04 12:00:00", "statusDesc": "退款待处理", "refundtype": "1", "returntype": "2",
            "expressCompanyCode": "", "expressNo": "", **more}  # fmt: skip


def test_cases_by_modification_are_asked_for_by_every_code() -> None:
    platform = Platform(rejectedord_query=lambda asked: (
        page("rejects", [case()], totalSize=1) if asked["orderLineStatus"] == "C030" else error(NO_RESULT)))  # fmt: skip
    (found,) = connect(platform).refunds(updated_since=NOW - timedelta(hours=1), updated_until=NOW)
    assert found.refund_id == f"37000000001-{FIRST}-20260301120000"
    assert (found.status, found.raw_status, found.kind) == ("requested", "退款待处理", "refund_only")
    assert (str(found.amount), found.currency, found.reason) == ("490.00", "CNY", "不喜欢")
    assert found.lines == ((FIRST, None, found.amount),)
    assert (found.created_at, found.deadline_at) == (
        datetime(2026, 3, 1, 4, tzinfo=UTC),
        datetime(2026, 3, 4, 4, tzinfo=UTC),
    )
    assert (found.updated_at, found.return_carrier, found.return_waybill_no) == (None, None, None)
    assert dict(found.extra) == {"customer": "138******01", "dealMoney": "490.00", "refundtype": "1"}
    codes = [raw for raw in FACTS["refund_status"] if raw[0] == "C"]
    assert [asked["orderLineStatus"] for _, asked in platform.asked] == sorted(codes)


def test_cases_by_creation() -> None:
    for chosen, axis in (({"refund_api": "batchrejected.query"}, "updated"), ({}, "created")):
        platform = Platform(batchrejected_query=page("batchQueryRejected", case(), totalSize=1))
        operations = connect(platform, **chosen).ops
        place = Place(tuple(operations._case_parts(Window(NOW - timedelta(hours=1), NOW, axis), NOW)))  # type: ignore[arg-type]
        back = timedelta(days=15) if axis == "updated" else timedelta(0)
        assert [(p.name, p.start, p.end) for p in place.parts] == [
            ("batchrejected.query", NOW - timedelta(hours=1) - back, NOW)
        ]


@pytest.mark.parametrize(
    ("row", "kind", "status", "carrier"),
    [
        (
            {"statusDesc": "待商家收货", "returntype": "4", "expressNo": "SF9", "expressCompanyCode": "S02"},
            "return_and_refund",
            "in_progress",
            "sf",
        ),
        ({"statusDesc": "8", "returntype": 4}, "unknown", "refunded", None),
        (
            {"statusDesc": 8, "returntype": "3", "expressNo": "X", "expressCompanyCode": "Q99"},
            "return_and_refund",
            "refunded",
            "Q99",
        ),
        ({"statusDesc": "C030"}, "return_and_refund", "requested", None),
        ({"statusDesc": "退款关闭", "returntype": ""}, "unknown", "closed", None),
    ],
)
def test_what_a_case_is_about(row: dict[str, Any], kind: str, status: str, carrier: str | None) -> None:
    found = one_case(case(**row))
    assert (found.kind, found.status, found.return_carrier) == (kind, status, carrier)


def one_case(row: dict[str, Any]) -> Any:
    operations: SuningOperations = connect(Platform()).ops
    page_of = operations._refunds([row], None)
    assert page_of.findings == ()
    return page_of.items[0]


def test_what_is_odd_about_a_case_is_told_and_sinks_no_other() -> None:
    operations: SuningOperations = connect(Platform()).ops
    rows = [case(statusDesc="新状态"), case(itemNo="", productCode=""), case(returnMoney="abc"), case(returntype="9"),
            case(applyTime="", itemNo=""), "text"]  # fmt: skip
    found = operations._refunds(rows, "C050")
    assert [item.status for item in found.items] == ["unknown", "requested", "requested"]
    assert [(f.code, f.path) for f in found.findings] == [
        ("unknown_value", "statusDesc"), ("undecodable", None), ("undecodable", "returnMoney"),
        ("unknown_value", "returntype"), ("undecodable", None),
    ]  # fmt: skip
    assert found.items[2].refund_id == "37000000001-10668910001" and found.items[2].lines == ()
    (bare,) = operations._refunds([case(statusDesc="")], "C050").items
    assert (bare.status, bare.raw_status) == ("in_progress", "C050")
    assert bare.raw is not None and b"C050" not in bare.raw


def test_one_case_by_its_id() -> None:
    rows = [case(itemNo=SECOND), case()]
    platform = Platform(singlerejected_get=page("singleGetRejected", rows))
    wanted = f"37000000001-{FIRST}-20260301120000"
    assert connect(platform).get_refund(wanted).refund_id == wanted
    assert platform.asked == [("singlerejected_get", {"orderCode": "37000000001"})]
    with pytest.raises(errors.NotFound):
        connect(platform).get_refund("37000000001-nothing")
    with pytest.raises(errors.NotFound):
        connect(Platform()).get_refund(wanted)
    broken = Platform(singlerejected_get=page("singleGetRejected", case(returnMoney="x")))
    with pytest.raises(errors.DecodeError):
        connect(broken).get_refund(wanted)


# Both worlds


class AsyncPlatform:
    """The scripted platform, awaited."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform

    async def send(self, request: Request) -> Reply:
        return self.platform.send(request)

    async def close(self) -> None:
        """Nothing is open."""


def test_sync_and_async_ask_and_answer_the_same() -> None:
    def scripted() -> Platform:
        desk = Desk()
        desk.before = [lambda: "lost before"]
        desk.platform.answers["ord_query"] = page("orderQuery", [desk.order], totalSize=1)
        return desk.platform

    ours, theirs = scripted(), scripted()
    shop = connect(ours)
    found = [list(shop.orders(updated_since=NOW - timedelta(hours=1), updated_until=NOW)), shop.ship([parcel()])]

    async def play() -> list[Any]:
        async with orderhub.connect_async("suning", **ENTRY, transport=AsyncPlatform(theirs), clock=Still()) as ashop:
            orders = [o async for o in ashop.orders(updated_since=NOW - timedelta(hours=1), updated_until=NOW)]
            return [orders, await ashop.ship([parcel()])]

    assert asyncio.run(play()) == found
    assert ours.asked == theirs.asked


def test_absent_verbs_say_why() -> None:
    shop = connect(Platform())
    for verb in ("change_address", "close_order", "change_stock", "listings", "pull_messages", "confirm_messages", "decrypt",
                 "merge_groups", "server_time"):  # fmt: skip
        capability = shop.capabilities[verb]
        assert not capability.available and capability.because == shop.connector.spec.absent[verb]
