"""The report's definitions, one case each, and its page: parsed, self-contained, private, in both languages."""

import json
import re
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from html.parser import HTMLParser

import pytest

from orderhub.analytics import DEFINITIONS, build_report, charts, render_html, write_html
from orderhub.analytics.figures import COLUMNS, DTYPES
from orderhub.analytics.insights import INSIGHTS
from orderhub.analytics.words import LABELS, PHRASES, PROVINCE_NAMES, VALUES
from orderhub.errors import ConfigurationError
from orderhub.logistics.provinces import PROVINCES, province_key
from orderhub.models import (
    Address,
    Buyer,
    Extra,
    FulfilledBy,
    Hold,
    Invoice,
    Level,
    LineItem,
    Order,
    OrderStatus,
    PaymentStatus,
    Quote,
    Recipient,
    Refund,
    Shipment,
)
from orderhub.models.status import AftersaleStatus, FulfilmentStatus, RefundKind

AT = datetime(2026, 3, 18, 4, 0, tzinfo=UTC)
MARK = "Geheimnis"
D = Decimal


def order(number=1, **changes):
    fields = {
        "platform": "taobao", "shop_id": "s", "order_id": str(number), "status": OrderStatus.AWAITING_SHIPMENT,
        "payment_status": PaymentStatus.PAID, "fulfilment_status": FulfilmentStatus.UNFULFILLED,
        "fulfilled_by": FulfilledBy.MERCHANT, "currency": "CNY", "total": D("24.00"), "created_at": AT,
        "recipient": Recipient(address=Address(country="CN", province="广东省")),
        "lines": (LineItem(line_id="1", sku="A", quantity=2, total=D("19.00"), status=OrderStatus.AWAITING_SHIPMENT),),
    }  # fmt: skip
    return Order(**fields | changes)


def report(*orders, levels=(), **given):
    return build_report(orders, levels, AT, **given)


def cells(found, name, *columns):
    return [tuple(record[column] for column in columns) for record in found.records(name)]


class Reader(HTMLParser):
    """Checks that elements nest, and keeps text, addresses and words of class."""

    def __init__(self, page):
        super().__init__()
        self.open, self.seen, self.text, self.attributes = [], set(), [], []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        self.attributes += attrs
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.add(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def everything():
    """One of each: two currencies, holds, an unknown word, after-sales, freight, stock; nothing of a person."""
    dollars = order(2, platform="amazon", currency="USD", total=D("9.99"), holds=frozenset({Hold.RISK_CONTROL}))
    strange = order(3, status=OrderStatus.UNKNOWN, raw_status="NEW_WORD")
    early = order(4, created_at=AT - timedelta(days=3), ship_by=AT - timedelta(days=1), shop_id="s2", total=D("7.00"))
    case = Refund(
        platform="taobao", shop_id="s", refund_id="r", order_id="1", status=AftersaleStatus.REFUNDED, currency="CNY",
        kind=RefundKind.REFUND_ONLY, amount=D("1.00"),
    )  # fmt: skip
    more = tuple(LineItem(line_id=str(n), sku=f"B-{n}", quantity=1, total=D(n)) for n in range(20))
    return build_report(
        [order(1), dollars, strange, early, order(5, lines=more)], [Level("A", "sh", 9, 2), Level("A", "gz", 3, 3)], AT,
        refunds=[case], shipments_cost=[Quote(carrier="sf", product="p", currency="CNY", total=D("12.00"))],
    )  # fmt: skip


STANDINGS = [
    ("paid", {}, "counted"),
    ("part of it given back", {"payment_status": PaymentStatus.PARTIALLY_REFUNDED}, "counted"),
    ("all of it given back after shipping", {"payment_status": PaymentStatus.REFUNDED}, "counted"),
    ("unpaid", {"payment_status": PaymentStatus.UNPAID, "status": OrderStatus.PENDING_PAYMENT}, "not_paid"),
    ("deposit of a presale", {"payment_status": PaymentStatus.PARTIALLY_PAID}, "not_paid"),
    ("cash on delivery", {"payment_status": PaymentStatus.UNPAID, "is_cod": True}, "counted"),
    ("cancelled though paid", {"status": OrderStatus.CANCELLED}, "cancelled"),
    ("status not read", {"status": OrderStatus.UNKNOWN}, "unclear"),
    ("payment not read", {"payment_status": PaymentStatus.UNKNOWN}, "unclear"),
]


@pytest.mark.parametrize(("changes", "word"), [case[1:] for case in STANDINGS], ids=[case[0] for case in STANDINGS])
def test_which_orders_count(changes, word):
    found = report(order(**changes))
    sold = word == "counted"
    assert cells(found, "by_standing", "standing", "orders", "order_amount") == [(word, 1, D("24.00"))]
    assert cells(found, "totals", "orders", "counted", "units", "sales") == [
        (1, int(sold), 2 * sold, D("24.00") if sold else D("0.00"))
    ]
    assert len(found.records("skus")) == sold


def test_an_amount_the_platform_does_not_tell_is_never_zero():
    unpriced = report(order(total=None))
    assert cells(unpriced, "totals", "sales", "net", "average", "unpriced") == [(None, None, None, 1)]
    both = report(order(1, total=None), order(2))
    assert cells(both, "totals", "sales", "average", "unpriced") == [(D("24.00"), D("24.00"), 1)]


@pytest.mark.parametrize(
    ("changes", "amounts", "refunded"),
    [
        ({}, (), D("0.00")),
        ({"refunded": D("3.00")}, ("1.00",), D("3.00")),
        ({"payment_status": PaymentStatus.PARTIALLY_REFUNDED}, (), None),
        ({"payment_status": PaymentStatus.PARTIALLY_REFUNDED}, ("1.00", "2.50"), D("3.50")),
        ({"payment_status": PaymentStatus.PARTIALLY_REFUNDED}, ("1.00", None), None),
        ({"payment_status": PaymentStatus.PARTIALLY_REFUNDED, "currency": "USD"}, ("1.00",), None),
    ],
)
def test_refunded_is_the_order_s_word_then_its_settled_cases_then_unknown(changes, amounts, refunded):
    cases = [
        Refund(platform="taobao", shop_id="s", refund_id=str(place), order_id="1", status=AftersaleStatus.REFUNDED,
               currency="CNY", amount=None if amount is None else D(amount))
        for place, amount in enumerate(amounts)
    ]  # fmt: skip
    asked = Refund(platform="taobao", shop_id="s", refund_id="q", order_id="1", status=AftersaleStatus.REQUESTED,
                   currency="CNY", amount=D("9.00"))  # fmt: skip
    found = report(order(**changes), refunds=[*cases, asked])
    net = None if refunded is None else D("24.00") - refunded
    assert cells(found, "totals", "refunded", "net") == [(refunded, net)]


HOUR = timedelta(hours=1)
SHIPPED = {"status": OrderStatus.SHIPPED}
PUNCTUAL = [
    ("no deadline", {"ship_by": None}, None),
    ("in time", SHIPPED | {"shipped_at": AT, "ship_by": AT}, "on_time"),
    ("too late", SHIPPED | {"shipped_at": AT, "ship_by": AT - HOUR}, "late"),
    ("by its last parcel", SHIPPED | {"ship_by": AT - HOUR, "shipments": (
        Shipment(shipped_at=AT - 2 * HOUR), Shipment(shipped_at=AT))}, "late"),
    ("nobody knows when", SHIPPED | {"ship_by": AT}, "time_unknown"),
    ("waiting, time left", {"ship_by": AT}, "due"),
    ("waiting too long", {"ship_by": AT - HOUR}, "overdue"),
    ("part shipped, too long", {"ship_by": AT - HOUR, "status": OrderStatus.PARTIALLY_SHIPPED, "shipped_at": AT},
     "overdue"),
    ("held", {"ship_by": AT - HOUR, "holds": frozenset({Hold.LOCKED})}, None),
    ("not paid", {"ship_by": AT - HOUR, "payment_status": PaymentStatus.UNPAID}, None),
    ("the platform ships", {"ship_by": AT - HOUR, "fulfilled_by": FulfilledBy.PLATFORM}, None),
    ("cancelled", {"ship_by": AT - HOUR, "status": OrderStatus.CANCELLED}, None),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "word"), [case[1:] for case in PUNCTUAL], ids=[case[0] for case in PUNCTUAL])
def test_punctuality(changes, word):
    rows = report(order(**changes)).records("shipping")
    assert [name for row in rows for name, count in row.items() if name in PUNCTUAL_WORDS and count] == (
        [word] if word else []
    )
    if word in {"on_time", "late", "overdue"}:
        assert rows[0]["on_time_rate"] == (1 if word == "on_time" else 0)
    elif word:
        assert rows[0]["on_time_rate"] is None


PUNCTUAL_WORDS = {"on_time", "late", "overdue", "due", "time_unknown"}


def test_a_day_is_the_shop_s_day():
    evening = datetime(2026, 3, 17, 17, 30, tzinfo=UTC)  # 01:30 of the next day in Beijing, morning in California
    pacific = timezone(timedelta(hours=-8))
    orders = [order(1, created_at=evening), order(2, created_at=evening, platform="amazon", shop_id="us")]
    one = cells(build_report(orders, (), AT), "by_day", "day", "orders")
    assert one == [(date(2026, 3, 18), 2)]
    own = cells(build_report(orders, (), AT, zones={"amazon:us": pacific}), "by_day", "day", "orders")
    assert own == [(date(2026, 3, 17), 1), (date(2026, 3, 18), 1)]
    assert cells(build_report(orders, (), AT, zone=UTC), "by_day", "day", "orders") == [(date(2026, 3, 17), 2)]


def test_a_day_that_no_calendar_has_is_unknown():
    edge = order(created_at=datetime(9999, 12, 31, 23, tzinfo=UTC))
    assert cells(report(edge, order(2, created_at=None)), "by_day", "day", "orders") == [(None, 2)]


@pytest.mark.parametrize(
    ("address", "region"),
    [
        (Address(country="CN", province="广西壮族自治区"), "广西"),
        (Address(province="广西"), "广西"),
        (Address(country="中国", division_code="440305"), "广东"),
        (Address(country="CN", province="王小明收"), None),
        (Address(country="US", province="CA"), "US-CA"),
        (Address(country="US", province="221B Baker Street"), "US"),
        (Address(country="ask for Wang", province="CA"), None),
        (Address(country="DE", division_code="440305"), "DE"),
        (Address(), None),
    ],
)
def test_a_province_is_one_of_a_list_and_never_free_text(address, region):
    assert cells(report(order(recipient=Recipient(address=address))), "by_province", "province") == [(region,)]


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("WAIT_PREPARE", "WAIT_PREPARE"),
        ("17", "17"),
        ("13800138000", "…"),
        ("call Wang", "…"),
        ("王", "…"),
        (None, None),
    ],
)
def test_an_unknown_word_is_shown_if_it_is_a_code(raw, shown):
    strange = order(status=OrderStatus.UNKNOWN, raw_status=raw)
    assert ("taobao", "status", shown, 1) in cells(
        report(strange), "unknown_values", "platform", "field", "raw_value", "unknown_orders"
    )


def test_every_axis_that_could_not_be_read_is_told():
    lines = (LineItem(line_id="1", quantity=1, raw_status="X9"),)
    strange = order(
        payment_status=PaymentStatus.UNKNOWN, fulfilment_status=FulfilmentStatus.UNKNOWN, lines=lines, created_at=None,
        aftersale_status=AftersaleStatus.UNKNOWN, fulfilled_by=FulfilledBy.UNKNOWN,
    )  # fmt: skip
    found = {field for (field,) in cells(report(strange), "unknown_values", "field")}
    told = {"payment_status", "fulfilment_status", "aftersale_status", "fulfilled_by", "line_status", "created_at"}
    assert found == told
    assert found | {"status"} == set(VALUES["field"])


def test_holds_of_open_orders():
    two = frozenset({Hold.LOCKED, Hold.REFUND_OPEN})
    found = report(order(1, holds=two), order(2, holds=two - {Hold.LOCKED}), order(3, holds=two, status="completed"))
    assert cells(found, "holds", "hold", "held_orders") == [("refund_open", 2), ("locked", 1)]
    assert dict(cells(found, "attention", "matter", "count"))["on_hold"] == 2


def test_stock_per_warehouse_and_what_is_low():
    levels = [Level("A", "sh", 9, 2), Level("B", "sh", 6, 1), Level("A", "gz", 3, 3)]
    found = report(levels=levels)
    columns = ("warehouse", "stocked_skus", "on_hand", "reserved", "available", "low_skus")
    assert cells(found, "stock", *columns) == [("gz", 1, 3, 3, 0, 1), ("sh", 2, 15, 3, 12, 1)]
    assert cells(found, "low_stock", "sku", "warehouse", "available") == [("A", "gz", 0), ("B", "sh", 5)]
    assert cells(report(levels=levels, low_stock=-1), "low_stock", "sku") == []


def test_the_latest_version_of_an_order_counts():
    old = order(total=D("1.00"), updated_at=AT - HOUR)
    new = order(total=D("2.00"), updated_at=AT)
    for given in ((old, new), (new, old), (new, old, new)):
        assert cells(report(*given), "totals", "orders", "sales") == [(1, D("2.00"))]


def test_of_two_levels_of_one_place_the_later_counts_whatever_comes_first():
    one, two = Level("A", "sh", 4, 1, version=7), Level("A", "sh", 4, 2, version=7)
    older = Level("A", "sh", 99, 0, version=6)
    for given in ((older, one, two), (two, one, older)):
        assert cells(report(levels=given), "stock", "on_hand", "reserved") == [(4, 2)]


def test_sums_are_exact_however_long():
    long = D("99999999999999999999999999999999.99")
    assert cells(report(order(1, total=long), order(2, total=D("0.02"))), "totals", "sales") == [
        (D("100000000000000000000000000000000.01"),)
    ]


def test_a_day_without_a_date_has_a_row_and_no_bar():
    page = render_html(report(order(created_at=None)), drawn=True)
    assert "by_day" not in page and '<td class="d">–</td>' in page


@pytest.mark.fault(66)
def test_an_empty_report_keeps_its_columns():
    found = report()
    for name, (columns, rows) in found.tables().items():
        assert [column.name for column in columns] == list(COLUMNS[name])
        assert rows == () or name == "attention"
    assert all(row["count"] == 0 for row in found.records("attention"))
    assert "No orders" in render_html(found) and "没有订单" in render_html(found, "zh")


def test_cells_are_of_their_column_s_type():
    kinds = {"text": str, "int": int, "decimal": Decimal, "date": date}
    for columns, rows in everything().tables().values():
        for row in rows:
            for column, value in zip(columns, row, strict=True):
                assert value is None or type(value) is kinds[column.dtype], column


def test_json_is_plain_and_exact():
    found = everything()
    told = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert list(told["tables"]) == [name for name in COLUMNS if name not in INSIGHTS]
    [sales] = {row["sales"] for row in told["tables"]["totals"] if row["currency"] == "USD"}
    assert sales == "9.99"
    assert "float" not in {
        type(cell).__name__ for rows in told["tables"].values() for row in rows for cell in row.values()
    }


def test_every_figure_is_defined_and_named_in_both_languages():
    figures = {name for name, dtype in DTYPES.items() if dtype in {"int", "decimal"}}
    assert figures <= set(DEFINITIONS)
    assert set(DEFINITIONS) <= set(DTYPES)
    assert set(LABELS) == set(DTYPES) | set(COLUMNS)
    for said in (*DEFINITIONS.values(), *LABELS.values(), *PHRASES.values()):
        assert said.en and said.zh
    assert all(re.search("[一-鿿]", said.zh) for said in DEFINITIONS.values())


def test_every_word_of_the_axes_is_named():
    axes = {"status": OrderStatus, "hold": Hold, "kind": RefundKind, "case_status": AftersaleStatus}
    assert {name: set(VALUES[name]) for name in axes} == {name: set(words) for name, words in axes.items()}
    assert set(PROVINCE_NAMES) == {province_key(name) for name in PROVINCES.values()}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_is_whole_and_asks_for_nothing(language, tmp_path):
    found = everything()
    write_html(found, tmp_path / "report.html", language, drawn=True)
    here = {column.name for _, table in found.named for column in table.columns}
    page = (tmp_path / "report.html").read_text("utf-8")
    read = Reader(page)
    assert {"svg", "table", "style", "dl"} <= read.seen
    assert not read.seen & {"script", "link", "img", "iframe", "object", "base", "form", "image", "use"}
    assert "://" not in page.replace("http://www.w3.org/2000/svg", "")
    assert not {"src", "href", "xlink:href", "onload"} & {name for name, _ in read.attributes}
    assert "url(" not in page and "@import" not in page
    shown = " ".join(read.text)
    assert all(
        (said.zh if language == "zh" else said.en) in shown for name, said in DEFINITIONS.items() if name in here
    )


def test_the_same_report_gives_the_same_page():
    assert render_html(everything(), drawn=True) == render_html(everything(), drawn=True)


def test_currencies_have_their_own_chart_and_table():
    page = render_html(everything(), drawn=True)
    assert page.index("<h3>CNY</h3>") < page.index("<h3>USD</h3>")
    assert "55.00" in page and "9.99" in page  # 24 + 24 + 7 CNY and 9.99 USD stay apart
    assert not any("64.99" in text for text in Reader(page).text)
    first_of_each = [part.split("<h3>USD</h3>")[0] for part in page.split("<h3>CNY</h3>")[1:]]
    assert first_of_each and not any(
        re.search(r"\b9\.99|Amazon", part.split("</section>")[0]) for part in first_of_each
    )


def test_text_is_escaped_everywhere():
    evil = "<script>x('&\"</script>"
    lines = tuple(LineItem(line_id=s, sku=s, quantity=1, total=D("2.00")) for s in (evil, "\x00\x1b\u202e!"))
    levels = [Level(evil, evil, 1, 0), Level("\ud800", "b", 9, 1)]
    found = build_report([order(shop_id=evil, lines=lines), order(2, shop_id="b")], levels, AT)
    for page in (render_html(found, drawn=True), found._repr_html_()):
        assert "<script" not in page
        assert not set(page) & {"\x00", "\x1b", "\u202e", "\ud800"}
        Reader(page)
        page.encode("utf-8")


def test_nothing_of_a_person_gets_out():
    told = {name: f"{MARK}-{name}" for name in ("name", "phone")}
    where = {name: f"{MARK}-{name}" for name in Address.model_fields if name not in {"country", "division_code"}}
    planted = order(
        raw_status=f"{MARK} raw", buyer_note=MARK, seller_note=MARK, seller_flag=MARK, labels=(MARK,),
        status=OrderStatus.UNKNOWN, payment_status=PaymentStatus.PAID, extra=Extra({MARK: MARK}), raw=MARK.encode(),
        recipient=Recipient(**told, address=Address(**where)),
        buyer=Buyer(buyer_id=MARK, nickname=MARK, email=f"{MARK}@example.com"), invoice=Invoice(title=MARK, tax_no=MARK),
        shipments=(Shipment(waybill_no=MARK, carrier_name=MARK),), order_id=MARK,
        lines=(LineItem(line_id=MARK, title=MARK, variant=MARK, quantity=1, raw_status=f"{MARK} 1"),),
    )  # fmt: skip
    shown = planted.model_copy(update={"status": OrderStatus.SHIPPED, "order_id": f"{MARK}2"})
    case = Refund(
        platform="taobao", shop_id="s", refund_id=MARK, order_id=MARK, status=AftersaleStatus.UNKNOWN, raw_status=MARK,
        currency="CNY", reason=MARK, return_waybill_no=MARK,
    )  # fmt: skip
    found = build_report([planted, shown], (), AT, refunds=[case])
    pages = [render_html(found, language, drawn=True) for language in ("en", "zh")]
    for text in (*pages, found._repr_html_(), json.dumps(found.to_dict(), ensure_ascii=False), repr(found)):
        assert MARK not in text


def test_the_charts_extra_may_be_missing(monkeypatch):
    monkeypatch.setattr(charts, "find_spec", lambda name: None)
    page = render_html(everything())
    assert "<svg" not in page and "orderhub[report]" in page
    assert "orderhub[report]" not in render_html(everything(), drawn=False)

    def refuse(name):
        raise ImportError(name)

    monkeypatch.setattr(charts, "import_module", refuse)
    with pytest.raises(ConfigurationError, match=r"orderhub\[report\]"):
        render_html(everything(), drawn=True)


def test_figures_alone_need_no_chart_package():
    code = "import sys, orderhub.analytics; sys.exit('pygal' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_drawing_leaves_no_import_hook_behind_and_connectors_can_still_be_found():
    code = (
        "import sys; from decimal import Decimal as D; from orderhub.analytics.charts import Bar, bars; "
        "from orderhub.plugins import names; bars('t', [Bar('a', (D(1),), '1')]); "
        "sys.exit(not names() or any(not hasattr(finder, 'find_spec') for finder in sys.meta_path))"
    )
    assert subprocess.run([sys.executable, "-W", "error", "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("values", [(), ("0",), ("-1", "2"), ("1E+30", "1")])
def test_what_cannot_be_drawn_is_left_to_the_table(values):
    given = [charts.Bar(str(place), (D(value),), value) for place, value in enumerate(values)]
    assert charts.bars("t", given) is None
    assert charts.columns("t", given, str) is None


def test_wrong_arguments_teach():
    with pytest.raises(ValueError, match="aware"):
        build_report((), (), AT.replace(tzinfo=None))
    with pytest.raises(ValueError, match="en, zh"):
        render_html(report(), "fr")
    with pytest.raises(KeyError):
        report().records("nothing")


def test_amounts_are_said_in_full():
    orders = [order(1, total=D("1234567.895")), order(2, total=D("1200"), currency="JPY")]
    page = render_html(build_report(orders, (), AT), drawn=False)
    assert "1,234,567.895" in page
    assert "1,200<" in page
