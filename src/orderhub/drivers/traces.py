"""Errors leave a world without the frames that they came through. Imports `errors`.

Those frames hold replies, documents and signed requests, and a traceback printed with its locals would print them. What
the error says itself is enough to act on. Other exceptions are faults of a program and keep everything. Set
`ORDERHUB_KEEP_FRAMES=1` while you write a connector.
"""

from __future__ import annotations

import os
from typing import TypeVar

from orderhub.errors import OrderHubError

__all__ = ["bared"]

E = TypeVar("E", bound=OrderHubError)


def bared(error: E) -> E:
    """The same error, it and all that led to it without frames."""
    if os.environ.get("ORDERHUB_KEEP_FRAMES"):
        return error
    seen, waiting = set[int](), list[BaseException | None]([error])
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        one.__traceback__ = None
        waiting += [one.__cause__, one.__context__]
    return error
