"""The official static sandbox, replayed from its own cases. Source: docs/platforms/amazon.md §10.3, §12 (19). Pure.

The cases come in as a switch; a case is `{"operationId", "method", "path", "status", "request", "response"}`, where
each parameter of `request` says where it stands (`query`, `path`, `body`, `header`) and its value.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from orderhub.sandbox.emulator import ParsedRequest
from orderhub.sandbox.platforms.amazon.wire import Doc, Refusal, bad

__all__ = ["replayed"]

NOTHING = "Could not match input arguments"


def replayed(request: ParsedRequest, cases: list[Doc]) -> tuple[Doc | None, int]:
    """(body, status) of the case that fits best; refuses when none does."""
    query: dict[str, list[str]] = {}
    for name, value in request.query:
        query.setdefault(name, []).extend(value.split(","))
    body = _body(request)
    fitting = []
    for at, case in enumerate(cases):
        found = _pattern(case["path"]).fullmatch(request.path) if case["method"] == request.method else None
        if found and all(_fits(name, want, query, found.groupdict(), body) for name, want in case["request"].items()):
            fitting.append((_weight(case), -case["path"].count("{"), -at, case))
    if not fitting:
        raise bad(NOTHING)
    case = max(fitting, key=lambda row: row[:3])[3]
    return (None if case["status"] == 204 else case["response"]), case["status"]


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path))


def _weight(case: Doc) -> int:
    """How much a case asks for, value by value; one with an empty request, or any body, matches last."""
    return sum(_leaves(want["value"]) for want in case["request"].values())


def _leaves(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + sum(_leaves(one) for one in value.values())
    return 0 if value is None else 1


def _fits(
    name: str, want: Mapping[str, Any], query: Mapping[str, list[str]], path: Mapping[str, str], body: Any
) -> bool:
    value = want["value"]
    if value is None:
        return True
    if want["in"] == "path":
        return path.get(name) == str(value)
    if want["in"] == "body":
        return _holds(body, value)
    values = value if isinstance(value, list) else [value]
    return query.get(name) == [_text(one) for one in values]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _holds(have: Any, want: Any) -> bool:
    """Whether all that is wanted is there; more may be."""
    if isinstance(want, dict):
        return isinstance(have, dict) and all(name in have and _holds(have[name], one) for name, one in want.items())
    return bool(have == want)


def _body(request: ParsedRequest) -> Any:
    try:
        return json.loads(request.body) if request.body else None
    except ValueError:
        raise Refusal(400, "InvalidInput", NOTHING) from None
