"""A server of scripted connections on the loopback: each accepted connection is handed to the next act."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Act = Callable[[socket.socket], None]


class Server:
    """Counts what reaches it."""

    def __init__(self, *acts: Act) -> None:
        self.acts, self.connections, self.requests = list(acts), 0, 0
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = self._door.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                peer, _ = self._door.accept()
            except OSError:
                return
            self.connections += 1
            act = self.acts.pop(0) if len(self.acts) > 1 else self.acts[0]
            threading.Thread(target=self._one, args=(act, peer), daemon=True).start()

    def _one(self, act: Act, peer: socket.socket) -> None:
        with peer:
            try:
                act(peer)
            except OSError:
                return

    def heard(self, peer: socket.socket) -> bool:
        """Read one request; whether there was one."""
        text = b""
        while b"\r\n\r\n" not in text:
            if not (piece := peer.recv(65536)):
                return False
            text += piece
        self.requests += 1
        return True

    def close(self) -> None:
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()


def reply(body: bytes, head: str = "", *, length: int | None = None, status: str = "200 OK") -> bytes:
    size = len(body) if length is None else length
    return f"HTTP/1.1 {status}\r\nContent-Length: {size}\r\n{head}\r\n".encode() + body


@contextmanager
def serving(make: Callable[[list[Server]], tuple[Act, ...]]) -> Iterator[Server]:
    """The acts get the server in a list, since they are made before it is there."""
    box: list[Server] = []
    server = Server(*make(box))
    box.append(server)
    try:
        yield server
    finally:
        server.close()


def answers(box: list[Server], *replies: bytes) -> Act:
    """One connection that answers so many requests, then closes."""

    def act(peer: socket.socket) -> None:
        for one in replies:
            if not box[0].heard(peer):
                return
            peer.sendall(one)

    return act


def breaks_after(box: list[Server], *replies: bytes) -> Act:
    """Answers so many requests of one connection, reads one more and closes without a word."""

    def act(peer: socket.socket) -> None:
        for one in replies:
            if not box[0].heard(peer):
                return
            peer.sendall(one)
        box[0].heard(peer)

    return act
