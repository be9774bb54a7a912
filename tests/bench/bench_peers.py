"""Other programs at the same jobs, in an environment of their own under a temporary folder.

- WooCommerce orders: bapp-connectors' mapper (json.loads and map into its pydantic model) and ours, on the same bytes;
  each in its own process, alternating, processor time. Theirs maps fewer fields.
- Cold import: python-amazon-sp-api's `sp_api.api` and `import orderhub`, `from orderhub import Order`, alternating.
- One Amazon order over HTTP: python-amazon-sp-api against the bare httpx client in its own environment, against a
  server that gives recorded bytes; token ready, as ours in bench_calls.py.
What cannot be installed is left out and said. Run: `python tests/bench/bench_peers.py [rounds]`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from statistics import median

from bench_calls import recorded, serving
from bench_platforms import documents

PACKAGES = ("python-amazon-sp-api", "bapp-connectors")

THEIR_MAPPER = """
import json, sys, time
from bapp_connectors.providers.shop.woocommerce.mappers import order_from_woocommerce
rows = [line.encode() for line in open(sys.argv[1], encoding="utf-8").read().splitlines()]
for row in rows[:50]: order_from_woocommerce(json.loads(row))
start = time.process_time()
for row in rows: order_from_woocommerce(json.loads(row))
print(len(rows) / (time.process_time() - start))
"""
OUR_MAPPER = """
import sys, time, orderhub
rows = [line.encode() for line in open(sys.argv[1], encoding="utf-8").read().splitlines()]
for row in rows[:50]: assert orderhub.normalize("woocommerce", row).orders
start = time.process_time()
for row in rows: orderhub.normalize("woocommerce", row)
print(len(rows) / (time.process_time() - start))
"""
COLD = "import time; t = time.perf_counter(); {}; print(time.perf_counter() - t)"
THEIR_CALL = """
import sys, time, httpx
from types import SimpleNamespace as Name
from statistics import median
from sp_api.api import Orders
base, path, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
class Token:
    def __init__(self, **given): pass
    def get_auth(self): return Name(access_token="token")
place = Name(endpoint=base, marketplace_id="A1", region="eu-west-1")
shop = Orders(marketplace=place, refresh_token="r", auth_token_client_class=Token,
              credentials={"lwa_app_id": "a", "lwa_client_secret": "s", "refresh_token": "r"})
def ours(): shop.get_order("902-1")
def timed(act):
    start = time.perf_counter()
    for _ in range(100): act()
    return time.perf_counter() - start
with httpx.Client(trust_env=False) as client:
    def bare(): client.get(base + path, params={"MarketplaceIds": "A1"}, headers=shop.headers | {"host": base[7:]}).json()
    ours(); bare()
    print(median(timed(ours) / timed(bare) for _ in range(rounds)))
"""


def installed(folder: Path) -> Path | None:
    """An interpreter with the peers, None when they cannot be had."""
    place = folder / "peers"
    python = place / "bin" / "python"
    if find_spec("uv"):
        make = [[sys.executable, "-m", "uv", "venv", "-q", "--python", sys.executable, str(place)],
                [sys.executable, "-m", "uv", "pip", "install", "-q", "--python", str(python), *PACKAGES]]  # fmt: skip
    else:
        make = [[sys.executable, "-m", "venv", str(place)], [str(python), "-m", "pip", "install", "-q", *PACKAGES]]
    for words in make:
        if subprocess.run(words, capture_output=True, check=False).returncode != 0:
            return None
    return python


def told(python: Path | str, code: str, *arguments: str) -> float | None:
    """The number that `code` prints, None when it fails."""
    done = subprocess.run([str(python), "-c", code, *arguments], capture_output=True, text=True, check=False)
    return float(done.stdout.split()[-1]) if done.returncode == 0 and done.stdout.split() else None


def pairs(
    one: tuple[Path | str, str], two: tuple[Path | str, str], rounds: int, *given: str
) -> tuple[float, float] | None:
    """Medians of alternating runs."""
    found = [(told(*one, *given), told(*two, *given)) for _ in range(rounds)]
    good = [(a, b) for a, b in found if a is not None and b is not None]
    return (median(a for a, _ in good), median(b for _, b in good)) if good else None


def mapper(python: Path, folder: Path, rounds: int) -> None:
    rows = folder / "orders.jsonl"
    lines = [json.dumps(json.loads(row), ensure_ascii=False) for row in documents("woocommerce", 600)]
    rows.write_text("\n".join(lines), encoding="utf-8")
    if (found := pairs((sys.executable, OUR_MAPPER), (python, THEIR_MAPPER), rounds, str(rows))) is None:
        print("bapp-connectors: its mapper does not take these orders")
        return
    print(
        f"WooCommerce: {found[0]:,.0f} orders/s ours, {found[1]:,.0f} bapp-connectors; ratio {found[0] / found[1]:.2f}"
    )


def imports(python: Path, rounds: int) -> None:
    theirs = COLD.format("from sp_api.api import Orders")
    for name, code in (("import", "import orderhub"), ("with models", "from orderhub import Order")):
        if found := pairs((python, theirs), (sys.executable, COLD.format(code)), rounds):
            print(
                f"{name}: {found[0] * 1e3:.0f} ms python-amazon-sp-api, {found[1] * 1e3:.0f} ms; ratio {found[0] / found[1]:.2f}"
            )


def call(python: Path, rounds: int) -> None:
    _, _, kept = recorded("amazon")
    request, reply = kept[0]
    path = "/orders/v0/orders/902-1"
    aimed = [(type(request)("GET", f"http://x{path}"), reply)]
    with serving(aimed) as base:
        ratio = told(python, THEIR_CALL, base, path, str(rounds))
    if ratio is None:
        print("python-amazon-sp-api: its call could not be made")
        return
    print(f"call: python-amazon-sp-api over bare httpx; ratio {ratio:.3f}")


def main(rounds: int = 5) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if (python := installed(folder)) is None:
            print("peers could not be installed: left out")
            return
        mapper(python, folder, rounds)
        imports(python, rounds)
        call(python, rounds)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
