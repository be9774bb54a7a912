"""Where messages end: memory with an optional file, or the log. Imports `ports`, `models`, `errors`.

A key is said once per sink. It is marked only after its message is out, so that a failed write can be repeated.
"""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from orderhub.errors import ConfigurationError, OrderHubError, TransportError
from orderhub.models import Outcome
from orderhub.notify.events import TEMPLATES
from orderhub.notify.render import Rendered, render
from orderhub.notify.templates import Template
from orderhub.ports import Message

__all__ = ["LocalSink", "LogSink"]

_LOG = logging.getLogger("orderhub.notify")
_LOG.addHandler(logging.NullHandler())


class _Once:
    """`Notifier` that renders, says each key once, and leaves the saying to `_say`; threads may share it."""

    def __init__(self, templates: Mapping[str, Template] = TEMPLATES) -> None:
        self._templates, self._said = templates, set[str]()
        self._lock = threading.Lock()

    def send(self, messages: Sequence[Message]) -> list[Outcome[None]]:
        """One outcome per message, in order; refused ones do not hinder the others."""
        return [self._send(message) for message in messages]

    def forget(self, keys: Iterable[str]) -> None:
        """Let these keys be said again, e.g. when the problem behind an alert was solved."""
        with self._lock:
            self._said.difference_update(keys)

    def _send(self, message: Message) -> Outcome[None]:
        try:
            rendered = render(message, self._templates)
            with self._lock:
                if message.key in self._said:
                    return Outcome(True, message.key, "already_done")
                self._say(rendered)
                self._said.add(message.key)
        except ConfigurationError as error:
            return Outcome.failed(message.key, error, "refused")
        except OrderHubError as error:
            return Outcome.failed(message.key, error)
        return Outcome(True, message.key)

    def _say(self, rendered: Rendered) -> None:
        raise NotImplementedError


class LocalSink(_Once):
    """Keeps messages in `sent`, and with a `path` as lines of JSON in a file that only its owner can read.

    The file remembers across restarts which keys were said; receivers are masked in it.
    """

    def __init__(self, path: Path | str | None = None, *, templates: Mapping[str, Template] = TEMPLATES) -> None:
        super().__init__(templates)
        self.sent: list[Rendered] = []
        self._path = None if path is None else Path(path)
        self._said |= set(_keys(self._path)) if self._path else set()

    def _say(self, rendered: Rendered) -> None:
        if self._path is not None:
            _append(self._path, json.dumps(rendered.record(), ensure_ascii=False))
        self.sent.append(rendered)


class LogSink(_Once):
    """Writes one INFO line per message to the logger `orderhub.notify`: subject and key, no receiver, no text."""

    def _say(self, rendered: Rendered) -> None:
        extra = {"key": rendered.key, "template": rendered.template, "subject": rendered.subject}
        _LOG.info("message sent", extra=extra)


def _keys(path: Path) -> list[str]:
    """Keys of the complete lines; a line that a crash cut short was never reported as sent."""
    try:
        whole, _, _ = path.read_bytes().rpartition(b"\n")
    except FileNotFoundError:
        return []
    return [key for line in whole.splitlines() if (key := _key(line)) is not None]


def _key(line: bytes) -> str | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return str(found["key"]) if isinstance(found, dict) and "key" in found else None


def _append(path: Path, line: str) -> None:
    """One more line; what a crash left without an end goes first, so that every line of the file can be read."""
    try:
        with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
            file.truncate(_whole(file))
            file.seek(0, os.SEEK_END)
            file.write(line.encode() + b"\n")
    except OSError as error:
        raise TransportError(f"the message file {path} cannot be written: {error.strerror}") from error


def _whole(file: BinaryIO, block: int = 65_536) -> int:
    """Where the last complete line ends; looks at the end of the file only, lines are far shorter than a block."""
    size = file.seek(0, os.SEEK_END)
    start = file.seek(max(0, size - block))
    return start + file.read().rfind(b"\n") + 1
