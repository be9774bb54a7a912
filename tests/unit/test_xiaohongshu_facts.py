"""The connector's tables against facts typed from docs/platforms/xiaohongshu.md, in both directions."""

from __future__ import annotations

import json
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import orderhub
from orderhub import errors
from orderhub.connectors.xiaohongshu import CONNECTOR, aftersale, reading, spec, tables, wire
from orderhub.flow.message import Reply
from orderhub.kit.spec import ShopConfig
from orderhub.kit.table import Table
from orderhub.models import Credentials, Token
from orderhub.models.channel import Window

FACTS: dict[str, Any] = tomllib.loads(
    (Path(__file__).parents[1] / "facts" / "xiaohongshu.toml").read_text(encoding="utf-8")
)
SPEC = CONNECTOR.spec
CONFIG = ShopConfig.of(SPEC, "xhs-1")
AT = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
PAID = 1772330000000


def words(table: Any) -> dict[str, str]:
    return {raw: str(word) for raw, word in table.words.items()}


def native(status: str, **more: Any) -> dict[str, Any]:
    line = {"skuId": "a", "skuQuantity": 1, "totalPaidAmount": 100, "totalMerchantDiscount": 0, "totalRedDiscount": 0}
    return {"orderId": "P1", "orderStatus": status, "totalPayAmount": 100, "totalShippingFree": 0, "skuList": [line],
            **more}  # fmt: skip


def order_of(document: dict[str, Any], **settings: Any) -> Any:
    config = ShopConfig.of(SPEC, "xhs-1", settings=settings)
    (order,) = CONNECTOR.decode(document, config).items  # type: ignore[misc]
    return order


def test_every_status_is_known_and_means_what_the_page_says() -> None:
    assert words(spec.STATUS) == {raw: row["word"] for raw, row in FACTS["order_status"].items()}
    assert words(spec.CASE_STATUS) == FACTS["case_status"]
    assert words(spec.CASE_KIND) == FACTS["case_kind"]


@pytest.mark.parametrize(("raw", "row"), FACTS["order_status"].items())
def test_a_status_tells_word_holds_and_payment(raw: str, row: dict[str, Any]) -> None:
    for paid_at, payment in ((0, row["unpaid"]), (PAID, row["paid"])):
        order = order_of(native(raw, paidTime=paid_at))
        assert str(order.status) == row["word"]
        assert sorted(map(str, order.holds)) == row["holds"]
        assert str(order.payment_status) == payment
        assert order.is_shippable == (row["word"] in ("awaiting_shipment",))


def test_limits() -> None:
    facts = FACTS["limits"]
    assert (
        facts["page_size_max"], facts["pages_max"], facts["refund_rows_max"],
    ) == (spec.PAGE_SIZE_MAX, spec.PAGES_MAX, aftersale.ROWS_MAX)  # fmt: skip
    span = timedelta(hours=facts["created_hours"])
    assert {SPEC.limits[verb].window_max for verb in ("list_orders", "list_refunds")} == {span}
    assert SPEC.limits["list_orders"].page_size_max == facts["page_size_max"]
    assert reading.longest(Window(AT, AT, "created")) == span
    assert reading.longest(Window(AT, AT)) == timedelta(minutes=facts["changed_minutes"])


def test_addresses() -> None:
    facts = FACTS["addresses"]
    assert (SPEC.base_url, SPEC.token_url, SPEC.authorize_url) == (facts["gateway"], facts["gateway"], None)
    assert list(SPEC.hosts) == facts["hosts"]


@pytest.mark.parametrize(
    ("table", "name"), [(tables.ORDER, "order"), (tables.LINE, "line"), (tables.REFUND, "refund")], ids=str
)
def test_every_field_that_matters_is_mapped_and_nothing_else_is(table: Table, name: str) -> None:
    assert {path.split(".")[0] for path in table.used} == set(FACTS["fields"][name])


def test_other_documented_fields_are_kept_in_extra() -> None:
    more = dict.fromkeys(FACTS["fields"]["order_extra"], "kept")
    assert set(order_of(native("4", **more)).extra) == set(more)


def reply(document: Any, status: int = 200, **headers: str) -> Reply:
    return Reply(status, {"content-type": "application/json", **headers}, json.dumps(document).encode())


def the_error(code: Any, config: ShopConfig = CONFIG, **headers: str) -> errors.PlatformError:
    document = {"success": False, "error_code": code, "error_msg": "text", "data": None}
    with pytest.raises(errors.PlatformError) as caught:
        wire.open_envelope(reply(document, **headers), config, AT)
    return caught.value


@pytest.mark.parametrize(("setting", "codes"), FACTS["codes"].items())
def test_codes_are_settings_and_typed(setting: str, codes: list[str]) -> None:
    kind = getattr(errors, FACTS["kinds"][setting])
    assert list(CONFIG.settings[setting]) == codes
    for code in codes:
        for sent in (code, int(code)):
            error = the_error(sent)
            assert type(error) is kind and (error.code, error.message, error.platform) == (code, "text", "xiaohongshu")
    own = dict.fromkeys(FACTS["codes"], ()) | {setting: ("-77",)}
    assert type(the_error(-77, ShopConfig.of(SPEC, "1", settings=own))) is kind
    assert set(spec.CODES) == set(FACTS["codes"])


def test_any_other_code_shows_itself() -> None:
    for code in (1003, "4711", -1):
        error = the_error(code)
        assert type(error) is errors.PlatformError and error.code == str(code) and not error.retryable
    assert spec.ERRORS.exact == {} == spec.ERRORS.prefix


def test_a_refused_signature_while_clocks_are_apart_is_the_clocks() -> None:
    assert isinstance(the_error(1001, date="Sun, 01 Mar 2026 10:07:00 GMT"), errors.ClockSkewed)
    assert isinstance(the_error(1001, date="Sun, 01 Mar 2026 10:02:00 GMT"), errors.SignatureRejected)
    assert isinstance(the_error(1001, date="nonsense"), errors.SignatureRejected)
    assert not isinstance(the_error(1004, date="Sun, 01 Mar 2026 10:07:00 GMT"), errors.ClockSkewed)


@pytest.mark.parametrize(
    ("found", "kind"),
    [
        (Reply(429, {"retry-after": "3"}, b"{}"), errors.RateLimited),
        (Reply(503, {}, b"{}"), errors.PlatformUnavailable),
        (Reply(200, {"content-type": "text/html"}, b"<html>"), errors.DecodeError),
        (reply([1]), errors.DecodeError),
        (reply({"hello": 1}), errors.DecodeError),
        (Reply(200, {}, b'{"success": tru'), errors.DecodeError),
    ],
)
def test_what_is_no_answer(found: Reply, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        wire.open_envelope(found, CONFIG)


def test_envelopes_open_once_or_twice_and_either_may_refuse() -> None:
    inner = {"success": True, "error_code": 0, "data": {"total": 3}}
    assert wire.open_envelope(reply({"success": True, "error_code": 0, "data": {"a": 1}}), CONFIG) == {"a": 1}
    assert wire.open_envelope(reply({"success": True, "error_code": "0", "data": inner}), CONFIG) == {"total": 3}
    no = {**inner, "success": False, "error_code": 1005, "error_msg": "gone"}
    with pytest.raises(errors.NotFound, match="gone"):
        wire.open_envelope(reply({"success": True, "error_code": 0, "data": no}), CONFIG)
    with pytest.raises(errors.PlatformError):
        wire.open_envelope(reply({"success": False, "error_code": 0, "error_msg": "no"}), CONFIG)


def test_the_signature_vector_is_what_goes_over_the_wire() -> None:
    facts = FACTS["signature"]
    app = Credentials(facts["app_id"], facts["secret"], Token("token"))
    at = datetime.fromtimestamp(facts["timestamp"], UTC)
    sent = wire.request(CONFIG, facts["method"], {"item": {"b": 1}, "none": None}, app, at)
    assert sent.method == "POST" and sent.url == FACTS["addresses"]["gateway"]
    assert json.loads(sent.body or b"") == {
        "appId": facts["app_id"], "method": facts["method"], "version": facts["version"], "accessToken": "token",
        "timestamp": str(facts["timestamp"]), "sign": facts["sign"], "item": {"b": 1},
    }  # fmt: skip
    assert facts["secret"].encode() not in (sent.body or b"")
    assert [vector.sign() == vector.expected == facts["sign"] for vector in CONNECTOR.vectors] == [True]


def test_business_fields_never_replace_system_fields() -> None:
    app = Credentials("key", "secret", Token("token"))
    sent = json.loads(wire.request(CONFIG, "m", {"sign": "x", "appId": "x", "accessToken": "x"}, app, AT).body or b"")
    assert (sent["appId"], sent["accessToken"]) == ("key", "token") and sent["sign"] != "x"


def test_settings_speak_for_what_no_source_settles() -> None:
    asked = native("4", cancelStatus=3)
    assert sorted(map(str, order_of(asked).holds)) == ["buyer_cancel_requested"]
    assert order_of(asked, cancel_quiet=("0", "3")).is_shippable
    case = native("4", orderAfterSalesStatus=2)
    assert str(order_of(case).aftersale_status) == "unknown" and not order_of(case).is_shippable
    named = order_of(case, aftersale_words={2: "in_progress"})
    assert str(named.aftersale_status) == "in_progress" and sorted(map(str, named.holds)) == ["refund_open"]
    done = order_of(case, aftersale_words={"2": "closed"})
    assert done.is_shippable and str(done.lines[0].aftersale_status) == "closed"
    gift = native("4")
    gift["skuList"][0]["skuTag"] = 8
    assert not order_of(gift).lines[0].is_gift and order_of(gift, gift_tags=("8",)).lines[0].is_gift
    sent = native("6", expressTrackingNo="N1", expressCompanyCode="qq")
    assert order_of(sent).shipments[0].carrier is None
    assert order_of(sent, express_codes={"sf": "qq"}).shipments[0].carrier == "sf"


def test_a_sandbox_account_connects_as_it_is() -> None:
    entry = {"platform": "xiaohongshu", "shop_id": "xhs-1", "base_url": "http://127.0.0.1:1", "app_key": "k",
             "app_secret": "s", "access_token": "a", "refresh_token": "r", "token_url": "http://127.0.0.1:1"}  # fmt: skip
    shop = orderhub.connect(**entry)
    assert shop.ops.config.base_url == "http://127.0.0.1:1/ark/open_api/v3/common_controller"
    assert shop.ops.config.token_url == shop.ops.config.base_url
