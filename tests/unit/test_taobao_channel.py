"""The message channel of Taobao as the page of the platform tells it: bytes in and out, what is said when."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderhub.connectors.taobao import CONNECTOR, frames
from orderhub.connectors.taobao.channel import Conversation, greeting, greeting_sign, is_frame, row_of
from orderhub.connectors.taobao.frames import FrameType, decode_frame, encode_frame
from orderhub.errors import AuthError, DecodeError, PlatformUnavailable

AT = datetime(2024, 6, 20, 1, 15, 22, 5000, tzinfo=UTC)
TOKEN = "0500 02000000 746b"  # tk
KIND = "0100 06000000 5f5f6b696e64"  # __kind


def raw(text: str) -> bytes:
    return bytes.fromhex(text)


def named(name: str, value: str) -> str:
    return "0100" + len(name.encode()).to_bytes(4, "little").hex() + name.encode().hex() + value


def words(text: str) -> str:
    return "01" + len(text.encode()).to_bytes(4, "little").hex() + text.encode().hex()


def message(**changes: str) -> bytes:
    """A message as the platform sends it, some of its headers replaced; an empty one is left out."""
    number = "05" + (6_000_000_000_000_000_007).to_bytes(8, "little").hex()
    told = {
        "topic": words("taobao_trade_TradeBuyerPay"), "content": words('{"tid":3928811212345678901}'), "id": number,
        "nick": words("云杉户外旗舰店"), "time": "06" + "1568363390010000",
    } | changes  # fmt: skip
    return raw("02 02" + TOKEN + KIND + "0203" + "".join(named(k, v) for k, v in told.items() if v) + "0000")


# --- bytes -----------------------------------------------------------------------------------------------------------


def test_a_pull_and_a_confirmation_are_these_bytes() -> None:
    assert encode_frame(FrameType.SEND, {"__kind": 1}, "tk") == raw("02 02" + TOKEN + KIND + "02 01 0000")
    wanted = raw("02 02" + TOKEN + KIND + "02 02 0100 02000000 6964 05 0700000000000000 0000")
    assert encode_frame(FrameType.SEND, {"__kind": 2, "id": 7}, "tk") == wanted


def test_every_header_and_every_format_is_read() -> None:
    body = ("02 01 0200 19000000 0300 02000000 6e6f 0400 02010000" + TOKEN + named("void", "00")
            + named("text", "0103000000e4ba91") + named("one", "02ff") + named("two", "03feff")
            + named("four", "04fdffffff") + named("eight", "05fcffffffffffffff")
            + named("date", "061568363390010000") + named("bytes", "070200000000ff") + "0000")  # fmt: skip
    frame = decode_frame(raw(body))
    assert (frame.type, frame.status, frame.phrase, frame.token) == (FrameType.CONNECT_ANSWER, 25, "no", "tk")
    assert frame.custom == {"void": None, "text": "云", "one": -1, "two": -2, "four": -3, "eight": -4,
                            "date": 1718846122005, "bytes": b"\x00\xff"}  # fmt: skip
    assert "tk" not in repr(frame)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("", "frame[0]"), ("01 00 0000", "protocol"), ("02 04 0000", "type"), ("02 02", "frame[2]"),
        ("02 02 0700 0000", "header"), ("02 02 0100 01000000 61 08 0000", "a"), ("02 02 0500 01000000 ff 0000", "frame[9]"),
        ("02 02 0500 ffffffff 61", "frame[8]"),
    ],
)  # fmt: skip
def test_nonsense_names_its_place(text: str, path: str) -> None:
    with pytest.raises(DecodeError) as told:
        decode_frame(raw(text))
    assert told.value.path == path


@given(st.dictionaries(st.text(), st.one_of(st.text(), st.integers(-(2**63), 2**63 - 1))), st.text())
def test_what_is_written_is_read_back(custom: dict[str, Any], token: str) -> None:
    custom.pop("__kind", None)
    frame = decode_frame(encode_frame(FrameType.SEND, custom, token))
    assert (frame.custom, frame.token) == (custom, token)


@given(st.binary(max_size=60))
def test_any_bytes_are_a_frame_or_a_decode_error(body: bytes) -> None:
    for start in (b"", b"\x02\x02", b"\x02\x02\x01\x00"):
        try:
            row_of(start + body)
        except (DecodeError, AuthError, PlatformUnavailable):
            continue


# --- what is said ----------------------------------------------------------------------------------------------------


def test_the_greeting_holds_all_six_and_proves_the_secret() -> None:
    frame = decode_frame(greeting("key", "secret", "group", AT, "10.0.0.1"))
    text = b"secretapp_keykeygroup_namegrouptimestamp1718846122005secret"
    sign = hashlib.md5(text, usedforsecurity=False).hexdigest().upper()
    assert (
        frame.type == FrameType.CONNECT
        and not frame.token
        and sign == greeting_sign("key", "secret", "group", 1718846122005)
    )
    assert dict(frame.custom) == {"app_key": "key", "group_name": "group", "timestamp": "1718846122005", "sign": sign,
                                  "sdk": "orderhub", "intranet_ip": "10.0.0.1"}  # fmt: skip


def test_nothing_is_said_before_the_token_then_pulls_and_confirmations() -> None:
    talk = Conversation()
    assert talk.beat(AT) is None
    pull = raw("02 02" + TOKEN + KIND + "02 01 0000")
    assert talk.answer_to(raw("02 01" + TOKEN + "0000"), AT) == pull == talk.beat(AT)
    number = (6_000_000_000_000_000_007).to_bytes(8, "little").hex()
    confirmation = raw("02 02" + TOKEN + KIND + "02 02" + named("id", "05" + number) + "0000")
    assert talk.answer_to(message(), AT) == confirmation


@pytest.mark.parametrize("frame", [raw("02 03 0000"), raw("02 02" + KIND + "0203 0000"), b"{}", "text"])
def test_what_brings_no_message_needs_no_answer(frame: Any) -> None:
    assert Conversation().answer_to(frame, AT) is None


def test_a_message_becomes_the_row_of_a_pull() -> None:
    assert row_of(message()) == {
        "id": 6_000_000_000_000_000_007, "topic": "taobao_trade_TradeBuyerPay",
        "content": '{"tid":3928811212345678901}', "user_nick": "云杉户外旗舰店", "pub_time": 1718846122005,
    }  # fmt: skip
    assert row_of(message(id=words("7")))["id"] == 7  # type: ignore[index]
    assert row_of(message(content="07" + "02000000" + b"{}".hex()))["content"] == "{}"  # type: ignore[index]


@pytest.mark.parametrize("number", ["", "00", words("x"), "05" + "ff" * 8, words("9" * 30)])
def test_a_message_that_could_not_be_ended_is_no_message(number: str) -> None:
    with pytest.raises(DecodeError) as told:
        row_of(message(id=number))
    assert told.value.path == "id"


def test_refusals_are_told_apart() -> None:
    with pytest.raises(AuthError) as refused:
        row_of(raw("02 01 0200 19000000 0300 02000000 6e6f 0000"))
    assert refused.value.code == "25" and not refused.value.retryable
    with pytest.raises(PlatformUnavailable) as later:
        row_of(raw("02 03 0200 1b000000 0000"))
    assert later.value.code == "27"
    with pytest.raises(DecodeError, match="token"):
        row_of(raw("02 01 0000"))
    assert row_of(raw("02 01 0200 00000000" + TOKEN + "0000")) is None, "code 0 refuses nothing"


def test_json_is_no_frame_and_the_channel_is_a_setting() -> None:
    assert not is_frame(b'{"topic": "x"}') and not is_frame(b"") and is_frame(b"\x02\x02")
    settings = {setting.name: setting for setting in CONNECTOR.spec.settings}
    assert settings["message_channel"].default == "pull" and settings["message_plain"].default is False
    assert frames.PROTOCOL == 2
