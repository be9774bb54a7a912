"""One signed call, driven by hand: no event loop, no HTTP; each step is answered and the next one inspected."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderhub.errors import (
    ClockSkewed,
    ConnectFailed,
    DecodeError,
    NotFound,
    OrderHubError,
    OutcomeUnknown,
    PlatformUnavailable,
    RateLimited,
    RequestRejected,
    TimedOut,
    TokenExpired,
    TransportError,
)
from orderhub.flow.message import Reply, Request
from orderhub.flow.retry import RetryPolicy
from orderhub.flow.steps import Ask, Call, Gather, Now, Operation, Pause, Secret, Take, call, emit, gather, secret
from orderhub.kit.exchange import check_http, exchange
from orderhub.models import Credentials, Token

NOW = datetime(2024, 6, 18, 2, 30, tzinfo=UTC)
OK = Reply(200, {}, b"ok")


class Script:
    """A world of prepared answers that writes down what it was asked.

    `replies` are handed out call by call: a `Reply`, or an error that `open_reply` or the transport raises.
    """

    def __init__(self, *replies: Reply | OrderHubError, waits: tuple[float | None, ...] = (0.5, 1.0, None)) -> None:
        self.replies, self.waits = list(replies), list(waits)
        self.version, self.offset_s, self.steps = 1, 0.0, list[Any]()
        self.signed, self.throttled, self.current = list[tuple[int, datetime]](), list[Any](), None

    def build(self, credentials: Credentials, at: datetime) -> Request:
        """Signs nothing, remembers with what it would have."""
        self.signed.append((credentials.version, at))
        return Request("POST", "https://example.test/", body=b"x")

    def open(self, reply: Reply) -> Any:
        """The reply's body, or the error prepared for this call."""
        if isinstance(self.current, OrderHubError):
            raise self.current
        return reply.body

    def credentials(self) -> Credentials:
        """Of the current version."""
        return Credentials("key", "secret", Token(f"t{self.version}"), self.version)

    def answer(self, step: Any) -> Any:
        """One step."""
        self.steps.append(step)
        match step:
            case Call():
                self.current = self.replies.pop(0)
                if isinstance(self.current, TransportError):
                    raise self.current
                headers = {"date": "Tue, 18 Jun 2024 03:30:00 GMT"} if isinstance(self.current, ClockSkewed) else {}
                return Reply(200, headers, b"ok")
            case Secret(stale):
                self.version += stale == self.version
                return self.credentials()
            case Now():
                return NOW
            case Ask("retry", "decide"):
                return self.waits.pop(0) if step.arguments[0].retryable else None
            case Ask("skew", "offset_s"):
                return self.offset_s
            case Ask("skew", "learn", (offset,)):
                self.offset_s = offset
            case Ask("limits", "throttled", told):
                self.throttled.append(told)

    def run(self, operation: Operation[Any]) -> Any:
        """Drive to the end."""
        act: Callable[[], Any] = lambda: next(operation)  # noqa: E731
        while True:
            try:
                step = act()
            except StopIteration as end:
                return end.value
            try:
                answer = self.answer(step)
                act = lambda answer=answer: operation.send(answer)  # noqa: E731
            except OrderHubError as error:
                act = lambda error=error: operation.throw(error)  # noqa: E731

    def calls(self) -> int:
        """How often something was sent."""
        return sum(isinstance(step, Call) for step in self.steps)

    def exchange(self, **options: Any) -> Any:
        """The operation under test."""
        return self.run(exchange("demo.get", self.build, self.open, **options))


def test_a_call_waits_its_turn_then_signs_then_sends() -> None:
    script = Script(OK)
    assert script.exchange() == b"ok"
    order = [type(step).__name__ for step in script.steps if not isinstance(step, Now | Ask)]
    assert order == ["Take", "Secret", "Call"]
    assert script.steps[1] == Take("demo.get")


@pytest.mark.fault(3)
@pytest.mark.parametrize("error", [TimedOut("x"), ConnectFailed("x"), PlatformUnavailable("x"), RateLimited("x")])
def test_a_read_is_repeated_and_each_try_is_signed_afresh(error: OrderHubError) -> None:
    script = Script(error, error, OK)
    assert script.exchange() == b"ok"
    assert script.calls() == len(script.signed) == 3
    assert [step.seconds for step in script.steps if isinstance(step, Pause)] == [0.5, 1.0]
    assert sum(isinstance(step, Take) for step in script.steps) == 3  # a retry waits its turn again
    assert script.steps[-1] == Ask("retry", "succeeded")


@pytest.mark.parametrize("error", [NotFound("x"), RequestRejected("x"), DecodeError("x")])
def test_a_plain_no_is_not_repeated(error: OrderHubError) -> None:
    script = Script(error)
    with pytest.raises(type(error)) as caught:
        script.exchange()
    assert script.calls() == 1
    assert caught.value.operation == "demo.get"


@pytest.mark.parametrize("error", [TimedOut("x"), ConnectFailed("x"), PlatformUnavailable("x")])
def test_giving_up_is_the_world_s_decision_and_the_error_names_the_call(error: OrderHubError) -> None:
    script = Script(error, waits=(None,))
    with pytest.raises(type(error)) as caught:
        script.exchange()
    assert caught.value.operation == "demo.get"


@pytest.mark.fault(23)
def test_a_lapsed_token_is_refreshed_once_within_the_same_try() -> None:
    script = Script(TokenExpired("x"), OK)
    assert script.exchange() == b"ok"
    assert [version for version, _ in script.signed] == [1, 2]
    assert [step.stale for step in script.steps if isinstance(step, Secret)] == [None, 1]
    assert not any(isinstance(step, Pause) for step in script.steps)


def test_a_token_refused_twice_is_raised() -> None:
    script = Script(TokenExpired("x"), TokenExpired("y"))
    with pytest.raises(TokenExpired, match="y"):
        script.exchange()
    assert script.calls() == 2


def test_calls_without_token_never_ask_for_one() -> None:
    script = Script(TokenExpired("x"))
    with pytest.raises(TokenExpired):
        script.exchange(app=Credentials("key", "secret"))
    assert not any(isinstance(step, Secret) for step in script.steps)


@pytest.mark.fault(22)
def test_a_refused_clock_is_learnt_once_from_the_server_and_signed_again() -> None:
    script = Script(ClockSkewed("x"), OK)
    assert script.exchange() == b"ok"
    assert [at for _, at in script.signed] == [NOW, NOW + timedelta(hours=1)]
    again = Script(ClockSkewed("x"), ClockSkewed("y"))
    with pytest.raises(ClockSkewed, match="y"):
        again.exchange()
    assert again.calls() == 2


@pytest.mark.parametrize("write", [False, True])
def test_both_mendings_fit_into_one_try_even_of_a_write(write: bool) -> None:
    script = Script(ClockSkewed("x"), TokenExpired("y"), OK)
    assert script.exchange(write=write) == b"ok"
    assert script.calls() == 3


@pytest.mark.fault(4)
@pytest.mark.parametrize("error", [TimedOut("x"), TransportError("x"), PlatformUnavailable("x"), DecodeError("x")])
def test_a_write_whose_reply_is_lost_is_unknown_and_never_repeated(error: OrderHubError) -> None:
    script = Script(error, OK)
    with pytest.raises(OutcomeUnknown) as caught:
        script.exchange(write=True)
    assert script.calls() == 1
    assert caught.value.operation == "demo.get"
    assert caught.value.__cause__ is error
    assert not caught.value.retryable


@pytest.mark.fault(2)
@pytest.mark.parametrize("error", [ConnectFailed("x"), RateLimited("x")])
def test_a_write_that_provably_was_not_executed_is_repeated(error: OrderHubError) -> None:
    script = Script(error, OK)
    assert script.exchange(write=True) == b"ok"


@pytest.mark.parametrize("error", [TimedOut("x"), PlatformUnavailable("x"), DecodeError("x", retryable=True)])
def test_a_keyed_write_is_repeated(error: OrderHubError) -> None:
    script = Script(error, OK)
    assert script.exchange(write=True, keyed=True) == b"ok"


def test_being_throttled_is_told_to_the_limiter() -> None:
    script = Script(RateLimited("x", retry_after_s=7.0), OK)
    script.exchange()
    assert script.throttled == [("demo.get", 7.0)]


ERRORS = st.sampled_from([TimedOut, PlatformUnavailable, RateLimited, NotFound, DecodeError])
POLICY = RetryPolicy(transient=lambda attempt: 0.1 * attempt, throttled=lambda attempt: 1.0 * attempt)


@pytest.mark.fault(7)
@settings(deadline=None)
@given(
    ERRORS, st.integers(1, 5), st.floats(0, 200), st.floats(0, 500), st.floats(0, 1),
    st.none() | st.floats(0, 100_000),
)  # fmt: skip
def test_retry_decisions(
    kind: type[OrderHubError], attempt: int, elapsed: float, quota: float, random: float, hint: float | None
) -> None:
    error = kind("x", retry_after_s=hint)
    wait = POLICY.decide(error, attempt, elapsed, quota, random)
    if not error.retryable or attempt >= POLICY.attempts_max or quota < POLICY.cost(error):
        assert wait is None
    if (hint or 0) > POLICY.in_call_wait_max_s:
        assert wait is None  # a long ban is the caller's to know, not slept through
    if wait is not None:
        curve = POLICY.throttled if kind is RateLimited else POLICY.transient
        assert wait >= (hint or 0)
        assert wait <= max(hint or 0, curve(attempt))
        assert elapsed + wait <= POLICY.deadline_s


@pytest.mark.fault(7, 11)
@pytest.mark.parametrize(
    ("reply", "kind", "retryable"),
    [
        (Reply(429, {"retry-after": "7"}), RateLimited, True),
        (Reply(500), PlatformUnavailable, True),
        (Reply(503, {"content-type": "text/html"}, b"<html>"), PlatformUnavailable, True),
        (Reply(200, {"content-type": "text/html; charset=gbk"}, b"x"), DecodeError, True),
        (Reply(200, {}, b"\n <!DOCTYPE html><html>"), DecodeError, True),
    ],
)
def test_what_http_alone_tells(reply: Reply, kind: type[OrderHubError], retryable: bool) -> None:
    with pytest.raises(kind) as caught:
        check_http(reply, platform="demo")
    assert caught.value.retryable is retryable
    assert caught.value.status == reply.status
    if reply.status == 429:
        assert caught.value.retry_after_s == 7.0


@pytest.mark.parametrize("reply", [OK, Reply(200, {}, b'{"a":"<html>"}'), Reply(404, {}, b"{}")])
def test_other_replies_are_the_connector_s_to_read(reply: Reply) -> None:
    check_http(reply, platform="demo")


def test_the_helpers_yield_exactly_their_step() -> None:
    request = Request("GET", "https://user:pass@example.test/x?token=1")
    assert next(call(request)) == Call(request)
    assert next(secret(3)) == Secret(3)
    assert next(gather([], 2)) == Gather((), 2)
    assert list(emit(())) == []
    assert "token" not in repr(request)
    assert "pass" not in repr(request)
