"""The send ledger: who may send a message, and what became of it. Imports `ports`, `errors`.

One cursor per (message, channel), moved only if unchanged, so that of any number of senders one wins:

    open ──► sending ──► sent             the vendor took it
                     ├─► failed ──► …     provably not sent: may be tried again
                     └─► unknown          the reply was lost, or the process died: never sent again to a buyer
    open ──► deferred ──► …               waits for the morning
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Protocol

from orderhub.errors import StaleVersion
from orderhub.ports import Claims, Cursor, CursorStore

__all__ = ["Entry", "Preference", "SendLedger"]

ROUNDS = 5
"""Reads after a lost race; each means that somebody else went on."""
_FREE = frozenset({"open", "failed", "deferred"})
DOUBT = frozenset({"sending", "unknown"})


class LedgerStore(CursorStore, Claims, Protocol):
    """What the ledger keeps itself in."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What became of one message on one channel.

    Attributes:
        state: open, sending, sent, failed, unknown, deferred.
        at: When it came to be so; UTC.
        attempt: How often it was tried.
        why: Reason of a failure, or until when it waits.
        receipt: The vendor's own number of the message.
    """

    state: str = "open"
    at: str = ""
    attempt: int = 0
    why: str = ""
    receipt: str = ""

    @property
    def is_settled(self) -> bool:
        """Whether it was sent for sure."""
        return self.state == "sent"

    @property
    def is_doubtful(self) -> bool:
        """Whether it may or may not have been sent."""
        return self.state in DOUBT


@dataclass(frozen=True, slots=True)
class Preference:
    """What one contact wishes; kept under its hash.

    Attributes:
        out: Channels that it wants nothing from; `*` none at all.
        consent: Purposes that it agreed to.
        locale: Language.
    """

    out: tuple[str, ...] = ()
    consent: tuple[str, ...] = ()
    locale: str = ""

    def refuses(self, channel: str) -> bool:
        """Whether nothing may be sent to it there."""
        return "*" in self.out or channel in self.out


class SendLedger:
    """Every message to every channel, once."""

    def __init__(self, store: LedgerStore) -> None:
        self._store = store

    def entry(self, key: str, channel: str) -> Entry:
        """What is known of a message; a fresh one is `open`."""
        return _entry(self._cursor(key, channel))

    def begin(
        self, key: str, channel: str, at: datetime, retell_after: timedelta | None
    ) -> tuple[Cursor | None, Entry]:
        """Claim a message before it is sent.

        Args:
            retell_after: How long one in doubt is thought to be on its way; None means for ever.
        Returns:
            The claim, to be handed to `finish`, and the entry; without a claim it is not ours to send.
        """
        for _ in range(ROUNDS):
            cursor = self._cursor(key, channel)
            before = _entry(cursor)
            if not _is_free(before, at, retell_after):
                return None, before
            after = Entry("sending", at.isoformat(), before.attempt + 1)
            try:
                return self._store.put_cursor(cursor, _dump(after)), after
            except StaleVersion:
                continue
        return None, self.entry(key, channel)

    def finish(self, claim: Cursor, state: str, at: datetime, *, why: str = "", receipt: str = "") -> Entry:
        """Write down what became of it; somebody who took the message over has the last word."""
        after = Entry(state, at.isoformat(), _entry(claim).attempt, why, receipt)
        try:
            self._store.put_cursor(claim, _dump(after))
        except StaleVersion:
            return _entry(self._store.get_cursor(claim.name))
        return after

    def put_off(self, key: str, channel: str, at: datetime, until: datetime) -> Entry:
        """Write down that it waits; one that is under way or done stays as it is."""
        cursor = self._cursor(key, channel)
        before = _entry(cursor)
        if before.state not in _FREE:
            return before
        after = Entry("deferred", at.isoformat(), before.attempt, until.isoformat())
        try:
            self._store.put_cursor(cursor, _dump(after))
        except StaleVersion:
            return self.entry(key, channel)
        return after

    def fail(self, key: str, channel: str, at: datetime, why: str) -> bool:
        """Write down why it cannot be sent; True when that is news."""
        cursor = self._cursor(key, channel)
        before = _entry(cursor)
        if before.state not in _FREE or (before.state, before.why) == ("failed", why):
            return False
        try:
            self._store.put_cursor(cursor, _dump(Entry("failed", at.isoformat(), before.attempt, why)))
        except StaleVersion:
            return False
        return True

    def settle(self, key: str, channel: str, at: datetime, *, sent: bool) -> bool:
        """Say what became of a message in doubt; False when it is not in doubt (any more)."""
        cursor = self._cursor(key, channel)
        before = _entry(cursor)
        if not before.is_doubtful:
            return False
        after = Entry("sent" if sent else "failed", at.isoformat(), before.attempt, "settled by hand")
        try:
            self._store.put_cursor(cursor, _dump(after))
        except StaleVersion:
            return False
        return True

    def forget(self, key: str, channel: str) -> None:
        """Let a message be sent again, e.g. when the problem behind an alert was solved."""
        cursor = self._cursor(key, channel)
        if cursor.position is not None:
            self._store.put_cursor(cursor, _dump(Entry()))

    # --- contacts, by their hashes ---

    def pepper(self) -> str:
        """The secret behind the hashes; the first who asks makes it."""
        for _ in range(ROUNDS):
            cursor = self._store.get_cursor("notify:pepper")
            if cursor.position:
                return cursor.position
            try:
                return self._store.put_cursor(cursor, secrets.token_hex(32)).position or ""
            except StaleVersion:
                continue
        raise StaleVersion("the secret of the contact lists changes faster than it can be read")

    def preference(self, contact: str) -> Preference:
        """What a contact wishes."""
        return _preference(self._store.get_cursor(f"notify:contact:{contact}"))

    def prefer(self, contact: str, **changes: object) -> Preference:
        """Write a wish down; others of the same contact stay."""
        for _ in range(ROUNDS):
            cursor = self._store.get_cursor(f"notify:contact:{contact}")
            after = Preference(**{**asdict(_preference(cursor)), **changes})
            try:
                self._store.put_cursor(cursor, json.dumps(asdict(after)))
            except StaleVersion:
                continue
            return after
        raise StaleVersion("the wishes of this contact change faster than they can be written")

    def take_slot(self, contact: str, day: str, per_day: int, at: datetime) -> str | None:
        """One of a contact's messages of a day; None when all are used up. An unused one is given back."""
        for number in range(per_day):
            slot = f"notify:slot:{contact}:{day}:{number}"
            [(is_mine, _)] = self._store.claim([slot], at)
            if is_mine:
                return slot
        return None

    def use_slot(self, slot: str) -> None:
        """It was used, or may have been."""
        self._store.resolve({slot: "used"})

    def return_slot(self, slot: str) -> None:
        """Nothing was sent."""
        self._store.abandon([slot])

    def _cursor(self, key: str, channel: str) -> Cursor:
        return self._store.get_cursor(f"notify:sent:{channel}:{key}")


def _is_free(entry: Entry, at: datetime, retell_after: timedelta | None) -> bool:
    if entry.state in _FREE:
        return True
    return entry.is_doubtful and retell_after is not None and at >= datetime.fromisoformat(entry.at) + retell_after


def _entry(cursor: Cursor) -> Entry:
    return Entry(**json.loads(cursor.position)) if cursor.position else Entry()


def _dump(entry: Entry) -> str:
    return json.dumps(asdict(entry))


def _preference(cursor: Cursor) -> Preference:
    told: Mapping[str, object] = json.loads(cursor.position) if cursor.position else {}
    return Preference(tuple(told.get("out", ())), tuple(told.get("consent", ())), str(told.get("locale", "")))  # type: ignore[arg-type]
