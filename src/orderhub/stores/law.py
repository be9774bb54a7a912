"""The version law of documents, pure, one implementation for every store. Imports `models`, `ports`, `errors`.

A batch is judged item by item against what is stored, so that a batch and its items put one by one end alike.
Instants are whole microseconds since 1970 UTC inside the stores: exact, sortable, the same in every database.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from orderhub.errors import DecodeError
from orderhub.models import Order, Outcome, Refund
from orderhub.orders.privacy import redact, redact_refund
from orderhub.stores.changes import changes_between, write_changes
from orderhub.stores.codec import encode

__all__ = [
    "CHANGES", "UNDATED", "Entry", "Verdict", "Version", "forgotten", "instant", "judge", "micros", "outcomes",
    "prepare", "read_after", "settle", "told_changes",
]  # fmt: skip

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)
CHANGES = frozenset({"inserted", "updated"})


def micros(at: datetime) -> int:
    """Microseconds since 1970 UTC; exact."""
    return (at - _EPOCH) // _TICK


def instant(us: int) -> datetime:
    """The inverse of `micros`; aware, UTC."""
    return _EPOCH + us * _TICK


UNDATED = micros(datetime.min.replace(tzinfo=UTC))
"""Stands for a missing `updated_at`: before every real instant."""


class Version(NamedTuple):
    """Which version of a document this is: when the platform changed it, and what it says."""

    updated_us: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Entry:
    """A document made ready for storing.

    Attributes:
        read_us: When the reading that brought it began; None where nobody told.
    """

    key: str
    version: Version
    body: str
    document: Order | Refund
    read_us: int | None = None


def judge(held: Version | None, new: Version, *, is_read_before: bool = False) -> str:
    """inserted, updated, unchanged or stale.

    At equal times the content decides, because platforms date by the second and may change twice within one; and of
    two contents the one whose reading began later: `is_read_before` says that it was not the new one's.
    """
    if held is None:
        return "inserted"
    if new.updated_us < held.updated_us:
        return "stale"
    if new == held:
        return "unchanged"
    return "stale" if is_read_before and new.updated_us == held.updated_us else "updated"


def read_after(held: Iterable[tuple[str, int | None]], read_us: int | None) -> frozenset[str]:
    """Keys of what is held whose reading began after this one; an instant that nobody told is after nothing."""
    return frozenset() if read_us is None else frozenset(key for key, us in held if us is not None and us > read_us)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a batch: a word for each entry, and the index of the entry that each changed key ends with."""

    words: tuple[str, ...]
    winners: Mapping[str, int]


def settle(
    held: Mapping[str, Version], entries: Iterable[tuple[str, Version]], read_later: Collection[str] = ()
) -> Verdict:
    """Judge entries in order, each against what the ones before it left; `read_later` as `read_after` tells."""
    current, words, winners = dict(held), [], {}
    for index, (key, version) in enumerate(entries):
        is_read_before = key in read_later and key not in winners  # a batch is one reading
        word = judge(current.get(key), version, is_read_before=is_read_before)
        if word in CHANGES:
            current[key], winners[key] = version, index
        words.append(word)
    return Verdict(tuple(words), winners)


def prepare(
    documents: Sequence[Order | Refund], read_us: int | None = None
) -> tuple[list[Entry], dict[int, Outcome[str]]]:
    """Serialise documents of one reading once.

    Returns:
        The entries that can be stored, and by index the outcomes of documents that cannot be written as JSON
        (half an emoji in a text, for instance): one of those does not sink its batch.
    """
    entries: list[Entry] = []
    refused: dict[int, Outcome[str]] = {}
    for index, document in enumerate(documents):
        try:
            _check_key(document.key)
            entries.append(_entry(document, read_us))
        except ValueError as error:
            refused[index] = Outcome.failed(document.key, _unwritable(document, error))
    return entries, refused


KEY_MAX = 500
"""Characters of a key: databases cannot index texts of any length."""


def _check_key(key: str) -> None:
    if len(key) > KEY_MAX or not key.isprintable():
        raise ValueError("the key is too long or holds control characters")


def _entry(document: Order | Refund, read_us: int | None) -> Entry:
    body = encode(document)
    digest = hashlib.blake2b(body.encode(), digest_size=16).digest()
    at = document.updated_at
    return Entry(document.key, Version(UNDATED if at is None else micros(at), digest), body, document, read_us)


def _unwritable(document: Order | Refund, error: ValueError) -> DecodeError:
    return DecodeError(
        f"{type(document).__name__} cannot be stored ({type(error).__name__}): repair its id and texts, put it again",
        platform=document.platform,
    )


def told_changes(bodies: Mapping[str, str], entries: Sequence[Entry], words: Sequence[str]) -> list[str]:
    """What each entry changed, as stored text; `bodies` are the texts held before the batch of what it updates."""
    current, told = dict(bodies), []
    for entry, word in zip(entries, words, strict=True):
        before = current.get(entry.key) if word == "updated" else None
        told.append((before and write_changes(changes_between(json.loads(before), json.loads(entry.body)))) or "")
        if word in CHANGES:
            current[entry.key] = entry.body
    return told


def forgotten(entry: Entry) -> Entry:
    """The entry of a version that arrives after its people were forgotten: the same version, without them."""
    document = entry.document
    bare = redact(document) if isinstance(document, Order) else redact_refund(document)
    return replace(entry, document=bare, body=encode(bare))


def outcomes(entries: Sequence[Entry], words: Sequence[str], refused: Mapping[int, Outcome[str]]) -> list[Outcome[str]]:
    """One outcome per input, in the order given."""
    stored = (Outcome(True, entry.key, value=word) for entry, word in zip(entries, words, strict=True))
    return [refused[i] if i in refused else next(stored) for i in range(len(entries) + len(refused))]
