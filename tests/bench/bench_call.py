"""One call: a connector's signed call over HTTP against the bare client sending the same bytes, both keep-alive.

Control: httpx alone, interleaved with ours, same loopback server in another process, same request. Outside the
measured region: starting the server, the first (connecting) call. Also: cold `import orderhub` against pydantic alone.
Run: `python tests/bench/bench_call.py [calls]`.
"""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from statistics import median
from time import perf_counter
from typing import Any

import httpx

import orderhub
from orderhub.drivers.transport import HttpTransport
from orderhub.flow.message import Reply, Request

SERVER = """
import sys
from orderhub.sandbox import World
from orderhub.sandbox.server import running
world = World(seed=1, platforms=["taobao"], carriers=[], shops_per_platform=1, orders=20)
with running(world) as url:
    print(url, flush=True)
    sys.stdin.read()
"""
RUNS = 9


class Recorder:
    """A transport that remembers the last request."""

    def __init__(self, inner: HttpTransport) -> None:
        self.inner, self.last = inner, Request("GET", "")

    def send(self, request: Request) -> Reply:
        self.last = request
        return self.inner.send(request)

    def close(self) -> None:
        self.inner.close()


def _timed(act: Any, calls: int) -> float:
    start = perf_counter()
    for _ in range(calls):
        act()
    return (perf_counter() - start) / calls


def overhead(calls: int) -> None:
    """Milliseconds a call of ours and of the bare client, and their ratio."""
    server = subprocess.Popen([sys.executable, "-c", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    url = server.stdout.readline().strip()
    try:
        entry = httpx.get(f"{url}/_sandbox/shops").json()[0]
        recorder = Recorder(HttpTransport())
        shop = orderhub.connect(**entry, transport=recorder)
        shop.server_time()
        request = recorder.last
        with httpx.Client(trust_env=False) as client:

            def bare() -> None:
                client.request(request.method, request.url, headers=dict(request.headers), content=request.body).json()

            bare()
            pairs = [(_timed(shop.server_time, calls), _timed(bare, calls)) for _ in range(RUNS)]
        ours, theirs = median(a for a, _ in pairs), median(b for _, b in pairs)
        ratio = median(a / b for a, b in pairs)
        print(f"call: {ours * 1e3:.3f} ms ours, {theirs * 1e3:.3f} ms bare httpx; ratio {ratio:.3f}")
    finally:
        server.terminate()
        server.wait()


def _cold(statement: str) -> float:
    code = f"import time; t=time.perf_counter(); {statement}; print(time.perf_counter()-t)"
    return float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)


def imports() -> None:
    """Cold import of the package against pydantic's BaseModel."""
    pairs = [(_cold("import orderhub"), _cold("from pydantic import BaseModel")) for _ in range(RUNS)]
    ours, theirs = median(a for a, _ in pairs), median(b for _, b in pairs)
    print(f"import: {ours * 1e3:.0f} ms orderhub, {theirs * 1e3:.0f} ms pydantic BaseModel; ratio {ours / theirs:.2f}")
    models = median(_cold("from orderhub import Order") for _ in range(RUNS))
    print(f"import with the Order model: {models * 1e3:.0f} ms; ratio {models / theirs:.2f}")


if __name__ == "__main__":
    print(datetime.now(UTC).date(), sys.version.split()[0])
    overhead(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
    imports()
