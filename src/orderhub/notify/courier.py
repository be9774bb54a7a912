"""The notifier that reaches people: who, by which channels, whether, when, and each message once. Imports `notify`.

A message to one channel is claimed in the send ledger before it is sent. When its reply is lost, or the process dies,
it stays in doubt: buyers are never sent it again (better no text than two), staff are after a while (better two alerts
than none). See docs/how-to/notifications.md.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from orderhub.errors import (
    AuthError,
    ConfigurationError,
    ConnectFailed,
    OrderHubError,
    OutcomeUnknown,
    RateLimited,
    RequestRejected,
    UnsupportedOperation,
)
from orderhub.models import Order, Outcome
from orderhub.notify.channels import Channel
from orderhub.notify.contacts import Contact, digest, email_of, given_contact, phone_of
from orderhub.notify.events import TEMPLATES
from orderhub.notify.ledger import Entry, Preference, SendLedger
from orderhub.notify.policy import NotifyPolicy
from orderhub.notify.render import Rendered, render
from orderhub.notify.templates import Template, checked
from orderhub.notify.zones import allowed_from, local_day
from orderhub.ports import Clock, Cursor, Event, Message, OrderQuery

__all__ = ["Courier"]

_LOG = logging.getLogger("orderhub.notify")
_NOT_SENT = (ConfigurationError, UnsupportedOperation, ConnectFailed, RequestRejected, AuthError, RateLimited)
"""Errors that prove that nothing went out."""
TOPIC = "notices"
"""The outbox of messages that wait for the morning; they are personal where the receiver was given by the host."""
ANY = "*"


@dataclass(frozen=True, slots=True)
class _Job:
    """One message for one channel; `order` is None for staff and receivers that the host named."""

    message: Message
    template: Template
    channel: Channel
    order: Order | None
    contact: Contact


class Courier:
    """`Notifier` over channels.

    Args:
        channels: Ways out; their names are unique.
        policy: What the host decided.
        templates: Words, see `read_templates`; they are checked here.
        store, clock: Where orders, the send ledger and what waits are kept; `Hub` hands in its own.
    Raises:
        ConfigurationError: A template is unsound, or a name of the policy is no template or channel.
    """

    blocks = True
    """It reads the store and speaks to vendors: an event loop runs it in a thread."""

    def __init__(
        self, channels: Iterable[Channel], policy: NotifyPolicy | None = None, *,
        templates: Mapping[str, Template] = TEMPLATES, store: Any = None, clock: Clock | None = None,
    ) -> None:  # fmt: skip
        self._channels = tuple(channels)
        self._policy, self._templates = policy or NotifyPolicy(), templates
        self._check()
        self._store, self._clock = store, clock
        self._ledger = SendLedger(store)

    def __repr__(self) -> str:
        return f"Courier({', '.join(channel.name for channel in self._channels)})"

    def bind(self, store: Any, clock: Clock) -> Courier:
        """The same over a hub's stores; what was bound already stays as it is."""
        if self._store is None:
            self._store, self._clock = store, self._clock or clock
            self._ledger = SendLedger(store)
        return self

    @property
    def policy(self) -> NotifyPolicy:
        """What the host decided."""
        return self._policy

    # --- telling ---

    def send(self, messages: Sequence[Message]) -> list[Outcome[None]]:
        """One outcome per message, in order; what goes wrong with one does not hinder the others.

        Reasons of what is fine: already_done, deferred, opted_out, no_consent, capped, not_told. Of what is not:
        refused (a field is missing, the template or channel is unknown, or it is not for that audience), no_channel,
        outcome_unknown, the vendor's error, or why a buyer cannot be reached (no_number, masked_number,
        encrypted_number, relay_number, not_mobile, bad_number, no_email, masked_email, bad_email).
        """
        return [self._send(message) for message in messages]

    def deliver_due(self, limit: int = 10_000) -> list[Outcome[None]]:
        """Send what waited for the morning and may go out now; one outcome per message and channel."""
        at = self._now()
        outcomes: list[Outcome[None]] = []
        for key, body, version in self._store.take_outbox(TOPIC, limit):
            told = json.loads(body)
            if datetime.fromisoformat(told["until"]) > at:
                continue
            outcome = self._send(Message(**told["message"]))
            if outcome.reason == "deferred" or (outcome.error is not None and outcome.error.retryable):
                continue  # waits on: the quiet hours were changed, or the vendor is down
            self._store.done_outbox(TOPIC, [(key, version)])
            outcomes.append(outcome)
        return outcomes

    def due(self) -> list[Outcome[None]]:
        """What `deliver_due` would send now, by the message's key."""
        at, found = self._now(), dict[str, Outcome[None]]()
        for _, body, _ in self._store.peek_outbox(TOPIC):
            told = json.loads(body)
            if datetime.fromisoformat(told["until"]) <= at:
                found[told["message"]["key"]] = Outcome(True, told["message"]["key"])
        return list(found.values())

    def _send(self, message: Message) -> Outcome[None]:
        try:
            template = self._template(message)
            if template.audience == "buyer" and not {ANY, template.name} & self._policy.told:
                return Outcome(True, message.key, "not_told")
            order = self._order(message) if template.audience == "buyer" else None
            outcomes = [self._deliver(message, template, one, order) for one in self._ways(message, template)]
        except ConfigurationError as error:
            return Outcome.failed(message.key, error, "refused")
        except OrderHubError as error:
            return Outcome.failed(message.key, error)
        return _folded(message.key, outcomes)

    def _deliver(self, message: Message, template: Template, channel: Channel, order: Order | None) -> Outcome[None]:
        """One channel: everything that may speak against sending, then the claim, then the call."""
        entry = self._ledger.entry(message.key, channel.name)
        if entry.is_settled:
            return Outcome(True, message.key, "already_done")
        contact = self._contact(message, template, channel, order)
        if isinstance(contact, str):
            return self._unreachable(message, channel, order, contact)
        job = _Job(message, template, channel, order, contact)
        if template.audience == "staff":
            return self._transmit(
                job, self._rendered(job, message.locale), timedelta(seconds=self._policy.retell_after_s)
            )
        return self._to_buyer(job)

    def _to_buyer(self, job: _Job) -> Outcome[None]:
        key, at = job.message.key, self._now()
        name = digest(job.contact, self._pepper())
        wish = self._ledger.preference(name)
        rendered = self._rendered(job, self._locale(job, wish))
        if wish.refuses(job.channel.name):
            return Outcome(True, key, "opted_out")
        if job.template.purpose != "service" and job.template.purpose not in wish.consent:
            return Outcome(True, key, "no_consent")
        zones = self._policy.zones_of(_country(job.order))
        quiet = None if job.template.name in self._policy.urgent else self._policy.quiet
        if (until := allowed_from(at, quiet, zones)) > at:
            return self._put_off(job, at, until)
        return self._transmit(job, rendered, None, (name, local_day(at, zones)))

    def _transmit(
        self, job: _Job, rendered: Rendered, retell_after: timedelta | None, capped: tuple[str, str] | None = None
    ) -> Outcome[None]:
        """Claim, count, send, write down. Only who holds the claim counts, so that rivals use up nothing.

        Args:
            capped: The contact and its day, where there is a limit.
        """
        key, channel = job.message.key, job.channel.name
        claim, entry = self._ledger.begin(key, channel, self._now(), retell_after)
        if claim is None:
            return Outcome(True, key, "already_done") if entry.is_settled else _doubt(key)
        slot = None
        if capped is not None and self._policy.per_day:
            slot = self._ledger.take_slot(*capped, self._policy.per_day, self._now())
            if slot is None:
                self._ledger.finish(claim, "failed", self._now(), why="capped")
                return Outcome(True, key, "capped")
        outcome = self._called(job, rendered, claim)
        if slot is not None:
            went = outcome.ok or outcome.reason == "outcome_unknown"
            (self._ledger.use_slot if went else self._ledger.return_slot)(slot)
        return outcome

    def _called(self, job: _Job, rendered: Rendered, claim: Cursor) -> Outcome[None]:
        """The call, and what is written down about it."""
        key, channel = job.message.key, job.channel.name
        try:
            receipt = job.channel.send(job.contact, rendered)
        except _NOT_SENT as error:
            self._ledger.finish(claim, "failed", self._now(), why=type(error).__name__)
            return Outcome.failed(key, error)
        except Exception as error:  # whatever a sender raises, the message may have gone out
            self._ledger.finish(claim, "unknown", self._now(), why=type(error).__name__)
            return _doubt(key, error)
        self._ledger.finish(claim, "sent", self._now(), receipt=receipt or "")
        self._note(job.order, "told", {"template": rendered.template, "channel": channel, "locale": rendered.locale})
        _LOG.info("message sent", extra={"key": key, "template": rendered.template, "channel": channel})
        return Outcome(True, key)

    def _put_off(self, job: _Job, at: datetime, until: datetime) -> Outcome[None]:
        """Queued first: a message may lie there that was sent meanwhile, but none is lost."""
        key, channel = job.message.key, job.channel.name
        message = {name: getattr(job.message, name) for name in ("key", "to", "template", "locale")}
        body = {
            "until": until.isoformat(),
            "message": {**message, "channel": channel, "values": dict(job.message.values)},
        }
        self._store.put_outbox(TOPIC, {f"{channel}:{key}": json.dumps(body, ensure_ascii=False)})
        entry = self._ledger.put_off(key, channel, at, until)
        if entry.is_settled:
            return Outcome(True, key, "already_done")
        return _doubt(key) if entry.is_doubtful else Outcome(True, key, "deferred")

    def _unreachable(self, message: Message, channel: Channel, order: Order | None, why: str) -> Outcome[None]:
        """Told in the order's timeline the first time."""
        if self._ledger.fail(message.key, channel.name, self._now(), why):
            self._note(order, "not_told", {"template": message.template, "channel": channel.name, "reason": why})
        return Outcome(False, message.key, why)

    # --- wishes ---

    def opt_out(self, contact: str, channels: Sequence[str] = (ANY,)) -> Outcome[None]:
        """A number or address wants nothing more, from all channels or some; only its hash is kept."""
        return self._prefer(contact, "out", lambda before: (*before, *channels))

    def opt_in(self, contact: str) -> Outcome[None]:
        """It wants messages again."""
        return self._prefer(contact, "out", lambda _: ())

    def consent(self, contact: str, purpose: str = "marketing", *, given: bool = True) -> Outcome[None]:
        """It agreed to messages of a purpose, or takes that back."""
        return self._prefer(
            contact, "consent", lambda before: (*before, purpose) if given else tuple(set(before) - {purpose})
        )

    def speak(self, contact: str, locale: str) -> Outcome[None]:
        """It wants to be written to in a language."""
        return self._prefer(contact, "locale", lambda _: locale)

    def _prefer(self, contact: str, what: str, change: Any) -> Outcome[None]:
        found = given_contact(contact)
        if isinstance(found, str):
            return Outcome(False, "contact", found)
        name = digest(replace(found, extension=None), self._pepper())
        after = change(getattr(self._ledger.preference(name), what))
        self._ledger.prefer(name, **{what: tuple(sorted(set(after))) if isinstance(after, tuple) else after})
        return Outcome(True, "contact")

    # --- what became of messages ---

    def entries(self, key: str) -> dict[str, Entry]:
        """What became of a message, by channel; channels that were never asked are left out."""
        found = {channel.name: self._ledger.entry(key, channel.name) for channel in self._channels}
        return {name: entry for name, entry in found.items() if entry.state != "open"}

    def settle(self, key: str, channel: str, *, sent: bool) -> Outcome[None]:
        """Say what became of a message in doubt, e.g. after a look into the vendor's console."""
        done = self._ledger.settle(key, channel, self._now(), sent=sent)
        return Outcome(done, key, None if done else "not_in_doubt")

    def forget(self, keys: Iterable[str]) -> None:
        """Let these messages be sent again, e.g. when the problem behind an alert was solved."""
        for key in keys:
            for channel in self._channels:
                self._ledger.forget(key, channel.name)

    # --- looking up ---

    def _template(self, message: Message) -> Template:
        found = self._templates.get(message.template)
        if found is None:
            raise ConfigurationError(f"no message template {message.template!r}", field="template")
        return found

    def _ways(self, message: Message, template: Template) -> list[Channel]:
        """Channels of a message: its own, or those that the policy has for its template or receiver."""
        able = {channel.name: channel for channel in self._channels if channel.audience == template.audience}
        if message.channel != "local":
            names: Sequence[str] = (message.channel,)
        else:
            table = self._policy.routes if template.audience == "buyer" else self._policy.staff
            named = template.name if template.audience == "buyer" else message.to
            names = table.get(named, table.get(ANY, tuple(able)))
        for name in names:
            if name not in able:
                raise ConfigurationError(f"{name!r} is no channel for {template.audience}", field="channel")
        if not names:
            raise ConfigurationError(f"there is no channel for {template.audience}", field="channel")
        return [able[name] for name in names]

    def _contact(
        self, message: Message, template: Template, channel: Channel, order: Order | None
    ) -> Contact | str:  # fmt: skip
        if template.audience == "staff":
            return Contact("room", message.to)
        if order is None:
            found = given_contact(message.to)
            if isinstance(found, str) or found.kind == channel.reaches:
                return found
            return f"no_{'number' if channel.reaches == 'phone' else 'email'}"
        return email_of(order) if channel.reaches == "email" else phone_of(order, channel.relays)

    def _order(self, message: Message) -> Order | None:
        """The order whose key the receiver is; None when the host named a number or an address."""
        if message.to.count(":") < 2:
            return None
        found: list[Order] = self._store.find_orders(OrderQuery(keys=(message.to,)))
        if not found:
            raise ConfigurationError("the order that the message is for is not stored", field="to")
        return found[0]

    def _rendered(self, job: _Job, locale: str) -> Rendered:
        return render(replace(job.message, channel=job.channel.name, locale=locale), self._templates)

    def _locale(self, job: _Job, wish: Preference) -> str:
        """The receiver's wish, the language of where it is, whatever the template speaks."""
        platform = job.order.platform if job.order else None
        wanted = self._policy.locale_of(platform, _country(job.order)) if job.order else job.message.locale
        known = (wish.locale, wanted, job.message.locale, *job.template.texts)
        return next(locale for locale in known if locale and job.template.speaks(locale))

    def _note(self, order: Order | None, what: str, detail: Mapping[str, str]) -> None:
        if order is not None:
            self._store.put_events([Event(order.key, what, "notify", dict(detail))])

    def _pepper(self) -> str:
        given = self._policy.pepper
        return given.get_secret_value() if given is not None else self._ledger.pepper()

    def _now(self) -> datetime:
        if self._clock is None:
            raise ConfigurationError("the courier has no store: give it to a hub, or bind it", field="store")
        return self._clock.now()

    def _check(self) -> None:
        if problems := checked(self._templates):
            raise ConfigurationError("; ".join(problems), field="templates")
        names = [channel.name for channel in self._channels]
        if len(set(names)) < len(names):
            raise ConfigurationError("two channels have one name", field="channels")
        policy = self._policy
        known = {*self._templates, ANY}
        for name in (*policy.urgent, *policy.told, *policy.routes):
            if name not in known:
                raise ConfigurationError(f"the policy names the template {name!r}, which is not there", field="notify")
        for audience, table in (("buyer", policy.routes), ("staff", policy.staff)):
            able = {channel.name for channel in self._channels if channel.audience == audience}
            for name in (name for some in table.values() for name in some):
                if name not in able:
                    raise ConfigurationError(f"{name!r} is no channel for {audience}", field="notify")


def _country(order: Order | None) -> str | None:
    return order.recipient.address.country if order is not None and order.recipient is not None else None


def _doubt(key: str, cause: Exception | None = None) -> Outcome[None]:
    if isinstance(cause, OutcomeUnknown):
        return Outcome.failed(key, cause, "outcome_unknown")
    error = OutcomeUnknown("the message may have been sent and is not sent again", operation="notify")
    return Outcome.failed(key, error, "outcome_unknown")


def _folded(key: str, outcomes: Sequence[Outcome[None]]) -> Outcome[None]:
    """Good when one channel reached the receiver and none is in doubt; else the first that is not."""
    doubt = next((one for one in outcomes if one.reason == "outcome_unknown"), None)
    fine = [one for one in outcomes if one.ok]
    told = next((one for one in fine if one.reason is None), None)
    return doubt or told or (fine[0] if fine else replace(outcomes[0], key=key))
