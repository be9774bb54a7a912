"""The connector's tables against facts typed from docs/platforms/pinduoduo.md, in both directions."""

from __future__ import annotations

import json
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from orderhub import errors
from orderhub.connectors.pinduoduo import CONNECTOR, messages, spec, tables, wire
from orderhub.connectors.pinduoduo.aftersale import DETAIL, REFUND
from orderhub.connectors.pinduoduo.meaning import STEPS
from orderhub.flow.message import Reply
from orderhub.kit.spec import ShopConfig
from orderhub.kit.table import Table
from orderhub.models import Credentials, Token

FACTS: dict[str, Any] = tomllib.loads((Path(__file__).parents[1] / "facts" / "pinduoduo.toml").read_text("utf-8"))
SPEC = CONNECTOR.spec

KINDS: dict[str, tuple[type[errors.PlatformError], bool]] = {
    "rate_limited": (errors.RateLimited, True),
    "unavailable": (errors.PlatformUnavailable, True),
    "permission": (errors.PermissionDenied, False),
    "signature": (errors.SignatureRejected, False),
    "session": (errors.TokenExpired, False),
    "reauthorise": (errors.AuthError, False),
    "config": (errors.AuthError, False),
    "permanent": (errors.RequestRejected, False),
    "business": (errors.RequestRejected, False),
}


def words(table: Any) -> dict[str, str]:
    return {raw: str(word) for raw, word in table.words.items()}


def test_statuses_are_all_known_and_mean_what_the_page_says() -> None:
    assert words(spec.STATUS) == FACTS["order_status"]
    assert words(spec.REFUND_STATUS) == FACTS["refund_status"]
    assert words(spec.AFTERSALE) == FACTS["after_sales_status"]
    assert not set(FACTS["order_status_not_in_orders"]["values"]) & set(spec.STATUS.words)
    assert {raw: str(who) for raw, who in spec.DEPOT.items()} == FACTS["depot_type"]


def test_groups_of_after_sales_words() -> None:
    groups = FACTS["after_sales_groups"]
    assert set(spec.AFTERSALE_OPEN) == set(groups["open"])
    assert set(groups["needs_seller"]) <= set(spec.AFTERSALE_OPEN)
    assert set(groups["open"]) | set(groups["success"]) | set(groups["closed"]) == set(spec.AFTERSALE.words)
    over = set(groups["success"] + groups["closed"])
    assert {words(spec.AFTERSALE)[raw] for raw in over} == {"none", "closed", "refunded"}


def test_kinds_of_cases_are_shifted_between_list_and_detail() -> None:
    assert words(spec.LIST_KIND) == FACTS["after_sales_type_in_list"]
    assert words(spec.DETAIL_KIND) == FACTS["after_sales_type_in_detail"]
    assert {str(int(raw) + 1): word for raw, word in words(spec.DETAIL_KIND).items()} == words(spec.LIST_KIND)


def test_flags_and_what_they_hold() -> None:
    assert {name: set(values) for name, values in spec.FLAGS.items()} == {
        name: set(values) for name, values in FACTS["flags"].items()
    }
    assert {pair: str(hold) for pair, hold in spec.FLAG_HOLDS.items()} == {
        (name, value): hold for name, values in FACTS["flags"].items() for value, hold in values.items() if hold
    }
    assert set(FACTS["steps"]) == STEPS
    assert {str(tag): name for tag, name in spec.TAG_NAMES.items()} == FACTS["tags"]


def config(**settings: Any) -> ShopConfig:
    app = Credentials(FACTS["signature"]["client_id"], FACTS["signature"]["secret"])
    return ShopConfig.of(SPEC, "s", app=app, settings=settings)


def refused(code: int, sub_msg: str = "", **more: Any) -> errors.OrderHubError:
    """What the connector raises for an error reply as it comes over the wire."""
    inside = {"error_msg": "text", "sub_msg": sub_msg, "sub_code": None, "error_code": code, "request_id": "r-1"} | more
    reply = Reply(200, {"content-type": "application/json"}, json.dumps({"error_response": inside}).encode())
    with pytest.raises(errors.OrderHubError) as caught:
        wire.open_envelope(config(), "pdd.time.get", reply)
    return caught.value


@pytest.mark.parametrize(("code", "kind"), FACTS["errors"].items())
def test_every_error_code_behaves_as_the_page_says(code: str, kind: str) -> None:
    error = refused(int(code))
    wanted, retryable = KINDS[kind]
    assert isinstance(error, wanted)
    assert (error.code, error.request_id, error.platform) == (code, "r-1", "pinduoduo")
    assert error.retryable is retryable
    assert isinstance(error, errors.TokenExpired) == (kind == "session")
    assert isinstance(error, errors.AuthError) == (
        kind in ("session", "reauthorise", "config", "signature", "permission")
    )


def test_the_error_table_is_the_page() -> None:
    assert set(spec.ERRORS.exact) == set(FACTS["errors"])
    assert type(refused(99999)) is errors.PlatformError


def test_sub_codes_may_be_missing_numbers_or_texts() -> None:
    assert [refused(50001, sub_code=value).sub_code for value in (None, "", 7, "7")] == [None, None, "7", "7"]


def test_a_business_refusal_is_told_apart_by_its_text() -> None:
    assert isinstance(refused(50001, "订单不存在"), errors.NotFound)
    assert not isinstance(refused(10001, "订单不存在"), errors.NotFound)
    assert refused(70031).retry_after_s == 10
    assert refused(70033).retry_after_s == 600
    assert refused(52101).retry_after_s is None


def test_a_refused_timestamp_is_a_skewed_clock() -> None:
    assert isinstance(refused(10001, error_msg="公共参数错误:timestamp"), errors.ClockSkewed)
    assert not isinstance(refused(10001, error_msg="公共参数错误:type"), errors.ClockSkewed)


def test_envelopes_and_flags() -> None:
    assert {api: key or "" for api, key in spec.REPLY_KEYS.items()} == FACTS["envelopes"]
    assert dict(spec.SUCCESS_FLAGS) == FACTS["success_flags"]


def test_limits_and_addresses() -> None:
    facts, limits = FACTS["limits"], SPEC.limits
    for verb in ("list_orders", "list_refunds"):
        assert limits[verb].page_size_max == facts["page_size_max"]
        assert limits[verb].window_max == timedelta(minutes=facts["increment_window_minutes"])
        assert limits[verb].history == timedelta(days=facts["history_days"])
        assert limits[verb].settle_delay == timedelta(minutes=facts["settle_delay_minutes"])
        assert limits[verb].overlap > timedelta(0)
    assert limits["decrypt"].batch_max == facts["receivers_per_decrypt"]
    told = FACTS["addresses"]
    assert (SPEC.base_url, SPEC.token_url) == (told["gateway"], told["legacy_token"])
    assert config().settings["message_url"] == told["messages"]
    assert {name: address for name, (address, _) in spec.AUTHORIZE.items()} == told["authorize"]


def read_by(table: Table) -> set[str]:
    return {choice.split(".")[0] for path in table.used for choice in path.split("|")}


@pytest.mark.parametrize(
    ("table", "name"),
    [(tables.ORDER, "order"), (tables.LINE, "item"), (tables.GIFT, "gift"), (REFUND, "refund"),
     (tables.LISTING, "listing")],
    ids=str,
)  # fmt: skip
def test_every_field_that_matters_is_mapped_and_nothing_undocumented_is(table: Table, name: str) -> None:
    assert read_by(table) == set(FACTS["fields"][name]["must_map"])
    assert not read_by(table) & set(FACTS["fields"][name].get("also_documented", ()))


def test_the_detail_of_a_case_adds_its_deadline() -> None:
    more = {"after_sales_id", "recreated_at", "expire_time"}
    assert read_by(DETAIL) == set(FACTS["fields"]["refund"]["must_map"]) | more


SIGNATURE = FACTS["signature"]


@pytest.mark.parametrize("body", ["form", "json"])
@pytest.mark.parametrize("vector", SIGNATURE["vectors"], ids=lambda vector: vector["id"])
def test_signature_vectors_as_they_are_sent(vector: dict[str, Any], body: str) -> None:
    credentials = Credentials(SIGNATURE["client_id"], SIGNATURE["secret"], Token(SIGNATURE["access_token"]))
    at = datetime.fromtimestamp(SIGNATURE["timestamp"], UTC)
    sent = wire.request(config(body=body), vector["type"], vector["further"], credentials, at)
    parameters: dict[str, str] = (
        json.loads(sent.body) if body == "json"
        else {name: value for name, (value,) in parse_qs(sent.body.decode(), strict_parsing=True).items()}
    )  # fmt: skip
    assert parameters["sign"] == vector["sign"]
    assert wire.sign(parameters, SIGNATURE["secret"]) == vector["sign"]
    assert all(isinstance(value, str) for value in parameters.values())
    assert "?" not in sent.url


def test_the_published_signature_example() -> None:
    published = SIGNATURE["published"]
    assert wire.sign(published["parameters"], published["secret"]) == published["sign"]
    assert [vector.sign() for vector in CONNECTOR.vectors] == [vector.expected for vector in CONNECTOR.vectors]


def test_the_digest_of_the_message_socket() -> None:
    told = FACTS["messages"]
    assert messages.digest(told["client_id"], told["secret"], told["millis"]) == told["digest"]
