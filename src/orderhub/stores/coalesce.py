"""Puts concurrent callers of one stock ledger together into batches. Imports `errors`, `models`.

No thread of its own: the first caller that gets the turn carries out what everybody has queued meanwhile, so a store
whose transaction is slow (a disk sync) serves as many callers a transaction as are waiting.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from threading import Lock
from typing import TypeAlias

from orderhub.errors import InventoryError
from orderhub.models.stock import Adjust, Expire, Receive, Release, Reserve, Restock, StockCommand, StockOutcome

__all__ = ["Coalescer", "Ticket", "serve", "take_batch"]

Run: TypeAlias = Callable[[Sequence[StockCommand]], list[StockOutcome]]

BATCH_MAX = 2000
"""Commands of several callers in one batch; a single caller's batch is never cut."""

SUPPLY = frozenset({Receive, Restock, Adjust, Release, Expire})


class Ticket:
    """One caller's commands, and in the end its outcomes or the error of its batch."""

    __slots__ = ("commands", "error", "outcomes")

    def __init__(self, commands: Sequence[StockCommand]) -> None:
        self.commands = commands
        self.outcomes: list[StockOutcome] | None = None
        self.error: Exception | None = None

    @property
    def is_done(self) -> bool:
        """Whether the caller can be answered."""
        return self.outcomes is not None or self.error is not None

    def answer(self) -> list[StockOutcome]:
        """The outcomes; raises the error of the batch."""
        if self.error is not None:
            raise self.error
        assert self.outcomes is not None
        return self.outcomes


class Coalescer:
    """Group commit for threads: `apply` blocks until the batch that holds its commands is done."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._waiting: deque[Ticket] = deque()
        self._turn = Lock()

    def apply(self, commands: Sequence[StockCommand]) -> list[StockOutcome]:
        """The outcomes of `commands`, in order, whoever's turn carried them out."""
        ticket = Ticket(commands)
        self._waiting.append(ticket)
        while not ticket.is_done:
            with self._turn:
                if not ticket.is_done:
                    serve(self._run, take_batch(self._waiting))
        return ticket.answer()


def take_batch(waiting: deque[Ticket]) -> list[Ticket]:
    """Take the oldest tickets, at least one. Only one taker at a time."""
    batch = [waiting.popleft()]
    size = len(batch[0].commands)
    while waiting and size + len(waiting[0].commands) <= BATCH_MAX:
        batch.append(waiting.popleft())
        size += len(batch[-1].commands)
    return batch


def serve(run: Run, tickets: Sequence[Ticket]) -> None:
    """Carry out `tickets` as one batch: supply first, each caller's own order kept.

    Callers are concurrent, so any order among them is right; goods coming in before goods going out refuses fewest.
    When a batch of several fails, each is tried alone, so that nobody suffers from another's commands.
    """
    ordered = sorted(tickets, key=_rank)
    try:
        outcomes = run([command for ticket in ordered for command in ticket.commands])
    except Exception as error:
        if len(ordered) == 1 or getattr(error, "retryable", False):
            _fail(ordered, error)
        else:
            for ticket in ordered:
                serve(run, (ticket,))
    except BaseException:
        _fail(ordered, InventoryError("The thread that carried this batch was interrupted", retryable=True))
        raise
    else:
        start = 0
        for ticket in ordered:
            end = start + len(ticket.commands)
            ticket.outcomes = outcomes[start:end]
            start = end


def _fail(tickets: Sequence[Ticket], error: Exception) -> None:
    for ticket in tickets:
        ticket.error = error


def _rank(ticket: Ticket) -> int:
    """0 for what only adds units, 2 for what only takes some, 1 for the rest."""
    commands = ticket.commands
    if len(commands) == 1:
        return _RANKS.get(type(commands[0]), 1)
    kinds = {type(command) for command in commands}
    if kinds <= SUPPLY:
        return 0
    return 2 if kinds == {Reserve} else 1


_RANKS: dict[type, int] = {Reserve: 2, **dict.fromkeys(SUPPLY, 0)}
"""Of callers with one command."""
