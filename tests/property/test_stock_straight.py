"""The straight way of a batch gives what its rules give one by one: outcomes, movements, levels, keys."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from orderhub.inventory import Commit, Receive, Reserve, StockCommand, StockLine, StockOutcome
from orderhub.inventory.batch import Batch
from orderhub.inventory.canonical import check, check_all
from orderhub.inventory.reducer import _DECIDE, reduce
from orderhub.inventory.state import Reduction, State
from orderhub.testing.stock import PLACES
from orderhub.testing.stock_machine import COMMANDS

NOW = datetime(2026, 11, 11, tzinfo=UTC)
plain = st.one_of(
    st.builds(
        Reserve,
        st.sampled_from([f"r{n}" for n in range(9)]),
        st.lists(st.builds(StockLine, *map(st.sampled_from, ("AB", ["w", "v"], (1, 2)))), min_size=1, max_size=3).map(
            tuple
        ),
    ),
    st.builds(Commit, st.sampled_from([f"c{n}" for n in range(9)]), st.sampled_from([f"r{n}" for n in range(9)])),
)
odd = st.one_of(st.none(), st.integers(-1, 2), st.text(max_size=2), st.just("x" * 256), st.just(["\0"]), st.just(True))
malformed = st.one_of(
    st.builds(Commit, odd, odd, st.one_of(st.none(), odd)),
    st.builds(Reserve, odd, st.one_of(odd, st.tuples(st.one_of(odd, st.builds(StockLine, odd, odd, odd))))),
)


def one_by_one(state: State, commands: list[StockCommand]) -> Reduction:
    """The rules alone, in the order of the commands."""
    batch = Batch(state, NOW)
    batch.expire_due()
    for command in commands:
        payload, key = check(command), command.key
        if isinstance(payload, StockOutcome):
            batch.result.outcomes.append(payload)
            continue
        if key not in state.seen:
            if refusal := _DECIDE[payload[0]](batch, key, payload):
                state.refused[key] = refusal
            state.seen[key] = payload
            batch.result.fresh.append(key)
        elif state.seen[key] != payload:
            assert reduce(state, [command], NOW).outcomes[0].reason == "key_conflict"
            batch.result.outcomes += reduce(state, [command], NOW).outcomes
            continue
        batch.result.outcomes.append(state.refused.get(key, StockOutcome(True, key)))
    return batch.result


def shown(state: State) -> tuple[object, ...]:
    rows = {place: (row.on_hand, row.reserved, row.version, row.last) for place, row in state.rows.items()}
    return state.seen, state.refused, state.reservations, rows, state.seq, sorted(state.deadlines)


@settings(max_examples=60, deadline=None)
@given(batches=st.lists(st.lists(st.one_of(plain, plain, COMMANDS), max_size=12), min_size=1, max_size=3))
def test_a_batch_does_what_its_rules_do_one_by_one(batches: list[list[StockCommand]]) -> None:
    goods = [Receive("in", tuple(StockLine(sku, name, 4) for sku, name in [*PLACES, ("A", "w"), ("B", "v")]))]
    straight, slow = State(), State()
    for commands in [goods, *batches]:
        assert reduce(straight, commands, NOW) == one_by_one(slow, commands)
        assert shown(straight) == shown(slow)
        assert all(row.reserved <= row.on_hand for row in straight.rows.values())


@given(st.lists(st.one_of(plain, malformed, COMMANDS), max_size=8))
def test_many_are_checked_as_one_is(commands: list[StockCommand]) -> None:
    assert check_all(commands) == [check(command) for command in commands]
