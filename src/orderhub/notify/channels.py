"""Ways out: any callable, and everything that apprise speaks to. Imports `errors`, `notify.contacts`, `notify.render`.

A way out returns the vendor's receipt (or nothing) once the message was taken. An error that proves that nothing was
sent (`ConnectFailed`, a refusal, a wrong setting) lets the message be tried again; any other leaves it in doubt.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import quote

from orderhub.errors import ConfigurationError, OutcomeUnknown
from orderhub.notify.contacts import Contact
from orderhub.notify.render import Rendered

__all__ = ["AppriseSender", "Channel", "Sender"]


class Sender(Protocol):
    """Sends one message to one contact."""

    def __call__(self, contact: Contact, message: Rendered) -> str | None:
        """The vendor's receipt, if it gives one. Raises when it did not, or may not, go out."""
        ...


@dataclass(frozen=True, slots=True)
class Channel:
    """One way to tell people.

    Attributes:
        name: As policy, rules and the send ledger call it, e.g. `sms`.
        send: What sends.
        reaches: phone or email for buyers; room for staff, where the sender knows where to.
        audience: buyer or staff; what is meant for one never goes out by a channel for the other.
        relays: Platforms whose relay numbers and tokens it may use.
    """

    name: str
    send: Sender | Callable[[Contact, Rendered], str | None] = field(repr=False)
    reaches: str = "phone"
    audience: str = "buyer"
    relays: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        sound = self.reaches in (("phone", "email") if self.audience == "buyer" else ("room",))
        if not sound or self.audience not in ("buyer", "staff") or not self.name or self.name == "local":
            raise ConfigurationError(
                f"channel {self.name!r}: one for buyers reaches phone or email, one for staff a room; "
                "and `local` is not the name of a channel",
                field="channels",
            )


class AppriseSender:
    """DingTalk, Feishu, WeCom, e-mail and whatever else apprise knows, by its URLs.

    Args:
        urls: Where to, e.g. `dingtalk://TOKEN`, `feishu://TOKEN`, `wecombot://KEY`, `mailtos://user:pass@host`. They
            hold secrets. `{to}` stands for the buyer's address in a channel that reaches e-mail.
    Raises:
        ConfigurationError: The extra `notify` is missing, or apprise does not know such a URL.
    """

    def __init__(self, urls: Sequence[str] | str) -> None:
        self._urls = (urls,) if isinstance(urls, str) else tuple(urls)
        self._apprise = _apprise()
        if not self._urls:
            raise ConfigurationError("apprise needs a URL to send to", field="urls")
        for url in self._urls:
            self._opened(url.replace("{to}", "someone%40example.com"))

    def __repr__(self) -> str:
        return f"AppriseSender({len(self._urls)} urls)"

    def __call__(self, contact: Contact, message: Rendered) -> None:
        """Send; what apprise calls a failure may have gone out, to some of several places at least."""
        with _quiet():
            for url in self._urls:
                there = self._opened(url.replace("{to}", quote(contact.address, safe="")))
                if not there.notify(body=message.body, title=message.subject):
                    raise OutcomeUnknown("the message service did not confirm", operation="notify")

    def _opened(self, url: str) -> Any:
        there = self._apprise.Apprise()
        with _quiet():
            if not there.add(url):
                scheme = url.partition(":")[0]
                raise ConfigurationError(f"apprise cannot read the URL that begins with {scheme}://", field="urls")
        return there


def _apprise() -> Any:
    try:
        import apprise
    except ImportError:
        raise ConfigurationError('this channel needs pip install "orderhub[notify]"', field="channels") from None
    return apprise


class _Filter(logging.Filter):
    """Lets nothing through while anything is sent; packages send in threads of their own, so it is one for all."""

    depth = 0
    lock = threading.Lock()

    def filter(self, record: logging.LogRecord) -> bool:
        return self.depth == 0

    def move(self, by: int) -> None:
        """One call more, or one less."""
        with self.lock:
            self.depth += by


_FILTER = _Filter()
_TALKATIVE = ("apprise", "alibabacloud", "tencentcloud", "tencentcloud_sdk_common", "darabonba", "urllib3", "requests")


class _quiet:  # used like a keyword
    """Packages that write receivers, texts or addresses with secrets into their logs are silent inside."""

    def __enter__(self) -> None:
        for name in (*_TALKATIVE, "urllib3.connectionpool"):
            logging.getLogger(name).addFilter(_FILTER)  # a filter is added once
        _FILTER.move(1)

    def __exit__(self, *_: object) -> None:
        _FILTER.move(-1)


quiet = _quiet
"""For other senders of this room."""
