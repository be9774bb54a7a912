"""The fault matrix: what may go wrong, what must come of it, and which tests prove it.

A test names the rows that it proves: `@pytest.mark.fault(7)`, or in a table `PROVES` of its module for checks of the
kits, which run against every connector or every store. Tests are read, not imported. `UNPROVEN` holds the rows of which
no test proves all that is promised: a row leaves it with the test that does.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["ROWS", "UNPROVEN", "Proof", "Row", "proofs", "proofs_of"]

TESTS = Path(__file__).parents[1] / "tests"


@dataclass(frozen=True, slots=True)
class Row:
    """One fault and what must come of it."""

    fault: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Proof:
    """One test that names a row; `path` is below `tests`."""

    row: int
    path: str
    name: str

    @property
    def words(self) -> str:
        """What the test says of itself."""
        return self.name.removeprefix("test_").replace("_", " ")


ROWS: dict[int, Row] = {
    1: Row("A host name cannot be resolved", "a retryable error after three tries, each charged to the quota"),
    2: Row("No connection in time", "tried again, writes too: nothing was executed"),
    3: Row("The reply to a read does not come in time", "the same read again"),
    4: Row("The reply to a write does not come in time", "the outcome is unknown and settled by reading; never resent"),
    5: Row("The connection breaks within a body", "the piece is thrown away; the read is repeated"),
    6: Row("The peer had closed a kept connection", "reads and keyed writes are repeated, other writes are unknown"),
    7: Row("A server error of HTTP", "waits with jitter, at most three tries"),
    8: Row("HTTP says success, the body says error", "the error of its code; a code nobody listed is not repeated"),
    9: Row("Too many calls", "waits as long as it is told; other operations and shops go on"),
    10: Row("A hundred shops of one app are throttled at once", "they share one bucket; at most a tenth more calls"),
    11: Row("A web page where data should be", "an error that says so"),
    12: Row("JSON that is cut short", "an error; reads are repeated"),
    13: Row("Another charset, or a byte order mark", "decoded as the header says, or an error; nothing garbled"),
    14: Row("A small reply that unpacks to a huge one", "reading stops at the limit"),
    15: Row("XML with entities that grow or reach out", "refused; nothing is expanded or fetched"),
    16: Row("A status that nobody knows", "the order is kept as unknown with the raw word, told once, never shipped"),
    17: Row("A field is missing, null or empty", "what is optional is unknown; a bad order waits, its page goes on"),
    18: Row("Numbers as text, text as numbers, yuan or fen", "exact decimals; nothing is guessed"),
    19: Row("Lines that do not add up to the order", "a finding; the order is held, not refused"),
    20: Row("Emoji, invisible and foreign letters, endless notes", "kept as they came; shortened for carriers only"),
    21: Row("Times without zone, impossible or empty dates", "aware instants of the platform's zone, or an error"),
    22: Row("The clock of the host is wrong", "the offset is learnt from the server; one more try"),
    23: Row("The token lapses between two pages", "refreshed once; no page is skipped"),
    24: Row("Refreshing is refused", "an error of that shop alone, and no hammering"),
    25: Row("Two processes refresh at once", "one token wins, the other process takes it over"),
    26: Row("Keys are being changed", "both are accepted meanwhile"),
    27: Row("An address leads to a foreign or private host", "refused before anything is sent"),
    28: Row("A redirect to another host", "not followed; credentials never go there"),
    29: Row("Rows move while pages are read", "nothing lost, nothing twice"),
    30: Row("Changes within one second at the edge of a window", "all of them are read"),
    31: Row("A list lies about its total or its end", "bounded reading, and a finding"),
    32: Row("An older version arrives late", "the newer one stays; both are in the history"),
    33: Row("Death after storing, before the cursor moved", "read again; nothing twice"),
    34: Row("Death after reading, before storing", "read again; nothing lost"),
    35: Row("Two workers on one shop", "the slower one is refused and loses nothing"),
    36: Row("An order that cannot be decoded", "kept aside whole; the page goes on; it can be replayed"),
    37: Row("The store cannot write", "no cursor moves; an error says so"),
    38: Row("A message ten times, out of order", "one event a version"),
    39: Row("A forged, old, future or cut message", "refused before anything is parsed"),
    40: Row("A message before its order can be read", "tried again until it can, for a day; then a finding"),
    41: Row("A reservation is repeated with its key", "the first answer again, no second effect"),
    42: Row("The same key for something else", "refused as a conflict"),
    43: Row("Many buyers, one unit left", "one of them gets it"),
    44: Row("Shipping a reservation that ended", "refused with its state; the ledger stays as it is"),
    45: Row("A part is shipped and the rest released", "exactly the rest is free again"),
    46: Row("A worker dies between reserving and shipping", "the reservation ends by itself; nothing leaks"),
    47: Row("The database restarts within a transaction", "whole or nothing; sums stay right"),
    48: Row("Deadlocks and busy databases", "repeated inside or a retryable error; never a deadlock of our own"),
    49: Row("Negative, zero, huge or broken quantities", "refused at the edge"),
    50: Row("One of five channels cannot be told its stock", "that one is tried again, with the newest figure"),
    51: Row("A channel shows more than there is", "bounded by the buffer; stock is never negative"),
    52: Row("Stock is counted while reservations are open", "reservations stay; the difference is booked"),
    53: Row("Goods get lost between warehouses", "they stay in transit until somebody says why"),
    54: Row("A part is refunded twice", "refused; never more back than was paid"),
    55: Row("Cancelling races with shipping", "one wins, the other is refused; stock is right either way"),
    56: Row("The address changes after the label", "a new label for the new address, or refused"),
    57: Row("Orders of different receivers are merged", "refused"),
    58: Row("Parts that are not the whole order", "refused"),
    59: Row("One of a thousand parcels fails", "the others go; the next run sends only that one"),
    60: Row("The reply of a waybill is lost", "the same waybill, never a second one"),
    61: Row("A rate table lacks the province", "that carrier is skipped with the reason; nobody left is an error"),
    62: Row("Tracking events out of order, twice, in two zones", "one story in order; a parcel never moves back"),
    63: Row("A carrier is down", "the next one; labels that exist stay"),
    64: Row("A message gateway gives no answer", "at most one message an order and event"),
    65: Row("A text lacks a field", "refused before sending"),
    66: Row("A report over nothing", "an empty result with all its columns"),
    67: Row("Days of shops in other zones", "the shop's own day; days add up to the total"),
    68: Row("Several currencies", "never added up"),
    69: Row("Cancelled at any moment of an async call", "no connection, lock or lease leaks"),
    70: Row("Use after a fork, from threads, from two loops", "safe, or a clear error"),
    71: Row("A broken plug-in", "the others work"),
    72: Row("People are erased while orders are read", "they stay erased, whatever the platform tells later"),
}

UNPROVEN: frozenset[int] = frozenset()
"""Rows of which no test proves all that is promised."""


def proofs(root: Path = TESTS) -> dict[int, list[Proof]]:
    """Row -> the tests that name it, by path."""
    found: dict[int, list[Proof]] = {}
    for path in sorted(root.rglob("test_*.py")):
        text = path.read_text("utf-8")
        if "mark.fault(" in text or "PROVES" in text:
            for proof in proofs_of(text, path.relative_to(root).as_posix()):
                found.setdefault(proof.row, []).append(proof)
    return found


def proofs_of(text: str, path: str) -> Iterator[Proof]:
    """What one module proves."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for mark in node.decorator_list:
                if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.fault":
                    yield from (Proof(ast.literal_eval(row), path, node.name) for row in mark.args)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            if isinstance(target, ast.Name) and target.id == "PROVES":
                for name, rows in ast.literal_eval(node.value).items():
                    yield from (Proof(row, path, name) for row in rows)
