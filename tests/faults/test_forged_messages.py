"""Messages of every platform: what it did not sign, or signed for something else, is refused before it is read.

How each platform signs is written here once more, apart from its connector. Platforms that sign nothing bring messages
over a channel that the app opened itself; theirs are hints to read again, whatever they say.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from message_signing import AT, BODIES, BODY_APART, CHANNEL, OTHER, SECRET, SIGNED, Headers, body_of, shop

from orderhub.errors import OrderHubError, SecurityError
from orderhub.hub.connect import carrier
from orderhub.kit.webhook import check_signature
from orderhub.plugins import find, names

SHOPS = {platform: shop(platform) for platform in (*SIGNED, *sorted(CHANNEL))}


def test_every_connector_that_reads_messages_says_how_they_are_proved() -> None:
    reads = {name for name in names() if hasattr(find(name).operations, "decode_message")}
    assert reads == set(SIGNED) | CHANNEL


@pytest.mark.fault(39)
@pytest.mark.parametrize("platform", SIGNED)
def test_what_is_signed_passes_and_all_else_is_refused_before_it_is_read(platform: str) -> None:
    body, sign, read = body_of(platform), SIGNED[platform], SHOPS[platform].decode_message
    [message] = read(sign(SECRET, body), body)
    assert message.topic
    assert read({name.upper(): value for name, value in sign(SECRET, body).items()}, body) == [message]
    good = sign(SECRET, body)
    [(name, value), *_] = good.items()
    forged = [{}, sign("no secret of ours", body), {**good, name: ""}, {**good, name: "é" * 20}, {**good, name: value[:-2]},
              {**good, name: value + "00"}, {**good, name: value[::-1]}, {"x-signature": value}]  # fmt: skip
    for headers in forged:
        for text in (body, b"not JSON at all {"):
            with pytest.raises(SecurityError):
                read(headers, text)
    if platform not in BODY_APART:
        cut = [body[:end] for end in range(1, len(body), 3)]
        flipped = [body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :] for at in range(0, len(body), 3)]
        for text in (
            *cut,
            *flipped,
            body + b" ",
            json.dumps(BODIES[platform]("7", AT), indent=1).encode(),
            b"\xef\xbb\xbf" + body,
        ):
            with pytest.raises(SecurityError):
                read(good, text)


@pytest.mark.fault(26, 39)
@pytest.mark.parametrize("platform", SIGNED)
def test_a_retired_key_counts_while_it_is_listed_and_no_longer(platform: str) -> None:
    """Three states of a change, and messages of both keys in each."""
    body, sign = body_of(platform), SIGNED[platform]
    before, meanwhile, after = shop(platform, OTHER), shop(platform, previous_secrets=[OTHER, "older"]), SHOPS[platform]
    takes = {OTHER: [before, meanwhile], SECRET: [meanwhile, after], "older": [meanwhile], "": [], "olde": []}
    for key, takers in takes.items():
        for one in (before, meanwhile, after):
            if one in takers:
                assert one.decode_message(sign(key, body), body)
            else:
                with pytest.raises(SecurityError):
                    one.decode_message(sign(key, body), body)


def _md5_base64(text: str) -> str:
    return base64.b64encode(hashlib.md5(text.encode(), usedforsecurity=False).digest()).decode()


def _md5_hex(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


CARRIER_PUSHES: dict[str, Callable[[str], dict[str, str]]] = {
    "zto": lambda key: {"msg_type": "Traces", "data": "{}", "data_digest": _md5_base64("{}" + key)},
    "sto": lambda key: {"content": "{}", "data_digest": _md5_base64("{}" + key)},
    "yto": lambda key: {"logistics_interface": "<UpdateInfo/>", "data_digest": _md5_base64("<UpdateInfo/>" + key)},
    "kdniao": lambda key: {"RequestData": '{"Data": []}', "DataSign": base64.b64encode(
        _md5_hex('{"Data": []}' + key).encode()).decode()},
    "kuaidi100": lambda key: {"param": "{}", "sign": _md5_hex("{}" + key).upper()},
}  # fmt: skip
"""Forms that say nothing, signed: a connector that believes the signature finds no event in them."""


@pytest.mark.fault(26, 39)
@pytest.mark.parametrize("name", CARRIER_PUSHES)
def test_a_carriers_retired_key_counts_while_it_is_listed(name: str) -> None:
    salt = {"push_salt": SECRET} if name == "kuaidi100" else {}
    account: dict[str, Any] = {"app_key": "k", "app_secret": SECRET, "base_url": "http://127.0.0.1:9", **salt}
    after, meanwhile = carrier(name, **account), carrier(name, previous_secrets=[OTHER], **account)
    for face, key, is_ours in ((after, SECRET, True), (after, OTHER, False), (meanwhile, SECRET, True),
                               (meanwhile, OTHER, True), (meanwhile, "", False)):  # fmt: skip
        refused = False
        try:
            face.decode_push({}, urlencode(CARRIER_PUSHES[name](key)).encode())
        except SecurityError as error:
            refused = "signature" in error.message
        except OrderHubError:
            pass
        assert refused is not is_ours


@pytest.mark.parametrize("at", range(5))
def test_every_key_is_tried_wherever_the_right_one_stands(at: int) -> None:
    keys, tried = ["k0", "k1", "k2", "", "k4"], []

    def sign(key: str) -> str:
        tried.append(key)
        return f"signed with {key}"

    def check() -> None:
        check_signature(sign(keys[at]), keys, sign)

    if keys[at]:
        check()
    else:
        with pytest.raises(SecurityError):
            check()
    assert tried == [keys[at], *keys]


@pytest.mark.fault(39)
@pytest.mark.parametrize("platform", sorted({*SIGNED, *CHANNEL}))
@given(headers=st.dictionaries(st.text(max_size=20), st.text(max_size=40), max_size=3), body=st.binary(max_size=60)
       | st.recursive(st.none() | st.text(max_size=9) | st.integers() | st.booleans(),
                      lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3))
       .map(lambda value: json.dumps(value).encode()))  # fmt: skip
def test_what_strangers_send_is_an_error_of_the_library_or_names_nothing_new(
    platform: str, headers: Headers, body: bytes
) -> None:
    try:
        found = SHOPS[platform].decode_message(headers, body)
    except OrderHubError:
        return
    assert platform in CHANNEL or found == []
