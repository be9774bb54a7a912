"""The connector's tables against facts typed from docs/platforms/lazada.md, in both directions."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

import orderhub
from orderhub.connectors.lazada import CONNECTOR, reverse, spec, tables, wire
from orderhub.errors import SecurityError
from orderhub.kit.spec import ShopConfig
from orderhub.kit.table import Table
from orderhub.models import Credentials, Token

FACTS: dict[str, Any] = tomllib.loads((Path(__file__).parents[1] / "facts" / "lazada.toml").read_text("utf-8"))
SPEC = CONNECTOR.spec


def words(table: Any) -> dict[str, str]:
    return {raw: str(word) for raw, word in table.words.items()}


def test_words() -> None:
    assert words(spec.STATUS) == FACTS["status"]
    assert words(spec.REVERSE_STATUS) == FACTS["reverse_status"]
    assert words(spec.REQUEST_KIND) == FACTS["request_type"]
    assert sorted(spec.PROVIDER_TYPES) == sorted(FACTS["provider_types"]["values"])


def test_what_is_astray_is_unknown_and_what_waits_is_ours() -> None:
    assert {raw for raw, word in FACTS["status"].items() if word == "unknown"} == spec.ASTRAY
    waiting = {raw for raw, word in FACTS["status"].items() if word == "awaiting_shipment"}
    assert waiting > spec.TO_PACK and waiting & spec.ARRANGED == {"ready_to_ship"}


def test_row_errors() -> None:
    assert {code: kind.__name__.lower() for code, kind in spec.ERRORS.exact.items()} == FACTS["row_errors"]


def test_addresses_and_limits() -> None:
    assert {name: list(found) for name, found in spec.COUNTRIES.items()} == FACTS["countries"]
    assert set(SPEC.hosts) == {"auth.lazada.com", *(host for host, _ in FACTS["countries"].values())}
    assert SPEC.token_url == FACTS["addresses"]["token"] and SPEC.authorize_url == FACTS["addresses"]["authorize"]
    assert (
        FACTS["limits"]["offset_max"], FACTS["limits"]["page_size_max"],
    ) == (spec.OFFSET_MAX, spec.PAGE_SIZE_MAX)  # fmt: skip
    assert SPEC.limits["list_orders"].page_size_max == FACTS["limits"]["page_size_max"]


@pytest.mark.parametrize("country", FACTS["countries"])
def test_each_country_has_its_gateway(country: str) -> None:
    config = ShopConfig.of(SPEC, "s", settings={"country": country})
    assert wire.gateway(config) == f"https://{FACTS['countries'][country][0]}{FACTS['addresses']['path']}"
    given = ShopConfig.of(SPEC, "s", base_url="http://127.0.0.1:1", settings={"country": country})
    assert wire.gateway(given) == "http://127.0.0.1:1/rest"


def read_by(table: Table) -> set[str]:
    return {path.split(".")[0] for path in (*table.used, *table.ignored)}


@pytest.mark.parametrize(
    ("table", "name"), [(tables.ORDER, "order"), (tables.LINE, "item"), (reverse.REFUND, "case")], ids=str
)
def test_every_field_that_matters_is_mapped_and_nothing_else_is(table: Table, name: str) -> None:
    assert read_by(table) - {"_currency"} == set(FACTS["fields"][name])


def test_other_documented_fields_are_kept() -> None:
    document = dict.fromkeys(FACTS["fields"]["extra"], "x")
    assert tables.ORDER.unmapped(document) == document


def test_signature_vector_as_it_is_sent() -> None:
    fact = FACTS["signature"]
    assert wire.sign(fact["secret"], fact["path"], fact["parameters"]) == fact["sign"]
    at = datetime.fromtimestamp(1_700_000_000, UTC)
    key = Credentials("123456", fact["secret"], Token("lzd-tok"))
    sent = wire.request("https://api.lazada.sg/rest", fact["path"], {"order_id": 1234}, key, at, post=False)
    query = dict(parse_qsl(urlsplit(sent.url).query))
    assert query.pop("sign") == fact["sign"] and query == fact["parameters"]
    posted = wire.request("https://api.lazada.sg/rest", fact["path"], {"order_id": 1234}, key, at, post=True)
    assert dict(parse_qsl(posted.body.decode())) == {**query, "sign": fact["sign"]} and "?" not in posted.url


def test_push_vector() -> None:
    fact = FACTS["push"]
    shop = orderhub.connect("lazada", shop_id="s", app_key=fact["app_key"], app_secret=fact["secret"])
    body = fact["body"].encode()
    (message,) = shop.decode_message({"Authorization": fact["sign"]}, body)
    assert message.order_ids == ("260422900198363",) and message.shop_hint == "9999" and not message.refund_ids
    assert message.sent_at == datetime(2020, 10, 27, 2, 47, 39, 530_000, UTC)
    for headers, given in (({}, body), ({"authorization": fact["sign"]}, body + b" "), ({"authorization": "00"}, body)):
        with pytest.raises(SecurityError):
            shop.decode_message(headers, given)


def test_published_vectors_come_out() -> None:
    assert [vector.sign() for vector in CONNECTOR.vectors] == [FACTS["signature"]["sign"], FACTS["push"]["sign"]]


@pytest.mark.parametrize(
    ("told", "instant"),
    [
        ("2014-10-15 19:12:15 +0800", datetime(2014, 10, 15, 11, 12, 15, tzinfo=UTC)),
        ("2014-10-15T19:12:15+07:00", datetime(2014, 10, 15, 12, 12, 15, tzinfo=UTC)),
        ("1603766859530", datetime(2020, 10, 27, 2, 47, 39, 530_000, UTC)), ("0", None), (0, None),
    ],
)  # fmt: skip
def test_times(told: Any, instant: datetime | None) -> None:
    assert wire.zoned_time(told) == instant


@pytest.mark.parametrize("told", ["2014-10-15 19:12:15", "yesterday", 1.5, True, None, []])
def test_what_is_no_time_is_refused(told: Any) -> None:
    with pytest.raises(ValueError, match=r"time"):
        wire.zoned_time(told)
