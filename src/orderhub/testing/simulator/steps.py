"""What one step comes to: done as any world does it, or spoilt by a fault. Imports `flow`, `errors`."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from orderhub.errors import ConnectFailed, OrderHubError, TimedOut, TransportError
from orderhub.flow.message import Reply, Request
from orderhub.flow.steps import Ask, Call, Now, Random, Step
from orderhub.stores.base import StoreUnavailable
from orderhub.testing.simulator.task import SimWorld

__all__ = ["done", "spoilt", "unstored"]

_PAGE = b"<!doctype html><title>login</title>"


def done(world: SimWorld, step: Step) -> Any:
    """The answer of a step that needs nobody else; raises what it raises."""
    match step:
        case Call(request):
            world.services.guard.check(request)
            return world.transport.send(request)
        case Ask(port, method, arguments, named):
            return getattr(world.services.port(port), method)(*arguments, **named)
        case Now():
            return world.services.clock.now()
        case Random():
            return world.services.randomness.random()
    raise TypeError(f"not a step: {type(step).__name__}")


def spoilt(world: SimWorld, request: Request, fault: str) -> Reply:
    """One exchange under a fault, see `faults.FAULTS`."""
    world.services.guard.check(request)
    if fault in ("lost_reply", "reset", "twice"):
        with suppress(OrderHubError):  # the reply is not heard either way
            world.transport.send(request)
    match fault:
        case "twice":
            reply: Reply = world.transport.send(request)
            return reply
        case "unavailable":
            return Reply(503, {"content-type": "text/plain"}, b"")
        case "html_page":
            return Reply(200, {"content-type": "text/html"}, _PAGE)
        case "no_connection":
            raise ConnectFailed("the connection was refused")
        case "reset":
            raise TransportError("the connection broke off")
    raise TimedOut("no reply came")


def unstored(world: SimWorld, step: Step, fault: str) -> Any:
    """A database that refuses, or that writes and cannot say so."""
    if fault == "store_lost_reply":
        done(world, step)
    raise StoreUnavailable("the database went away; nothing is known to be written")
