"""State machines as tables: what may be done in each state, what follows, and why the rest is refused. Pure.

Imports `models`, `errors`. One table decides, is tested by enumeration, and is drawn in the documentation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any

from orderhub.errors import Conflict
from orderhub.models import Outcome

__all__ = ["Machine"]


@dataclass(frozen=True)
class Machine:
    """One kind of thing that has a state.

    Attributes:
        states: State -> what is certain in it.
        commands: Command -> what it means.
        moves: State -> command -> states that it may lead to, the usual one first; what is not here is refused.
        why: State -> why a command that is not among its moves is refused in it.
    """

    name: str
    states: Mapping[str, str]
    commands: Mapping[str, str]
    moves: Mapping[str, Mapping[str, tuple[str, ...]]]
    why: Mapping[str, str]

    @cached_property
    def guards(self) -> Mapping[tuple[str, str], str | None]:
        """(state, command) -> why it is refused, None where it is allowed."""
        return MappingProxyType({
            (state, command): None if command in self.moves[state] else self.why[state]
            for state in self.states for command in self.commands
        })  # fmt: skip

    @cached_property
    def steps(self) -> frozenset[tuple[str, str]]:
        """Every (state, state that follows) of the table."""
        return frozenset(
            (state, after) for state, ways in self.moves.items() for ends in ways.values() for after in ends
        )

    def allowed_in(self, state: str) -> tuple[str, ...]:
        """Commands that are allowed in a state."""
        return tuple(command for command in self.commands if self.guards[state, command] is None)

    def refusal(self, key: str, state: str, command: str, because: str | None = None) -> Outcome[Any]:
        """A refused command: its reason, the state and what is allowed instead.

        Args:
            because: A reason beside the table, e.g. what the platform says.
        """
        reason = because or self.guards[state, command] or "refused"
        return Outcome(False, key, reason, self.objection(key, state, command, reason))

    def objection(self, key: str, state: str, command: str, reason: str) -> Conflict:
        """The error of a refusal."""
        instead = ", ".join(name for name in self.allowed_in(state) if name != command) or "nothing"
        told = f"{command} of {key} is refused: {reason} (state {state}); allowed instead: {instead}"
        return Conflict(told, operation=command, code=reason)
