"""The binary frames of the message channel, read and written. Pure; imports `errors`, `kit`.

A frame is protocol and type, a byte each, then headers, little-endian, until a header of kind zero.
Source: docs/platforms/taobao.md#socket.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, NoReturn

from orderhub.errors import DecodeError
from orderhub.kit.convert import masked

__all__ = ["PROTOCOL", "FrameType", "SocketFrame", "decode_frame", "encode_frame"]

PROTOCOL = 2


class FrameType(IntEnum):
    """What a frame is."""

    CONNECT = 0
    CONNECT_ANSWER = 1
    SEND = 2
    SEND_ANSWER = 3


class _Header(IntEnum):
    END = 0
    CUSTOM = 1
    STATUS = 2
    PHRASE = 3
    FLAG = 4
    TOKEN = 5


_OWN = {_Header.STATUS: "status", _Header.PHRASE: "phrase", _Header.FLAG: "flag", _Header.TOKEN: "token"}
_NUMBER_BYTES = {2: 1, 3: 2, 4: 4, 5: 8, 6: 8}
"""Format of a custom value to its width; 6 is an instant in milliseconds. 0 is nothing, 1 text, 7 bytes."""

_NUMBER_FORM = {"__kind": 2}
"""How numbers are written: 8 bytes unless a published client is known to use fewer."""


@dataclass(frozen=True, slots=True, repr=False)
class SocketFrame:
    """One frame. Its token proves a connection and its values name people, so it has no telling repr.

    Attributes:
        type: A `FrameType`.
        custom: Headers by name; instants are milliseconds since 1970.
        token: Which connection it belongs to.
        status: Code of a refusal; 0 when there is none.
        phrase: What the platform says about it.
    """

    type: FrameType
    custom: Mapping[str, Any]
    token: str = ""
    status: int = 0
    phrase: str = ""


def decode_frame(raw: bytes) -> SocketFrame:
    """Read one frame.

    Raises:
        DecodeError: It is cut off, or holds what no source describes.
    """
    cursor = _Cursor(raw)
    if (protocol := cursor.whole(1)) != PROTOCOL:
        _refuse("protocol", protocol)
    kind = cursor.whole(1)
    if kind > max(FrameType):
        _refuse("type", kind)
    custom: dict[str, Any] = {}
    own: dict[str, Any] = {}
    while (header := cursor.whole(2)) != _Header.END:
        if header == _Header.CUSTOM:
            name = cursor.words()
            custom[name] = cursor.value(name)
        elif header in (_Header.STATUS, _Header.FLAG):
            own[_OWN[_Header(header)]] = cursor.whole(4)
        elif header in (_Header.PHRASE, _Header.TOKEN):
            own[_OWN[_Header(header)]] = cursor.words()
        else:
            _refuse("header", header)
    own.pop("flag", None)  # no source says what it means
    return SocketFrame(FrameType(kind), custom, **own)


class _Cursor:
    """Bytes with a place in them."""

    def __init__(self, raw: bytes) -> None:
        self._raw, self._place = memoryview(raw), 0

    def some(self, count: int) -> bytes:
        part = bytes(self._raw[self._place : self._place + count])
        if len(part) != count:
            raise DecodeError("a frame is cut off", platform="taobao", path=f"frame[{self._place}]")
        self._place += count
        return part

    def whole(self, width: int, *, signed: bool = False) -> int:
        return int.from_bytes(self.some(width), "little", signed=signed)

    def words(self) -> str:
        try:
            return self.some(self.whole(4)).decode()
        except UnicodeDecodeError:
            raise DecodeError("text in a frame is not UTF-8", platform="taobao", path=f"frame[{self._place}]") from None

    def value(self, name: str) -> Any:
        form = self.whole(1)
        if form in _NUMBER_BYTES:
            return self.whole(_NUMBER_BYTES[form], signed=True)
        if form == 1:
            return self.words()
        if form == 7:
            return self.some(self.whole(4))
        return None if form == 0 else _refuse(name, form)


def _refuse(path: str, found: int) -> NoReturn:
    raise DecodeError("no such thing in a frame", platform="taobao", path=path, value=masked(found))


def encode_frame(kind: FrameType, custom: Mapping[str, str | int], token: str = "") -> bytes:
    """Write one frame as a client does: its token if it has one, then the custom headers in their order."""
    body = bytearray((PROTOCOL, kind))
    if token:
        body += _short(_Header.TOKEN) + _counted(token)
    for name, value in custom.items():
        body += _short(_Header.CUSTOM) + _counted(name) + _formatted(name, value)
    return bytes(body + _short(_Header.END))


def _short(number: int) -> bytes:
    return number.to_bytes(2, "little")


def _counted(text: str) -> bytes:
    data = text.encode()
    return len(data).to_bytes(4, "little") + data


def _formatted(name: str, value: str | int) -> bytes:
    if isinstance(value, str):
        return b"\x01" + _counted(value)
    form = _NUMBER_FORM.get(name, 5)
    return bytes((form,)) + value.to_bytes(_NUMBER_BYTES[form], "little", signed=True)
