"""Shopify's proofs against vectors calculated elsewhere, the reader of GraphQL, filters, amounts; seeds that repeat."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from orderhub.sandbox import World
from orderhub.sandbox.platforms.shopify.execute import QueryError, plan
from orderhub.sandbox.platforms.shopify.graphql import Field, Syntax, parse
from orderhub.sandbox.platforms.shopify.search import order_filter
from orderhub.sandbox.platforms.shopify.wire import amount, bag, callback_hmac, cents, cursor, position, proof

START = datetime(2026, 6, 18, 4, 0, tzinfo=UTC)


def test_the_callback_vector() -> None:
    pairs = [
        ("code", "0907a61c0c8d55e99db179b68161bc00"),
        ("shop", "some-shop.myshopify.com"),
        ("timestamp", "1337178173"),
    ]
    expected = "4712bf92ffc2917d15a2f5a273e39f0116667419aa4b6ac0b3baaf26fa3c4d20"
    assert callback_hmac("hush", pairs) == expected
    assert callback_hmac("hush", [*pairs[::-1], ("hmac", "anything")]) == expected
    assert callback_hmac("hush", [("a=b", "c&d%")]) != callback_hmac("hush", [("a", "b=c&d%")])


def test_the_webhook_vector() -> None:
    assert proof("shpss_x", b'{"id":1}') == "QtDkIkY13DEn2wNorNow01Pg7Mhl+8SmcSyF6UFzlLg="


def test_amounts_are_hundredths() -> None:
    assert [amount(minor) for minor in (0, 5, 123456, -250)] == ["0.00", "0.05", "1234.56", "-2.50"]
    assert [cents(text) for text in ("0", "1.5", "1234.56", "-2.50", "3.100")] == [0, 150, 123456, -250, 310]
    for wrong in ("", "1.234", "a", "1,5", "--1"):
        with pytest.raises(ValueError, match=r".*"):
            cents(wrong)
    both = bag(1000, "USD", "CAD", (137, 100))
    assert (both["shopMoney"]["amount"], both["presentmentMoney"]) == (
        "10.00",
        {"amount": "13.70", "currencyCode": "CAD"},
    )
    assert position(cursor("a", 1, 2)) == ["a", 1, 2]
    with pytest.raises(ValueError, match="cursor"):
        position("nonsense")


def test_documents_of_every_shape_are_read() -> None:
    text = """
    # a comment
    query Q($n: Int! = 5, $on: Boolean) @tagged(by: "x") { a: orders(first: $n, query: \"\"\"status:any\"\"\") {
      nodes { ...F ... on Order @include(if: $on) { name } ... { id } } } }
    fragment F on Order { id }
    mutation M($i: [In!]!) { m(input: {rows: $i, deep: [1, -2.5, true, null, WORD]}) @idempotent(key: "k") { id } }
    """
    document = parse(text)
    assert [(one.kind, one.name) for one in document.operations] == [("query", "Q"), ("mutation", "M")]
    first = document.operations[0].selections[0]
    assert isinstance(first, Field) and (first.key, first.name, first.arguments["query"]) == (
        "a",
        "orders",
        "status:any",
    )
    second = document.operations[1].selections[0]
    assert isinstance(second, Field) and second.directives == {"idempotent": {"key": "k"}}
    assert second.arguments["input"]["deep"] == [1, -2.5, True, None, "WORD"]


@pytest.mark.parametrize("text", ["", "{", "{}", "query {a(}", "subscription { a }", "{ a ~ }", "{ a }}", "{" * 99])
def test_what_cannot_be_read_is_a_syntax_error(text: str) -> None:
    with pytest.raises(Syntax):
        parse(text)


def planned(text: str, **variables: Any) -> Any:
    return plan(parse(text), None, variables, first_max=250, mutation_cost=10)


@pytest.mark.parametrize(
    ("text", "cost"),
    [
        ("{ shop { name currencyCode } }", 1),
        ('{ order(id: "x") { id totalPriceSet { shopMoney { amount } } } }', 3),
        ("{ orders(first: 10) { nodes { id } } }", 11),
        ("{ orders(first: 10) { edges { cursor node { id totalPriceSet { shopMoney { amount } } } } } }", 31),
        ("{ orders(first: 2) { nodes { lineItems(first: 5) { nodes { id } } } pageInfo { hasNextPage } } }", 15),
        ("mutation { fulfillmentCancel(id: 1) { userErrors { message } } }", 11),
    ],
)
def test_cost_scalars_nothing_objects_one_connections_by_size(text: str, cost: int) -> None:
    assert planned(text).cost == cost


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{ nothing }", "undefinedField"),
        ("{ shop { secret } }", "undefinedField"),
        ("{ shop }", "selectionMismatch"),
        ("{ shop { name { x } } }", "selectionMismatch"),
        ("{ shop(a: 1) { name } }", "argumentNotAccepted"),
        ("{ orders { nodes { id } } }", "BAD_REQUEST"),
        ("{ orders(first: 251) { nodes { id } } }", "BAD_REQUEST"),
        ("{ orders(first: $n) { nodes { id } } }", "variableNotDefined"),
        ("query($n: Int!) { orders(first: $n) { nodes { id } } }", "INVALID_VARIABLE"),
        ("{ shop { ...Missing } }", "useAndDefineFragment"),
    ],
)
def test_documents_are_checked_before_they_run(text: str, code: str) -> None:
    with pytest.raises(QueryError) as caught:
        planned(text)
    assert caught.value.code == code


ROW = {"updatedAt": "2026-06-18T04:00:00Z", "createdAt": "2026-06-18T04:00:00Z", "closed": False, "cancelledAt": None,
       "displayFinancialStatus": "PAID", "displayFulfillmentStatus": "UNFULFILLED", "name": "#1001", "tags": ["vip"],
       "legacyResourceId": "7", "test": False, "returnStatus": "NO_RETURN", "email": "a@example.com"}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "keeps"),
    [
        ("", True),
        ("updated_at:>='2026-06-18T04:00:00Z' status:any", True),
        ("updated_at:>'2026-06-18T04:00:00Z'", False),
        ("updated_at:>'2026-06-18T03:59:59Z' AND updated_at:<'2026-06-18T04:00:01Z'", True),
        ("updated_at:<2026-06-18T04:00:00Z", False),
        ("updated_at:<='2026-06-18T12:00:00+08:00'", True),
        ("updated_at:>='2026-06-18T04:00:00.500Z'", False),
        ("updated_at:<='2026-06-18T04:00:00.500Z'", True),
        ("created_at:>=2026-06-18", True),
        ("financial_status:paid fulfillment_status:unfulfilled status:open", True),
        ("financial_status:pending", False),
        ("fulfillment_status:shipped", False),
        ("status:closed", False),
        ("status:cancelled", False),
        ("name:1001 tag:vip id:7", True),
        ("name:'#1002'", False),
    ],
)
def test_filters(text: str, keeps: bool) -> None:
    assert order_filter(text, "any").keeps(ROW) is keeps


@pytest.mark.parametrize("text", ["hello", "colour:red", "updated_at:>=yesterday", "status:lost", "name:>1"])
def test_filters_that_are_not_known_are_refused(text: str) -> None:
    with pytest.raises(QueryError):
        order_filter(text, "any")


def seeded(seed: int) -> Any:
    world = World(seed=seed, platforms=["shopify"], carriers=[], orders=25, awkward=True, start=START, tick=lambda: 0.0)
    return [world.control("GET", f"/_sandbox/shopify/orders/{row['order_id']}")[1] for row in
            world.control("GET", "/_sandbox/shopify/orders")[1]]  # fmt: skip


def test_one_seed_one_world() -> None:
    first = seeded(3)
    assert first == seeded(3)
    assert first != seeded(4)


def minor(order: dict[str, Any], name: str) -> int:
    return cents(order[name]["shopMoney"]["amount"])


def test_sums_of_every_seeded_order() -> None:
    currencies = set()
    for order in seeded(5):
        lines = order["lineItems"]
        gross = sum(minor(line, "originalTotalSet") for line in lines)
        off = sum(
            cents(one["allocatedAmountSet"]["shopMoney"]["amount"])
            for line in lines
            for one in line["discountAllocations"]
        )
        tax = sum(cents(one["priceSet"]["shopMoney"]["amount"]) for line in lines for one in line["taxLines"])
        assert (
            minor(order, "subtotalPriceSet") == gross - off == sum(minor(line, "discountedTotalSet") for line in lines)
        )
        assert minor(order, "totalDiscountsSet") == off and minor(order, "totalTaxSet") == tax
        on_top = 0 if order["taxesIncluded"] else tax
        freight = minor(order, "totalShippingPriceSet")
        assert minor(order, "totalPriceSet") == gross - off + freight + on_top
        assert minor(order, "totalRefundedSet") == sum(minor(one, "totalRefundedSet") for one in order["refunds"])
        assert minor(order, "netPaymentSet") >= 0
        sent = {line["id"]: 0 for line in lines}
        for parcel in order["fulfillments"]:
            for row in parcel["fulfillmentLineItems"] if parcel["status"] == "SUCCESS" else ():
                sent[row["lineItem"]["id"]] += row["quantity"]
        for line in lines:
            assert 0 <= line["unfulfilledQuantity"] + sent[line["id"]] <= line["quantity"]
        currencies.add(order["currencyCode"])
    assert currencies == {"USD", "EUR"}
