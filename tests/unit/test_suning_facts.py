"""The connector's tables against facts typed from docs/platforms/suning.md, in both directions."""

from __future__ import annotations

import json
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from orderhub import errors
from orderhub.connectors.suning import CONNECTOR, coupons, express, meaning, spec, tables, wire
from orderhub.connectors.suning.aftersale import REFUND, REFUND_CODES
from orderhub.connectors.suning.push import push_sign
from orderhub.connectors.suning.reading import LISTS
from orderhub.flow.message import Reply
from orderhub.kit.spec import ShopConfig
from orderhub.kit.table import Table
from orderhub.models import Credentials

FACTS: dict[str, Any] = tomllib.loads((Path(__file__).parents[1] / "facts" / "suning.toml").read_text(encoding="utf-8"))
SPEC = CONNECTOR.spec
CONFIG = ShopConfig.of(SPEC, "s")

KINDS: dict[str, tuple[type[errors.PlatformError], bool]] = {
    "token": (errors.TokenExpired, False),
    "permission": (errors.PermissionDenied, False),
    "config": (errors.AuthError, False),
    "signature": (errors.SignatureRejected, False),
    "clock": (errors.ClockSkewed, False),
    "empty": (errors.NotFound, False),
    "not_found": (errors.NotFound, False),
    "conflict": (errors.Conflict, False),
    "unavailable": (errors.PlatformUnavailable, True),
    "permanent": (errors.RequestRejected, False),
}


def words(table: Any) -> dict[str, str]:
    return {raw: str(word) for raw, word in table.words.items()}


def test_order_statuses_are_all_known_and_mean_what_the_page_says() -> None:
    assert words(spec.STATUS) == {raw: row["word"] for raw, row in FACTS["order_status"].items()}
    assert {raw: [str(hold)] for raw, hold in spec.STATUS_HOLDS.items()} == {
        raw: row["holds"] for raw, row in FACTS["order_status"].items() if row["holds"]
    }


def test_words_of_lines_and_cases() -> None:
    assert words(spec.LINE_STATUS) == FACTS["line_status"]
    assert words(spec.RETURN_FLAG) == FACTS["return_flag"]
    assert words(spec.SHIPPED_BY) == FACTS["shipped_by"]
    assert words(spec.REFUND_WORDS) == FACTS["refund_status"]
    assert words(spec.REFUND_STAGE) == FACTS["refund_stage"]
    assert dict(spec.RESERVE) == FACTS["reserve"]
    assert set(spec.RETURN_WITH_GOODS) <= set(FACTS["refund_status"])
    assert tuple(sorted(raw for raw in FACTS["refund_status"] if raw[0] == "C")) == REFUND_CODES


def test_codes_that_carry_no_status() -> None:
    assert dict(meaning.ACTIVITIES) == FACTS["activity"]
    assert {raw for raw, label in FACTS["activity"].items() if label == "presale"} == meaning.PRESALES
    assert dict(meaning.ABROAD) == FACTS["overseas"]
    assert {raw: kind or "" for raw, kind in meaning.INVOICES.items()} == FACTS["invoice"]
    assert {code: ours or "" for code, (_, ours) in express.EXPRESS.items()} == FACTS["express"]


def test_means_of_payment_and_who_bears_a_coupon() -> None:
    kinds = {code: "reduction" if code in coupons.REDUCTIONS else "money" for code in coupons.MEANS}
    assert kinds == FACTS["means"]
    assert {code: str(coupon.funded_by) for code, coupon in coupons.COUPONS.items()} == FACTS["coupons"]


def the_error(code: str) -> errors.PlatformError:
    """What the connector raises for an error as it comes over the wire."""
    body = {"sn_responseContent": {"sn_head": {}, "sn_error": {"error_code": code, "error_msg": "text"}}}
    with pytest.raises(errors.PlatformError) as caught:
        wire.open_envelope(Reply(200, {"content-type": "application/json"}, json.dumps(body).encode()), CONFIG)
    return caught.value


@pytest.mark.parametrize(("code", "kind"), (FACTS["errors"] | FACTS["error_families"]).items())
def test_every_error_code_behaves_as_the_page_says(code: str, kind: str) -> None:
    error, (wanted, retryable) = the_error(code), KINDS[kind]
    assert (error.code, error.sub_code, error.platform, error.message) == (code, None, "suning", "text")
    assert isinstance(error, wanted)
    assert error.retryable is retryable
    assert isinstance(error, errors.TokenExpired) == (kind == "token")


def test_no_code_is_in_the_table_that_the_page_does_not_list() -> None:
    assert set(spec.ERRORS.exact) == set(FACTS["errors"])
    assert {code for code, kind in FACTS["errors"].items() if kind == "empty"} == {spec.NO_RESULT}


def test_limits_and_spans() -> None:
    facts = FACTS["limits"]
    for verb in ("list_orders", "list_refunds"):
        limits = SPEC.limits[verb]
        assert limits.page_size_max == facts["page_size_max"]
        assert limits.window_max == timedelta(days=1)
        assert limits.history == timedelta(days=facts["history_days"])
        assert limits.rate_per_s == facts["rate_per_s"]
        assert limits.settle_delay > timedelta(0) < limits.overlap
    assert facts["page_size_min"] == spec.PAGE_SIZE_MIN
    assert {name: found.span.days for name, found in LISTS.items()} == FACTS["spans"]
    assert {f"suning.custom.{name}": found.business for name, found in LISTS.items()}.items() <= FACTS[
        "business"
    ].items()


def test_addresses() -> None:
    facts = FACTS["addresses"]
    assert (SPEC.base_url, SPEC.token_url, SPEC.authorize_url) == (facts["gateway"], facts["token"], facts["authorize"])
    assert sorted(SPEC.hosts) == sorted(facts["hosts"])


def read_by(table: Table) -> set[str]:
    return {path.split(".")[0] for path in table.used}


@pytest.mark.parametrize(("table", "name"), [(tables.ORDER, "order"), (tables.LINE, "line")], ids=str)
def test_every_field_that_matters_is_mapped_and_nothing_else_is(table: Table, name: str) -> None:
    assert read_by(table) == set(FACTS["fields"][name])


def test_every_field_of_a_case_is_mapped() -> None:
    assert read_by(REFUND) == set(FACTS["fields"]["refund"])


SIGNATURE = FACTS["signature"]


@pytest.mark.parametrize("vector", SIGNATURE["vectors"], ids=lambda vector: vector["method"])
def test_signature_vectors(vector: dict[str, Any]) -> None:
    at = datetime.fromisoformat(vector["time"] + "+08:00").astimezone(UTC)
    app = Credentials(SIGNATURE["key"], SIGNATURE["secret"])
    sent = wire.request(CONFIG, vector["method"], vector["business"], vector["parameters"], app, at)
    assert sent.headers["signInfo"] == vector["sign"]
    assert sent.headers["AppRequestTime"] == vector["time"]
    assert sent.headers["VersionNo"] == SIGNATURE["version"]


def test_the_signature_of_the_message_channel() -> None:
    push = SIGNATURE["push"]
    assert push_sign(SIGNATURE["key"], SIGNATURE["secret"], push["time_ms"]) == push["sign"]


def test_published_vectors_come_out() -> None:
    assert len(CONNECTOR.vectors) == len(SIGNATURE["vectors"]) + 1
    assert all(vector.sign() == vector.expected for vector in CONNECTOR.vectors)
