"""The last net under every verb: a reply that is shaped as nobody wrote becomes an error of the library.

Connectors read what their platform documents, row by row, and name what is wrong. What a platform sends beyond every
page of its documents would still end in a bare `KeyError`; here it ends in `DecodeError`, or in `OutcomeUnknown` where
a write was sent. Before the first answer nothing is caught: then it is the caller's argument that is wrong. Of several
calls that run together each has its own net, so that one strange reply is one error among their results.

Imports `flow`, `kit`, `errors`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from inspect import isgeneratorfunction
from typing import Any

from orderhub.errors import DecodeError, OrderHubError, OutcomeUnknown
from orderhub.flow.steps import Call, Gather, Operation, Step
from orderhub.kit.verbs import CARRIER_VERBS, CHANNEL_VERBS, Verb

__all__ = ["UNSHAPED", "netted", "where"]

UNSHAPED = (ValueError, TypeError, AttributeError, LookupError, ArithmeticError)
"""What reading a value that is not what it should be ends in; validation errors of pydantic are among them."""
_FROM_OUTSIDE = (Call, Gather)
_PARTS = {"read_page": Verb("stream", "one page, details included")}
_MARK = "__netted__"
_SENT_TO_US = frozenset({"decode_message", "decode_push"})
"""Verbs whose argument came from outside already."""


def _table() -> Mapping[str, Verb]:
    """Every operation that somebody outside calls: verbs, and the page verbs that streams are made of."""
    verbs = {**CARRIER_VERBS, **CHANNEL_VERBS, **_PARTS}
    return {**verbs, **{verb.needs: verb for verb in verbs.values() if verb.needs}}


_TABLE = _table()


def netted(kind: type) -> None:
    """Put the net under every verb that a class of operations has, its own and those it was composed of."""
    for name, verb in _TABLE.items():
        method = getattr(kind, name, None)
        if isgeneratorfunction(method) and not hasattr(method, _MARK):
            setattr(kind, name, _under(method, name, verb.kind == "write"))


def _under(method: Callable[..., Operation[Any]], name: str, is_write: bool) -> Callable[..., Operation[Any]]:
    @wraps(method)
    def act(self: Any, *args: Any, **named: Any) -> Operation[Any]:
        return (yield from _caught(method(self, *args, **named), name, self.spec.platform, is_write))

    setattr(act, _MARK, True)
    return act


def _caught(operation: Operation[Any], name: str, platform: str, is_write: bool) -> Operation[Any]:
    """Hand every step out and every answer in, as `yield from` does, and see whether anything was answered."""
    answer: Any = None
    failure: Exception | None = None
    answered = name in _SENT_TO_US
    try:
        while True:
            try:
                step: Step = operation.send(answer) if failure is None else operation.throw(failure)
            except StopIteration as end:
                return end.value
            except UNSHAPED as error:
                if not answered:
                    raise
                raise _told(error, name, platform, is_write) from None  # its own words may hold the value
            answer = failure = None
            if type(step) is Gather:
                step = Gather(tuple(_part(make, name, platform, is_write) for make in step.operations), step.limit)
            try:
                answer = yield step
                answered = answered or type(step) in _FROM_OUTSIDE
            except Exception as error:
                failure = error
    finally:
        operation.close()
        del failure  # it holds this frame


def _part(make: Callable[[], Operation[Any]], name: str, platform: str, is_write: bool) -> Callable[[], Operation[Any]]:
    """One of several that run together: what it cannot read is its own error, and the others end as they end."""

    def start() -> Operation[Any]:
        return (yield from _caught(make(), name, platform, is_write))

    return start


def _told(error: Exception, name: str, platform: str, is_write: bool) -> OrderHubError:
    if is_write:
        return OutcomeUnknown(
            f"{name}: a reply is not shaped as documented ({where(error)}), so the outcome is not known; "
            "read the state before repeating it",
            platform=platform, operation=name,
        )  # fmt: skip
    return DecodeError(f"a reply is not shaped as documented ({where(error)})", platform=platform, operation=name)


def where(error: Exception) -> str:
    """What failed and where in the code; never with which value."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return type(error).__name__
    return f"{type(error).__name__} in {trace.tb_frame.f_code.co_qualname}"
