"""The net under the verbs: what nobody documented is a typed error without its value, and nothing else is changed."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest

from orderhub.drivers.guard import HostGuard
from orderhub.drivers.services import Services
from orderhub.drivers.sync import SyncWorld
from orderhub.errors import DecodeError, NotFound, OutcomeUnknown
from orderhub.flow.message import Reply, Request
from orderhub.flow.steps import Call, Emit, call, gather
from orderhub.kit.net import UNSHAPED
from orderhub.kit.operations import Operations

PERSON = "王小明 13900001234"


class Desk(Operations):
    """Verbs that do with a reply what they are told to."""

    spec = SimpleNamespace(platform="demo")  # type: ignore[assignment]

    def __init__(self, read: Callable[[Any], Any]) -> None:
        self.read, self.closed = read, False

    def _asked(self, given: Any) -> Any:
        if given == "early":
            self.read(given)
        try:
            reply = yield from call(Request("GET", "https://demo.example/"))
        except NotFound:
            return "nothing"
        finally:
            self.closed = True
        yield Emit(())
        return self.read(reply)

    def fetch_order(self, order_id: str) -> Any:
        return (yield from self._asked(order_id))

    def ship(self, parcels: Any) -> Any:
        return (yield from self._asked(parcels))

    def helper(self, given: Any) -> Any:
        return (yield from self._asked(given))


def fails(error: Exception) -> Callable[[Any], Any]:
    def read(reply: Any) -> Any:
        value = PERSON  # stands in the frame, as a reply would
        raise error if value else None

    return read


def end(operation: Any) -> Any:
    try:
        step = next(operation)
        while True:
            step = operation.send(Reply(200) if isinstance(step, Call) else None)
    except StopIteration as stop:
        return stop.value


@pytest.mark.fault(17)
@pytest.mark.parametrize("kind", [*UNSHAPED, KeyError, IndexError, UnicodeError, ZeroDivisionError])
def test_what_nobody_documented_is_a_typed_error_without_its_value(kind: type[Exception]) -> None:
    for verb, told in (("fetch_order", DecodeError), ("ship", OutcomeUnknown)):
        with pytest.raises(told) as caught:
            end(getattr(Desk(fails(kind(PERSON))), verb)("1"))
        assert (caught.value.platform, caught.value.operation) == ("demo", verb)
        assert kind.__name__ in str(caught.value) and "fails.<locals>.read" in str(caught.value)
        shown = "".join(traceback.format_exception(caught.value))
        assert PERSON not in shown and "13900001234" not in repr(caught.value.__dict__)


def test_a_wrong_argument_and_what_is_no_verb_stay_as_they_are() -> None:
    for verb in ("fetch_order", "ship"):
        with pytest.raises(KeyError):
            end(getattr(Desk(fails(KeyError("argument"))), verb)("early"))
    with pytest.raises(KeyError):
        end(Desk(fails(KeyError("helper"))).helper("1"))
    for error in (NotFound("no"), MemoryError(), RecursionError()):
        with pytest.raises(type(error)):
            end(Desk(fails(error)).fetch_order("1"))


def test_steps_answers_errors_and_the_end_pass_through() -> None:
    desk = Desk(lambda reply: reply.status)
    assert end(desk.fetch_order("1")) == 200 and end(desk.ship([])) == 200
    operation = desk.fetch_order("1")
    next(operation)
    with pytest.raises(StopIteration) as stop:
        operation.throw(NotFound("no"))
    assert stop.value.value == "nothing"
    desk.closed = False
    operation = desk.fetch_order("1")
    next(operation)
    operation.close()
    assert desk.closed, "what was begun is closed when the caller leaves"


class Crowd(Desk):
    """A verb that reads several things at once, some of them in turn at once again."""

    def _read(self, given: Any) -> Any:
        reply = yield from call(Request("GET", f"https://demo.example/{given}"))
        if given == "strange":
            return self.read(reply)
        return given

    def _two(self) -> Any:
        return (yield from gather([partial(self._read, given) for given in ("deep", "strange")]))

    def fetch_order(self, order_id: str) -> Any:
        parts: list[Any] = [*(partial(self._read, one) for one in ("a", "strange", "b")), self._two]
        found = yield from gather(parts)
        return [type(one) if isinstance(one, Exception) else one for one in (*found[:3], *found[3])]


@pytest.mark.fault(17)
@pytest.mark.parametrize("kind", UNSHAPED)
def test_a_strange_reply_among_several_is_one_error_and_the_others_are_read(kind: type[Exception]) -> None:
    """Without a net of its own such a part took all the others with it, untyped."""
    host = HostGuard(["demo.example"])
    found = SyncWorld(Services(host), Answering()).run(Crowd(fails(kind(PERSON))).fetch_order(""))  # type: ignore[arg-type]
    assert found == ["a", DecodeError, "b", "deep", DecodeError]


def _breaking(kind: type[Exception]) -> Any:
    person = PERSON  # stands in the frame, as a document would
    yield from call(Request("GET", "https://demo.example/"))
    raise kind("no") from ValueError(person[:0])


class Answering:
    def send(self, request: Request) -> Reply:
        return Reply(200)


def test_an_error_leaves_without_the_frames_that_held_a_person_and_a_fault_keeps_its_own() -> None:
    world = SyncWorld(Services(HostGuard(["demo.example"])), Answering())  # type: ignore[arg-type]
    for kind, holds in ((DecodeError, False), (ZeroDivisionError, True)):
        with pytest.raises(kind) as caught:
            world.run(_breaking(kind))
        error: BaseException | None = caught.value
        shown = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format())
        assert (PERSON in shown) is holds
        assert error is not None and isinstance(error.__cause__, ValueError), "what led to it is still told"
