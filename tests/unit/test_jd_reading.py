"""Rolling over a list that moves: every row that stays in the window is seen, whatever pages and clocks do.

The list is oldest change first, as JD shows it. Before any call a row may change, which moves it to the end and out of
the window; a call may show the page before once more; many rows may share one second.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jd_script import AT, Script, detail, inside, jd, order, page

from orderhub.connectors.jd.reading import AGAIN_MAX, Listing, Rolling, rolling
from orderhub.errors import DecodeError, InvalidParameter, NotFound
from orderhub.flow.steps import Operation
from orderhub.models.channel import Window

ZERO = datetime(2026, 3, 1, tzinfo=UTC)
END = ZERO + timedelta(minutes=10)
LATER = END + timedelta(hours=1)
CALLS_MAX = 500


def second(number: int) -> datetime:
    return ZERO + timedelta(seconds=number)


class MovingList:
    """The platform's list: (time, id) rows; `leaving` says before which call which row changes again."""

    def __init__(self, times: list[int], leaving: dict[int, int], repeats: set[int]) -> None:
        self.rows = sorted((second(time), f"r{number}") for number, time in enumerate(times))
        self.leaving, self.repeats = leaving, repeats
        self.start_ids = {name for _, name in self.rows}
        self.gone, self.calls, self.last = set[str](), 0, list[Any]()

    def read(self, start: datetime, end: datetime, number: int, size: int) -> dict[str, Any]:
        self.calls += 1
        assert self.calls < CALLS_MAX, "reading does not end"
        if (where := self.leaving.get(self.calls)) is not None and self.rows:
            _, name = self.rows.pop(where % len(self.rows))
            self.rows.append((LATER, name))
            self.gone.add(name)
        inside = [row for row in self.rows if start <= row[0] <= end]
        shown = inside[(number - 1) * size : number * size]
        if self.calls in self.repeats and self.last:
            shown = self.last
        self.last = shown
        return {"rows": shown, "total": len(inside)}

    def listing(self, size: int, *, counts: bool = True) -> Listing:
        def read(start: datetime, end: datetime, number: int) -> Operation[dict[str, Any]]:
            yield from ()
            return self.read(start, end, number, size)

        return Listing(read, lambda reply: reply["rows"], lambda reply: reply["total"] if counts else None,
                       lambda row: row[1], lambda row: row[0], size)  # fmt: skip


def read_all(listing: Listing) -> list[str]:
    """Ids in the order they came, once for each time they came."""
    seen: list[str] = []
    at: Rolling | None = None
    while True:
        operation = rolling(listing, ZERO, END, at)
        try:
            next(operation)
        except StopIteration as end:
            rows, at, _ = end.value
        else:
            raise AssertionError("reading needs no step of its own")
        seen += [row[1] for row in rows]
        if at is None:
            return seen


TIMES = st.lists(st.integers(0, 12), max_size=30)
SIZES = st.integers(1, 5)
LEAVING = st.dictionaries(st.integers(1, 12), st.integers(0, 30), max_size=4)


@pytest.mark.fault(29)
@settings(deadline=None, max_examples=300)
@given(TIMES, SIZES, LEAVING, st.booleans())
def test_rows_that_leave_take_no_others_with_them(
    times: list[int], size: int, leaving: dict[int, int], counts: bool
) -> None:
    source = MovingList(times, leaving, set())
    counted = counts or max((times.count(time) for time in times), default=0) >= size  # crowds are counted anyway
    assert set(read_all(source.listing(size, counts=counted))) >= source.start_ids - source.gone


@settings(deadline=None, max_examples=300)
@given(st.lists(st.integers(0, 12), max_size=30, unique=True), st.integers(2, 5), st.integers(2, 14))
def test_a_page_that_comes_twice_hides_nothing(times: list[int], size: int, call: int) -> None:
    source = MovingList(times, {}, {call})
    assert set(read_all(source.listing(size))) == source.start_ids


@settings(deadline=None, max_examples=200)
@given(st.integers(0, 40), SIZES, LEAVING)
def test_a_crowd_in_one_second_is_read_with_a_count(count: int, size: int, leaving: dict[int, int]) -> None:
    source = MovingList([3] * count, leaving, set())
    assert set(read_all(source.listing(size))) >= source.start_ids - source.gone


@settings(deadline=None, max_examples=100)
@given(st.lists(st.integers(0, 500), max_size=40, unique=True), st.integers(2, 6))
def test_a_list_that_stands_still_is_read_with_one_row_of_overlap(times: list[int], size: int) -> None:
    source = MovingList(times, {}, set())
    seen = read_all(source.listing(size))
    assert list(dict.fromkeys(seen)) == [name for _, name in source.rows]
    assert len(seen) - len(set(seen)) <= max(0, source.calls - 1)


def test_rows_out_of_order_are_read_backwards() -> None:
    source = MovingList([5, 1, 9, 3, 7, 2], {}, set())
    source.rows = [(second(time), f"r{number}") for number, time in enumerate([5, 1, 9, 3, 7, 2])]
    assert set(read_all(source.listing(2))) == source.start_ids


@pytest.mark.fault(31)
def test_a_platform_that_always_shows_another_page_is_an_error_and_no_end() -> None:
    source = MovingList(list(range(6)), {}, set(range(2, 400)))
    with pytest.raises(DecodeError) as caught:
        read_all(source.listing(2))
    assert caught.value.retryable
    assert source.calls == 2 + AGAIN_MAX


def test_rows_with_times_from_before_the_window_are_read_all_the_same() -> None:
    """The time that a row shows need not be the one that the list goes by: then pages and count decide."""
    source = MovingList(list(range(7)), {}, set())
    listing = source.listing(2)
    old = Listing(listing.read, listing.rows, listing.total, listing.ident,
                  lambda row: row[0] - timedelta(days=30), 2)  # fmt: skip
    assert set(read_all(old)) == source.start_ids


def test_an_empty_list_that_counts_rows_is_no_end() -> None:
    def read(start: datetime, end: datetime, number: int) -> Operation[dict[str, Any]]:
        yield from ()
        return {"rows": [], "total": 7}

    with pytest.raises(DecodeError):
        read_all(Listing(read, lambda r: r["rows"], lambda r: r["total"], str, lambda row: None, 5))


SEARCH, UNPAID = "jingdong.pop.order.enSearch", "jingdong.pop.order.notPayOrderInfo"
WINDOW = Window(AT - timedelta(hours=1), AT)
IN_IT = "2026-03-01 09:30:00"
NONE_UNPAID = page([], method=UNPAID)


def read_window(script: Script, shop: Any, window: Window = WINDOW) -> list[Any]:
    """Every page of a window."""
    pages, position = [], None
    while True:
        found = script.run(shop.list_orders(window, position))
        pages.append(found)
        position = found.next
        if position is None:
            return pages


def test_what_a_list_call_says() -> None:
    script = Script({SEARCH: [page([order(modified=IN_IT)])], UNPAID: [NONE_UNPAID]})
    pages = read_window(script, jd())
    said = script.said(SEARCH)
    assert (said["start_date"], said["end_date"]) == ("2026-03-01 09:00:00", "2026-03-01 10:00:00")
    assert said | {"optional_fields": ""} == {
        "start_date": "2026-03-01 09:00:00", "end_date": "2026-03-01 10:00:00", "order_state": "ALL",
        "optional_fields": "", "page": "1", "page_size": "50", "sortType": 0, "dateType": 0, "source_id": "JOS",
    }  # fmt: skip
    assert {"itemExt", "shouldPay", "storeOrder"} <= set(said["optional_fields"].split(","))
    assert [item.order_id for found in pages for item in found.items] == ["290000000001"]
    assert pages[0].total == 1 and script.names == ["pop.order.enSearch", "pop.order.notPayOrderInfo"]


def test_by_creation_time_and_without_ciphertext() -> None:
    script = Script({"jingdong.pop.order.search": [page([], method="jingdong.pop.order.search")]})
    read_window(script, jd(order_api="plain", unpaid=False), Window(WINDOW.start, WINDOW.end, "created"))
    assert script.said("jingdong.pop.order.search")["dateType"] == 1


def test_unpaid_orders_are_read_beside_the_others_and_known_as_such() -> None:
    row = {name: value for name, value in order("7").items() if name != "orderState"}
    row |= {"paymentConfirmTime": "1970-01-01 00:00:00", "actualPay": "0.00"}
    script = Script({SEARCH: [page([])], UNPAID: [page([row], method=UNPAID)]}, again=True)
    (found,) = [item for one in read_window(script, jd()) for item in one.items]
    assert (found.status, found.payment_status, found.paid, found.total) == ("pending_payment", "unpaid", 0, 234)
    asked = script.calls[-1][1]
    assert asked == {"startDate": "2026-03-01 09:00:00", "endDate": "2026-03-01 10:00:00", "page": 1, "pageSize": 50}


def test_a_bad_order_sinks_no_page() -> None:
    bad = order("8", modified=IN_IT) | {"shouldPay": "much"}
    good = [order(name, modified=IN_IT) for name in ("7", "9")]
    script = Script({SEARCH: [page([good[0], bad, good[1]])]})
    found = script.run(jd(unpaid=False).list_orders(WINDOW))
    assert [item.order_id for item in found.items] == ["7", "9"]
    (finding,) = [row for row in found.findings if row.severity == "error"]
    assert (finding.order_id, finding.path) == ("8", "shouldPay")
    assert found.quarantined[0][0] == "8"


def test_counts_add_the_unpaid_ones() -> None:
    answers = {SEARCH: [page([], 12)], UNPAID: [page([], 3, UNPAID)]}
    assert Script(dict(answers)).run(jd().count_orders(WINDOW)) == 15
    assert Script(dict(answers)).run(jd(unpaid=False).count_orders(WINDOW)) == 12


DETAIL, ONE_UNPAID = "jingdong.pop.order.enGet", "jingdong.pop.order.notPayOrderById"
MISSING = inside(DETAIL, orderDetailInfo={"apiResult": {"success": False, "numberCode": 10100041}})
NOT_UNPAID = inside(ONE_UNPAID, orderDetailInfo={"apiResult": {"success": False, "numberCode": 10100041}})


def test_one_order() -> None:
    script = Script({DETAIL: [detail(order())]})
    assert script.run(jd().get_order("290000000001")).order_id == "290000000001"
    assert script.said(DETAIL)["order_id"] == 290000000001


@pytest.mark.parametrize("answer", [MISSING, detail(None), detail({})])
def test_an_order_that_is_nowhere_is_not_found(answer: Any) -> None:
    with pytest.raises(NotFound):
        Script({DETAIL: [answer], ONE_UNPAID: [NOT_UNPAID]}).run(jd().get_order("1"))
    with pytest.raises(NotFound):
        Script({DETAIL: [answer]}).run(jd(unpaid=False).get_order("1"))


def test_an_order_may_stand_among_the_unpaid_ones() -> None:
    script = Script({DETAIL: [MISSING], ONE_UNPAID: [detail(order(orderState="NOT_PAY"), ONE_UNPAID)]})
    assert script.run(jd().get_order("290000000001")).status == "pending_payment"


def test_an_id_that_is_no_number_is_refused_before_it_is_sent() -> None:
    with pytest.raises(InvalidParameter):
        Script({}).run(jd().get_order("A-1"))


SP_LIST = "GET /rest/sp-order/v0/orders"


def sp_order(order_id: int, modified: datetime) -> dict[str, Any]:
    millis = int(modified.timestamp() * 1000)
    return {"orderId": order_id, "orderType": 22, "orderStatus": "WAIT_SELLER_STOCK_OUT", "modifiedTime": millis,
            "createdTime": millis, "skuItemInfoList": [{"skuId": 1, "skuUuid": "u1", "num": 1, "jdPrice": 9.9}],
            "paymentInfo": {"shouldPayAmount": 9.9, "actualPayAmount": 9.9}}  # fmt: skip


def sp_page(rows: list[Any], total: int) -> dict[str, Any]:
    return {"success": True, "data": rows, "paginationData": {"totalItems": total}}


def test_the_newer_gateway_is_read_backwards_with_a_count() -> None:
    rows = [sp_order(number, AT - timedelta(minutes=number)) for number in range(5)]

    def answer(query: dict[str, str]) -> Any:
        if query.get("orderStatus") == "NOT_PAY":
            return sp_page([], 0)
        start = (int(query["page"]) - 1) * 2
        return sp_page(rows[start : start + 2], len(rows))

    script = Script({SP_LIST: [answer]}, again=True)
    pages = read_window(script, jd(wire="sp", page_size=2))
    assert {item.order_id for one in pages for item in one.items} == {"0", "1", "2", "3", "4"}
    asked = [business for _, business in script.calls]
    assert asked[0]["sortBy"] == "modifiedTime" and "orderStatus" not in asked[0]
    assert asked[0]["startTime"] == str(int(WINDOW.start.timestamp() * 1000))
    assert not any(one.findings for one in pages)


def test_an_order_from_outside_the_window_is_told() -> None:
    script = Script({SP_LIST: [sp_page([sp_order(1, AT - timedelta(days=9))], 1)]}, again=True)
    found = script.run(jd(wire="sp", unpaid=False).list_orders(WINDOW))
    assert [finding.code for finding in found.findings] == ["axis_unverified"]
