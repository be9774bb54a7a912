"""Frames of the message channel: bytes to headers and back. Source: docs/platforms/taobao.md §9.2.

Little-endian: protocol 2, type, then headers until the one of kind 0. Standard library only.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

__all__ = ["CONNECT", "CONNECTACK", "SEND", "SENDACK", "BadFrame", "Frame", "read_frame", "write_frame"]

PROTOCOL = 2
CONNECT, CONNECTACK, SEND, SENDACK = range(4)
_END, _CUSTOM, _STATUS, _PHRASE, _FLAG, _TOKEN = range(6)
_VOID, _STRING, _BYTE, _INT16, _INT32, _INT64, _DATE, _BYTES = range(8)
_INTEGERS = {_BYTE: "<b", _INT16: "<h", _INT32: "<i", _INT64: "<q", _DATE: "<q"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Value = str | int | bytes | datetime | None
"""A custom header; numbers are written as int64, instants as milliseconds."""


class BadFrame(Exception):
    """Bytes that are no frame; the text says where they stop making sense."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame. `custom` are the named headers, the rest those that the protocol itself has."""

    kind: int
    custom: Mapping[str, Value] = field(default_factory=dict)
    token: str | None = None
    status: int | None = None
    phrase: str | None = None
    flag: int | None = None


class _Reader:
    def __init__(self, raw: bytes) -> None:
        self._raw, self.at = raw, 0

    def take(self, count: int) -> bytes:
        end = self.at + count
        if end > len(self._raw):
            raise BadFrame(f"cut off at byte {len(self._raw)}")
        part, self.at = self._raw[self.at : end], end
        return part

    def number(self, form: str) -> int:
        [value] = struct.unpack(form, self.take(struct.calcsize(form)))
        return int(value)

    def data(self) -> bytes:
        return self.take(self.number("<I"))

    def text(self) -> str:
        try:
            return self.data().decode("utf-8")
        except UnicodeDecodeError:
            raise BadFrame(f"no UTF-8 before byte {self.at}") from None

    def value(self) -> Value:
        form = self.number("<B")
        if form == _STRING:
            return self.text()
        if form == _BYTES:
            return self.data()
        if form in _INTEGERS:
            number = self.number(_INTEGERS[form])
            return _instant(number) if form == _DATE else number
        if form != _VOID:
            raise BadFrame(f"no value format {form}")
        return None


def _instant(millis: int) -> datetime:
    try:
        return _EPOCH + timedelta(milliseconds=millis)
    except OverflowError:
        raise BadFrame(f"no instant {millis}") from None


def read_frame(raw: bytes) -> Frame:
    """What the bytes say; raises `BadFrame`."""
    reader = _Reader(raw)
    protocol, kind = reader.number("<B"), reader.number("<B")
    if protocol != PROTOCOL or kind > SENDACK:
        raise BadFrame(f"protocol {protocol}, type {kind}")
    custom: dict[str, Value] = {}
    status = flag = phrase = token = None
    while (header := reader.number("<H")) != _END:
        if header == _CUSTOM:
            name = reader.text()
            custom[name] = reader.value()
        elif header == _STATUS:
            status = reader.number("<I")
        elif header == _PHRASE:
            phrase = reader.text()
        elif header == _FLAG:
            flag = reader.number("<I")
        elif header == _TOKEN:
            token = reader.text()
        else:
            raise BadFrame(f"no header kind {header}")
    return Frame(kind, custom, token, status, phrase, flag)


def write_frame(frame: Frame) -> bytes:
    """The bytes of a frame."""
    return b"".join(_parts(frame))


def _parts(frame: Frame) -> Iterator[bytes]:
    yield struct.pack("<BB", PROTOCOL, frame.kind)
    if frame.status is not None:
        yield struct.pack("<HI", _STATUS, frame.status)
    if frame.phrase is not None:
        yield struct.pack("<H", _PHRASE) + _sized(frame.phrase.encode())
    if frame.flag is not None:
        yield struct.pack("<HI", _FLAG, frame.flag)
    if frame.token is not None:
        yield struct.pack("<H", _TOKEN) + _sized(frame.token.encode())
    for name, value in frame.custom.items():
        yield struct.pack("<H", _CUSTOM) + _sized(name.encode()) + _value(value)
    yield struct.pack("<H", _END)


def _sized(data: bytes) -> bytes:
    return struct.pack("<I", len(data)) + data


def _value(value: Value) -> bytes:
    if value is None:
        return struct.pack("<B", _VOID)
    if isinstance(value, str):
        return struct.pack("<B", _STRING) + _sized(value.encode())
    if isinstance(value, bytes):
        return struct.pack("<B", _BYTES) + _sized(value)
    if isinstance(value, datetime):
        return struct.pack("<Bq", _DATE, (value - _EPOCH) // timedelta(milliseconds=1))
    return struct.pack("<Bq", _INT64, value)
