"""Faults by name: what each does, which are armed, which hits a call. Imports `emulator`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from orderhub.sandbox.emulator import Armed, ControlError

__all__ = ["FAULTS", "Fault", "FaultTable", "Rule"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of fault.

    Attributes:
        where: `world` performs it for everybody, `emulator` hands it in with the call, `create` when records are made.
        times: How often it strikes unless told; None means until disarmed.
        delay_s: Its number in seconds unless told; each `about` says what it means.
    """

    about: str
    where: str = "world"
    times: int | None = 1
    delay_s: float = 0.0


FAULTS: dict[str, Fault] = {
    "timeout_before": Fault("never executed, no reply; the connection drops after delay_s"),
    "timeout_after": Fault("executed, the reply is lost; the connection drops after delay_s"),
    "connect_failed": Fault("refused before anything was sent (in process; over a socket the connection drops)"),
    "reset": Fault("executed, the connection is reset in the middle of the reply"),
    "http_500": Fault("not executed, status 500"),
    "http_503": Fault("not executed, status 503, Retry-After delay_s when given"),
    "html_page": Fault("not executed, a login page with status 200"),
    "truncated": Fault("executed, half of the body under its own correct length"),
    "bad_json": Fault("executed, a body that no parser takes"),
    "wrong_charset": Fault("executed, GBK bytes under a UTF-8 label"),
    "gzip_bomb": Fault("executed, a small body that unpacks to 64 MiB"),
    "slow": Fault("executed, the reply comes delay_s later (in process the sandbox clock moves instead)", delay_s=1.0),
    "clock_skew": Fault("the server's clock is delay_s ahead (negative: behind)", times=None, delay_s=900.0),
    "call_limited": Fault("refused by the call limit for delay_s seconds", "emulator", delay_s=1.0),
    "token_expired": Fault("the access token of this call expires now, and stays expired", "emulator"),
    "repeated_page": Fault("the rows of the page before once more, instead of those asked for", "emulator"),
    "shifting_pages": Fault("one order of the list changes before the page is cut", "emulator"),
    "unknown_status": Fault("one row carries a status that no document knows", "emulator"),
    "drifted_field": Fault("a field changes its type and a new field appears", "emulator"),
    "late_order": Fault("a new record can be read only delay_s after its own time", "create", delay_s=120.0),
}


@dataclass(slots=True)
class Rule:
    """One armed fault; None matches everything."""

    platform: str | None
    shop_id: str | None
    operation: str | None
    fault: str
    times: int | None
    delay_s: float

    def matches(self, platform: str, shop_id: str | None, operation: str | None) -> bool:
        """Whether the call is meant; None in the rule means any."""
        told = ((self.platform, platform), (self.shop_id, shop_id), (self.operation, operation))
        return all(want is None or want == have for want, have in told)

    def view(self) -> dict[str, Any]:
        """As `GET /_sandbox/faults` shows it."""
        names = ("platform", "shop_id", "operation", "fault", "times", "delay_s")
        return {name: getattr(self, name) for name in names}


class FaultTable:
    """What is armed, first armed first hit."""

    def __init__(self) -> None:
        self._rules: list[Rule] = []

    def arm(self, body: Mapping[str, Any], offered: Mapping[str, Collection[str]]) -> Rule:
        """Add one; `offered` holds the faults that each emulator performs itself. Raises `ControlError`."""
        rule = _rule(body)
        _known(rule, offered)
        self._rules.append(rule)
        return rule

    def take(self, where: str, platform: str, shop_id: str | None, operation: str | None) -> Armed | None:
        """Use up the first rule that matches; `where` is `call` or the name of a fault struck outside calls."""
        for rule in self._rules:
            in_call = FAULTS[rule.fault].where != "create"
            if (in_call if where == "call" else rule.fault == where) and rule.matches(platform, shop_id, operation):
                return self._use(rule)
        return None

    def _use(self, rule: Rule) -> Armed:
        if rule.times is not None:
            rule.times -= 1
            if rule.times <= 0:
                self._rules.remove(rule)
        return Armed(rule.fault, rule.delay_s)

    def disarm(self, fault: str | None = None, **where: str) -> int:
        """Forget all, or all of one name; `platform`, `shop_id`, `operation` narrow it further. Answers how many."""
        wanted = {**where, **({} if fault is None else {"fault": fault})}
        kept = [rule for rule in self._rules if any(getattr(rule, key) != value for key, value in wanted.items())]
        gone, self._rules = len(self._rules) - len(kept), kept
        return gone

    def view(self) -> list[dict[str, Any]]:
        """Everything armed, oldest first."""
        return [rule.view() for rule in self._rules]

    def __bool__(self) -> bool:
        return bool(self._rules)


def _rule(body: Mapping[str, Any]) -> Rule:
    name = body.get("fault")
    fault = FAULTS.get(name) if isinstance(name, str) else None
    if fault is None or not isinstance(name, str):
        raise ControlError(f"unknown fault {name!r}", "use one of " + ", ".join(FAULTS))
    unknown = set(body) - {"platform", "shop_id", "operation", "fault", "times", "delay_s"}
    if unknown:
        raise ControlError(f"unknown key {min(unknown)!r}", "use platform, shop_id, operation, fault, times, delay_s")
    times, delay_s = body.get("times", fault.times), body.get("delay_s", fault.delay_s)
    if not (times is None or (isinstance(times, int) and not isinstance(times, bool) and times > 0)):
        raise ControlError(f"times is {times!r}", "give a positive integer, or null for always")
    if isinstance(delay_s, bool) or not isinstance(delay_s, int | float):
        raise ControlError(f"delay_s is {delay_s!r}", "give seconds as a number")
    return Rule(body.get("platform"), body.get("shop_id"), body.get("operation"), name, times, float(delay_s))


def _known(rule: Rule, offered: Mapping[str, Collection[str]]) -> None:
    if rule.platform is not None and rule.platform not in offered:
        raise ControlError(f"unknown platform {rule.platform!r}", "use one of " + ", ".join(offered), 404)
    if FAULTS[rule.fault].where == "world":
        return
    able = [name for name, faults in offered.items() if rule.fault in faults]
    if rule.platform not in able and (rule.platform is not None or not able):
        raise ControlError(f"{rule.platform or 'nobody'} does not perform {rule.fault}", f"use it on {able}")
