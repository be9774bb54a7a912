"""The connector's tables against facts typed from docs/platforms/shopify.md, in both directions."""

from __future__ import annotations

import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from shopify_script import order

import orderhub
from orderhub import errors
from orderhub.connectors.shopify import CONNECTOR, spec, tables, wire
from orderhub.connectors.shopify.sheet import webhook_sign
from orderhub.kit.table import Table

FACTS: dict[str, Any] = tomllib.loads((Path(__file__).parents[1] / "facts" / "shopify.toml").read_text("utf-8"))
SPEC = CONNECTOR.spec


def words(table: Any) -> dict[str, str]:
    return {raw: str(word) for raw, word in table.words.items()}


def test_words_of_money_returns_and_holds() -> None:
    assert words(spec.FINANCIAL) == FACTS["financial"]
    assert words(spec.HOLD_REASONS) == FACTS["hold_reasons"]
    assert words(spec.RETURN) == FACTS["returns"]
    assert set(spec.FULFILMENT.words) == set(FACTS["fulfilment"])


@pytest.mark.parametrize("name", FACTS["words"])
def test_every_other_enumeration_is_complete(name: str) -> None:
    assert set(SPEC.words[name].words) == set(FACTS["words"][name])


def read(**change: Any) -> Any:
    found = orderhub.normalize("shopify", order(**change))
    (only,) = found.orders
    return only


@pytest.mark.parametrize(("raw", "meaning"), FACTS["fulfilment"].items())
def test_fulfilment_words_mean_what_the_page_says(raw: str, meaning: dict[str, Any]) -> None:
    found = read(displayFulfillmentStatus=raw)
    assert str(found.status) == meaning["word"]
    assert sorted(map(str, found.holds)) == meaning["holds"]
    assert found.raw_status == f"PAID/{raw}"


@pytest.mark.parametrize(("raw", "meaning"), FACTS["unfulfilled"].items())
def test_payment_words_mean_what_the_page_says(raw: str, meaning: str) -> None:
    found = read(displayFinancialStatus=raw)
    assert (str(found.status), str(found.payment_status)) == (meaning, FACTS["financial"][raw])


@pytest.mark.parametrize(("code", "kind"), FACTS["errors"].items())
def test_error_codes(code: str, kind: str) -> None:
    wanted = {"limited": errors.RateLimited, "conflict": errors.Conflict}[kind]
    assert isinstance(wire.refusal({"code": code, "message": "text", "field": ["input", "quantities", "0"]}), wanted)
    assert set(spec.ERRORS.exact) == set(FACTS["errors"])


def test_limits() -> None:
    facts = FACTS["limits"]
    assert (facts["rows"], facts["batch"], facts["reach"]) == (spec.PAGE_MAX, spec.BATCH_MAX, spec.REACH)
    for verb in ("list_orders", "list_refunds"):
        assert SPEC.limits[verb].page_size_max == facts["rows"]
        assert SPEC.limits[verb].history == timedelta(days=facts["history_days"])
    assert dict(spec.BUCKETS) == {plan: facts[plan] for plan in ("standard", "advanced", "plus", "enterprise")}


def test_addresses_and_topics() -> None:
    facts = FACTS["addresses"]
    assert (SPEC.base_url, SPEC.token_url) == (facts["gateway"], facts["token"])
    assert {setting.name: setting.default for setting in SPEC.settings}["api_version"] == facts["version"]
    assert set(spec.TOPICS) == set(FACTS["topics"]["named"])


def read_by(table: Table) -> set[str]:
    return {path.split(".")[0] for path in [*table.used, *table.ignored]}


@pytest.mark.parametrize(("table", "name"), [(tables.ORDER, "order"), (tables.LINE, "line")], ids=str)
def test_every_field_that_matters_is_mapped_and_nothing_else_is(table: Table, name: str) -> None:
    assert read_by(table) - {"returns"} == set(FACTS["fields"][name])


def test_vectors() -> None:
    callback, webhook = FACTS["callback"], FACTS["webhook"]
    pairs = [tuple(part.split("=")) for part in callback["query"].split("&")]
    assert wire.callback_hmac(callback["secret"], wire.callback_text(pairs)) == callback["hmac"]  # type: ignore[arg-type]
    assert webhook_sign(webhook["secret"], webhook["body"].encode()) == webhook["sign"]
    assert all(vector.sign() == vector.expected for vector in CONNECTOR.vectors)


def test_what_is_escaped_in_a_callback() -> None:
    assert wire.callback_text([("b", "1&2"), ("a=c", "50%"), ("hmac", "x")]) == "a%3Dc=50%25&b=1%262"
