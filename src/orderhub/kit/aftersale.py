"""Answers to after-sale cases: judged by the platform's own status word, lost replies settled by reading.

A connector says in a table in which status a verb may be sent and which status says that it was; what is the same
everywhere stands here. Imports `flow`, `models`, `errors`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from orderhub.errors import (
    Conflict,
    InvalidParameter,
    OrderHubError,
    OutcomeUnknown,
    RequestRejected,
    UnsupportedOperation,
)
from orderhub.flow.steps import Operation
from orderhub.models.aftersale import Refusal
from orderhub.models.outcome import Outcome
from orderhub.models.refund import Refund
from orderhub.models.status import AftersaleStatus, RefundKind

__all__ = ["ANY_KIND", "CaseStep", "CaseSteps", "allowed_steps", "answer_case", "check_evidence", "check_text"]

Kinds = frozenset[RefundKind]
ANY_KIND: Kinds = frozenset(RefundKind)
"""Every kind of case, those of unknown kind among them."""


@dataclass(frozen=True, slots=True)
class CaseStep:
    """When one verb may answer a case.

    Attributes:
        open: Status word of the platform -> kinds of cases that may be answered so in it.
        done: Status words that say that the answer was given, or that it is past.
    """

    open: Mapping[str, Kinds] = field(default_factory=dict)
    done: frozenset[str] = frozenset()

    def takes(self, case: Refund) -> bool:
        """Whether a case may be answered so now."""
        return case.kind in self.open.get(case.raw_status or "", frozenset())


CaseSteps = Mapping[str, CaseStep]
"""Verb -> when it may be sent."""
Write = Callable[[Refund], Operation[object]]


def allowed_steps(steps: CaseSteps, case: Refund) -> tuple[str, ...]:
    """Verbs that a case allows in the status that it has."""
    return tuple(verb for verb, step in steps.items() if step.takes(case))


def answer_case(
    verb: str, case: Refund, steps: CaseSteps, read: Callable[[], Operation[Refund]], write: Write
) -> Operation[Outcome[None]]:
    """Read the case, judge, write once; a refusal or a lost reply is settled by reading again.

    Args:
        case: As the caller saw it. The amount of an agreed refund must still be the one that it shows.
        read: The case as the platform has it now.
        write: Sends the answer for that case.
    Returns:
        Ok; ok with `already_done`; or not, by `wrong_state`, `unknown_status`, `case_changed`, or the error's name. An
        `OutcomeUnknown` stays one while the case still looks unanswered: lists may lag, and money is not sent twice.
    """
    try:
        fresh = yield from read()
        if fresh.raw_status in steps[verb].done:
            return Outcome(True, case.key, "already_done")
        if refused := _refusal(verb, case, fresh, steps):
            return refused
        yield from write(fresh)
        return Outcome(True, case.key)
    except (InvalidParameter, UnsupportedOperation) as error:
        return Outcome.failed(case.key, error)
    except (OutcomeUnknown, RequestRejected) as error:
        return (yield from _settled(verb, case, steps, read, error))
    except OrderHubError as error:
        return Outcome.failed(case.key, error)


def _settled(
    verb: str, case: Refund, steps: CaseSteps, read: Callable[[], Operation[Refund]], error: OrderHubError
) -> Operation[Outcome[None]]:
    try:
        after = yield from read()
    except OrderHubError:
        return Outcome.failed(case.key, error)
    if after.raw_status in steps[verb].done:
        return Outcome(True, case.key, "already_done")
    return Outcome.failed(case.key, error)


def _refusal(verb: str, case: Refund, fresh: Refund, steps: CaseSteps) -> Outcome[None] | None:
    if verb == "agree_refund" and case.amount is not None and fresh.amount not in (None, case.amount):
        return _no(verb, fresh, steps, "case_changed", "the buyer asks for another amount now")
    if steps[verb].takes(fresh):
        return None
    if fresh.status is AftersaleStatus.UNKNOWN:
        return _no(verb, fresh, steps, "unknown_status", "its status is not documented")
    return _no(verb, fresh, steps, "wrong_state", "its status does not allow that")


def _no(verb: str, fresh: Refund, steps: CaseSteps, reason: str, why: str) -> Outcome[None]:
    allowed = ", ".join(name for name in allowed_steps(steps, fresh) if name != verb or reason == "case_changed")
    told = (
        f"{verb} of {fresh.key} is refused: {why} (kind {fresh.kind.value}, status {fresh.raw_status or 'none'}); "
        f"allowed instead: {allowed or 'nothing'}"
    )
    return Outcome(False, fresh.key, reason, Conflict(told, platform=fresh.platform, operation=verb, code=reason))


def check_text(text: str, platform: str, longest: int | None = None, shortest: int = 1) -> str:
    """The text of an answer, when the platform takes one of its length; raises `InvalidParameter`."""
    if len(text) < shortest or (longest is not None and len(text) > longest):
        told = f"{platform} takes texts of {shortest} to {longest or 'any number of'} characters"
        raise InvalidParameter(told, platform=platform, field="Refusal.text")
    return text


def check_evidence(refusal: Refusal, platform: str, most: int = 0, bytes_max: int | None = None) -> tuple[bytes, ...]:
    """The pictures of a refusal, when the platform takes so many; raises `InvalidParameter`: none is left out silently.

    Args:
        most: How many the platform takes.
        bytes_max: Size of one.
    """
    too_large = bytes_max is not None and any(len(picture) > bytes_max for picture in refusal.evidence)
    if len(refusal.evidence) > most or too_large:
        size = f" of at most {bytes_max} bytes" if bytes_max is not None else ""
        told = f"{platform} takes {most} pictures{size} with this refusal" if most else f"{platform} takes no pictures"
        raise InvalidParameter(told, platform=platform, field="Refusal.evidence")
    return refusal.evidence
