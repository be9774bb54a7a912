"""The connector's tables against facts typed from docs/platforms/taobao.md, in both directions."""

from __future__ import annotations

import json
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from orderhub import errors
from orderhub.connectors.taobao import CONNECTOR, spec, tables, wire
from orderhub.connectors.taobao.aftersale import REFUND
from orderhub.flow.message import Reply
from orderhub.kit.table import Ignored, Table

FACTS: dict[str, Any] = tomllib.loads((Path(__file__).parents[1] / "facts" / "taobao.toml").read_text(encoding="utf-8"))
SPEC = CONNECTOR.spec

KINDS: dict[str, tuple[type[errors.PlatformError], bool]] = {
    "rate_limited": (errors.RateLimited, True),
    "unavailable": (errors.PlatformUnavailable, True),
    "permission": (errors.PermissionDenied, False),
    "signature": (errors.SignatureRejected, False),
    "session": (errors.AuthError, False),
    "config": (errors.AuthError, False),
    "clock": (errors.ClockSkewed, False),
    "permanent": (errors.PlatformError, False),
    "not_found": (errors.NotFound, False),
}


def words(table: Any) -> dict[str, str]:
    return {raw: str(word) for raw, word in table.words.items()}


def test_trade_statuses_are_all_known_and_mean_what_the_page_says() -> None:
    assert words(spec.STATUS) == {raw: row["word"] for raw, row in FACTS["status"].items()}
    assert {raw: [str(hold)] for raw, hold in spec.STATUS_HOLDS.items()} == {
        raw: row["holds"] for raw, row in FACTS["status"].items() if row["holds"]
    }


def test_values_that_only_queries_know_are_no_statuses() -> None:
    assert not set(FACTS["status_query_only"]["values"]) & set(spec.STATUS.words)


def test_presale_stages() -> None:
    assert {raw: sorted(map(str, holds)) for raw, holds in spec.STEP.items()} == {
        raw: row["holds"] for raw, row in FACTS["step_status"].items()
    }


def test_refund_words_and_kinds() -> None:
    assert words(spec.LINE_REFUND) == words(spec.REFUND_WORDS) == FACTS["refund_status"]
    assert words(spec.REFUND_KIND) == FACTS["dispute_type"]


def test_hold_flags_and_trade_types() -> None:
    assert sorted(spec.HOLD_FLAGS) == sorted(FACTS["hold_flags"]["names"])
    types = FACTS["trade_types"]
    assert sorted(spec.ORDER_TYPES) == sorted(types["default"] + types["others"])


def the_error(code: str, sub_code: str | None = None, sub_msg: str | None = None) -> errors.OrderHubError:
    """What the connector raises for an error reply as it comes over the wire."""
    inside = {"code": int(code), "msg": "text", "sub_code": sub_code, "sub_msg": sub_msg, "request_id": "r-1"}
    body = json.dumps({"error_response": {name: value for name, value in inside.items() if value is not None}})
    reply = Reply(200, {"content-type": "application/json"}, body.encode())
    with pytest.raises(errors.OrderHubError) as caught:
        wire.open_envelope("taobao.trade.fullinfo.get", reply)
    return caught.value


@pytest.mark.parametrize(("code", "kind"), FACTS["errors"].items())
def test_every_error_code_behaves_as_the_page_says(code: str, kind: str) -> None:
    error = the_error(code)
    assert (error.code, error.request_id, error.platform) == (code, "r-1", "taobao")
    if kind == "by_sub_code":
        assert the_error(code, "isp.service-error").retryable
        assert not the_error(code, "isv.anything").retryable
        assert type(error) is errors.PlatformError
        return
    wanted, retryable = KINDS[kind]
    assert isinstance(error, wanted)
    assert error.retryable is retryable
    assert isinstance(error, errors.TokenExpired) <= (kind == "session")


def test_no_code_is_in_the_table_that_the_page_does_not_list() -> None:
    assert set(spec.ERRORS.exact) <= set(FACTS["errors"])
    by_sub_code = {code for code, kind in FACTS["errors"].items() if kind == "by_sub_code"}
    assert set(FACTS["errors"]) - set(spec.ERRORS.exact) == by_sub_code


@pytest.mark.parametrize("code", ["15", "50"])
@pytest.mark.parametrize(("sub_code", "kind"), FACTS["sub_codes"].items())
def test_every_sub_code_behaves_as_the_page_says(code: str, sub_code: str, kind: str) -> None:
    error, (wanted, retryable) = the_error(code, sub_code), KINDS[kind]
    assert isinstance(error, wanted)
    assert error.retryable is retryable
    assert error.sub_code == sub_code


@pytest.mark.parametrize(("words_of_ban", "seconds"), FACTS["bans"].items())
def test_the_length_of_a_ban_is_read_from_its_text(words_of_ban: str, seconds: float) -> None:
    error = the_error("7", "accesscontrol.limited-by-api-access-count", words_of_ban)
    assert isinstance(error, errors.RateLimited)
    assert error.retry_after_s == seconds


@pytest.mark.parametrize("prefix", FACTS["shipping_sub_codes"]["prefixes"])
def test_shipping_sub_codes(prefix: str) -> None:
    facts = FACTS["shipping_sub_codes"]
    for code in facts["reread"]:
        assert isinstance(the_error("15", f"{prefix}:{code}"), errors.Conflict), code
    for code in facts["permanent"]:
        assert not the_error("15", f"{prefix}:{code}").retryable, code
    for code in facts["transient"]:
        assert the_error("15", f"{prefix}:{code}").retryable, code
    told = {sub.partition(":")[2] for sub in spec.ERRORS.sub_exact if sub.startswith(f"{prefix}:")}
    assert told == set(facts["reread"] + facts["permanent"] + facts["transient"])


def test_limits() -> None:
    facts, limits = FACTS["limits"], SPEC.limits
    orders = limits["list_orders"]
    assert orders.page_size_max == limits["list_refunds"].page_size_max == facts["page_size_max"]
    assert orders.window_max == timedelta(hours=facts["increment_window_hours"])
    assert orders.history == timedelta(days=facts["history_days"])
    assert limits["push_stock"].batch_max == facts["skus_per_stock_call"]
    assert limits["decrypt"].batch_max == facts["receivers_per_decrypt"]
    assert limits["merge_groups"].batch_max == facts["orders_per_merge"]
    assert limits["pull_messages"].batch_max == facts["messages_per_confirm"]


def test_what_is_asked_of_the_platform_is_documented_and_enough() -> None:
    asked, trade = set(tables.ORDER_FIELDS), FACTS["fields"]["trade"]
    assert set(FACTS["oaid"]["companions"]) | {"oaid"} <= asked
    assert not asked & set(trade["undocumented_parameters"] + trade["only_in_lists"])
    assert asked <= set(trade["must_map"] + trade["also_documented"])
    assert set(trade["must_map"]) <= asked


def read_by(table: Table) -> set[str]:
    """Wire fields that a table turns into something: all it names but those it leaves out on purpose."""
    left_out = {path for entry in table.entries if isinstance(entry, Ignored) for path in entry.paths}
    return {path.split(".")[0] for path in set(table.used) - left_out}


@pytest.mark.parametrize(
    ("table", "name"), [(tables.ORDER, "trade"), (tables.LINE, "order"), (REFUND, "refund")], ids=str
)
def test_every_field_that_matters_is_mapped_and_nothing_undocumented_is(table: Table, name: str) -> None:
    assert read_by(table) == set(FACTS["fields"][name]["must_map"])


SIGNATURE = FACTS["signature"]


@pytest.mark.parametrize("method", ["md5", "hmac", "hmac-sha256"])
@pytest.mark.parametrize("vector", SIGNATURE["vectors"], ids=lambda vector: vector["id"])
def test_signature_vectors(vector: dict[str, Any], method: str) -> None:
    parameters = SIGNATURE["common"] | vector["further"] | {"sign_method": method}
    assert wire.sign(parameters, SIGNATURE["secret"]) == vector[method]
    assert wire.sign(parameters | {"sign": "X", "empty": ""}, SIGNATURE["secret"]) == vector[method]


def test_the_published_signature_example() -> None:
    published = SIGNATURE["published"]
    assert wire.sign(published["parameters"], published["secret"]) == published["sign"]


def test_the_sign_methods_are_those_of_the_vectors() -> None:
    methods = set(SIGNATURE["vectors"][0]) - {"id", "further"}
    (setting,) = [setting for setting in SPEC.settings if setting.name == "sign_method"]
    assert set(setting.choices) == set(wire.SIGNERS) == methods
