"""What the suite runs and which figures it reads out of each job's words: tables only.

A job is one script in one process. `quick` and `full` are its arguments; a figure is a pattern over its output with a
group `ratio`, `value` or both. Goals are those of the project: `reach` is what a good design shows, `beyond` what is
aimed at, `limit` what the machine or the bare engine gives. They are judged on the ratio unless `by` says `value`.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["JOBS", "Figure", "Job"]


@dataclass(frozen=True)
class Figure:
    """One row of the page.

    Attributes:
        name: What was measured.
        pattern: Regular expression with the groups `value` and/or `ratio`; the last match counts.
        unit: Of `value`.
        reach, beyond: Goals, None where there is none.
        limit: What bounds it, in words.
        peer: The best other program or design that was measured, in words.
        by: Which group the goals speak of.
        most: Whether more is better.
    """

    name: str
    pattern: str
    unit: str
    reach: float | None = None
    beyond: float | None = None
    limit: str = "-"
    peer: str = "-"
    by: str = "ratio"
    most: bool = True


@dataclass(frozen=True)
class Job:
    """One script: `quick` in `make bench`, `full` in `make bench-full`; None leaves it out."""

    name: str
    title: str
    script: str
    full: tuple[str, ...]
    quick: tuple[str, ...] | None
    figures: tuple[Figure, ...]
    minutes: float = 4.0


N = r"(?P<value>[\d,.]+)"
R = r"(?P<ratio>[\d.]+)"


def _platform(name: str) -> Figure:
    return Figure(
        f"decode, {name}", rf"{name} +{N} orders/s of .*? ratio {R};", "orders/s", limit="1.0, typed, nothing mapped"
    )


PLATFORMS = (
    "amazon", "douyin", "jd", "kuaishou", "lazada", "pinduoduo", "shopee", "shopify", "suning", "taobao", "wechat",
    "woocommerce", "xiaohongshu", "youzan",
)  # fmt: skip


def _cycles(name: str, reach: float | None, beyond: float | None, limit: str) -> Figure:
    return Figure(
        f"reserve and commit: {name}", rf"{name} +{N} cycles/s.*?\]( +{R}x control)?", "cycles/s", reach, beyond, limit,
        by="value",
    )  # fmt: skip


def _served(
    name: str, reach: float | None, limit: str = "-", peer: str = "locked rows, 1.0", shown: str = ""
) -> Figure:
    return Figure(f"reserve and commit: {shown}{name}", rf"{name} +{N} cycles/s  \[.*?\] +{R}x \[", "cycles/s", reach, None,
                  limit, peer)  # fmt: skip


JOBS: tuple[Job, ...] = (
    Job(
        "platforms", "decode, page by page, every platform", "bench_platforms.py", ("1000", "5"), ("250", "3"),
        (
            *(_platform(name) for name in PLATFORMS),
            Figure("decode, median of all platforms", rf"all: median ratio {R}", "", 0.30, 0.45, "1.0, typed, nothing mapped",
                   "a hand-written mapper, 0.11 (bapp-connectors)"),
            Figure("decode, trusted, median of all platforms", rf"all: .*?; trusted {R}", "", 0.50, 0.75,
                   "0.86, into bare structs"),
            Figure("memory of an order held, Taobao", rf"taobao .*? {N} kB held", "kB", 6, 4.5, "3.9 kB", by="value",
                   most=False),
        ),
    ),
    Job(
        "decode", "decode, reply by reply", "bench_decode.py", ("400",), ("200",),
        (
            Figure("decode one trade of three lines, Taobao", rf"decode: {N} orders/s validated.*?ratio {R}", "orders/s",
                   limit="1.0, 12 fields typed, nothing mapped"),
        ),
    ),
    Job(
        "call", "one call over HTTP, cold imports", "bench_call.py", ("200",), ("60",),
        (
            Figure("call, against bare httpx", rf"call: {N} ms ours.*?ratio {R}", "ms", 1.10, 1.05, "1.0",
                   "python-amazon-sp-api 1.3", most=False),
            Figure("import orderhub, against pydantic's BaseModel", rf"import: {N} ms orderhub.*?ratio {R}", "ms", 1.5,
                   1.15, "1.0", "python-amazon-sp-api 2 to 3", most=False),
            Figure("import with the Order model", rf"Order model: {N} ms; ratio {R}", "ms", 1.5, 1.15, "1.0", most=False),
        ),
    ),
    Job(
        "calls", "get one order, every connector, against the bare client", "bench_calls.py", ("40", "5"), ("15", "3"),
        (
            *(
                Figure(f"one order of {name}, sync", rf"{name} +sync +{N} ms.*?ratio {R}", "ms", most=False)
                for name in PLATFORMS
            ),
            Figure("one order without its decoding, sync, median of all connectors", rf"sync: median call {R}", "", 1.10, 1.05,
                   "1.0", most=False),
            Figure("one order without its decoding, async, one at a time, median", rf"async 1: median call {R}", "", 1.10, 1.05,
                   "1.0", most=False),
            Figure("one order without its decoding, async, 16 at a time, median", rf"async 16: median call {R}", "", 1.10, 1.05,
                   "1.0", most=False),
        ),
    ),
    Job(
        "quota", "share of every documented rate, virtual days", "bench_quota.py", ("40000",), ("2000",),
        (
            Figure("least share of an allowed rate, no refusal", rf"least share {R}%", "%", 95, 99, "100 %"),
            Figure("quota answers, SQLite", rf"sqlite +{N}/s +{R}", "/s"),
            Figure("quota answers, PostgreSQL", rf"postgresql +{N}/s +{R}", "/s"),
            Figure("quota answers, Redis", rf"redis +{N}/s +{R}", "/s"),
        ),
    ),
    Job(
        "pull", "100,000 orders under a quota, virtual time", "bench_pull.py", ("100000",), ("9000",),
        (
            Figure("share of the allowed rate while pulling", rf"share {R}%", "%", 95, 99, "100 %"),
            Figure("orders pulled and decoded, processor time, emulator included, slowest", rf"pull: {N} orders/s at least", "orders/s"),
        ),
    ),
    Job(
        "ingest", "orders stored and indexed", "bench_ingest.py", ("20000", "5"), ("4000", "3"),
        (
            Figure("ingest, SQLite", rf"SQLite +{N} orders/s.*ratio {R}", "orders/s", 8_000, 20_000, "bulk insert, 1.0",
                   by="value"),
            Figure("ingest, SQLite, sealed", rf"sealed +{N} orders/s.*ratio {R}", "orders/s", None, None, "bulk insert, 1.0"),
            Figure("ingest, PostgreSQL, one worker", rf"PostgreSQL +{N} orders/s.*ratio {R}", "orders/s", None, None,
                   "COPY of the same rows, 1.0"),
            Figure("ingest, PostgreSQL, two workers", rf"two workers +{N} orders/s.*ratio {R}", "orders/s", 8_000, 20_000,
                   "COPY of the same rows by one, 1.0", by="value"),
        ),
        minutes=5,
    ),
    Job(
        "stock", "ledger in the process", "bench_stock.py", ("--cycles", "20000", "--runs", "5"),
        ("--cycles", "4000", "--runs", "3"),
        (
            _cycles("memory, hot SKU", 250_000, 1_000_000, "dict and log, 1.0"),
            _cycles("memory, hot SKU, two lines", None, None, "dict and log, 1.0"),
            _cycles("memory, 10k SKUs, two lines", None, None, "dict and log, 1.0"),
            _cycles("SQLite, hot SKU", 25_000, 60_000, "bare rows, 1.0"),
            _cycles("SQLite, hot SKU, two lines", 14_000, None, "bare rows, 1.0"),
            _cycles("SQLite, 10k SKUs, one line", None, None, "bare rows, 1.0"),
        ),
    ),
    Job(
        "servers", "ledger on servers, 8 workers", "bench_stock_servers.py", ("--cycles", "8000", "--runs", "5"), None,
        (
            _served("PostgreSQL, batches of 500, hot SKU", 15),
            _served("PostgreSQL, batches of 500, 10k SKUs", None),
            _served("PostgreSQL, batches of 500, 10k SKUs, two lines", None),
            _served("PostgreSQL, one by one, hot SKU", None),
            _served("Redis, batches of 500, hot SKU", None),
            _served("Redis, one by one, hot SKU", None),
        ),
        minutes=8,
    ),
    Job(
        "worker", "ledger on servers, one worker", "bench_stock_servers.py",
        ("--cycles", "4000", "--runs", "5", "--workers", "1", "--only", "PostgreSQL, batches"), None,
        (
            _served("PostgreSQL, batches of 500, hot SKU", None, shown="one worker, "),
            _served("PostgreSQL, batches of 500, 10k SKUs", None, shown="one worker, "),
        ),
    ),
    Job(
        "reserve", "a burst for one article", "bench_reserve.py", ("--orders", "10000"), ("--orders", "2000"),
        (Figure("hold stock for a burst, SQLite hub", rf"{N} orders/s held or parked", "orders/s"),
         Figure("against one call an order", rf"{N} orders/s by one call an order; ratio {R}", "orders/s")),
    ),
    Job(
        "fanout", "what listings should show", "bench_fanout.py", ("2000", "5"), ("300", "3"),
        (
            Figure("figures worked out", rf"decide: {N} listings/s", "listings/s"),
            Figure("fan-out with two shops of five platforms, books kept in SQLite", rf"told: {N} listings/s", "listings/s"),
        ),
    ),
    Job(
        "allocate", "allocation", "bench_allocate.py", ("--runs", "5"), ("--orders", "300", "--runs", "3", "--seconds", "3"),
        (
            Figure("online, scarce stock: orders/s", rf"1\.15 x(?s:.*?)online, scarcity 0 +{N} orders/s +gap +{R}%", "orders/s",
                   5_000, 10_000, "-", "exact cover by hand 6,500", by="value"),
            Figure("online, scarce stock: gap %", rf"1\.15 x(?s:.*?)online, scarcity 4 +{N} orders/s +gap +{R}%", "orders/s",
                   12, 6, "0", "each line alone 39", most=False),
            Figure("in waves, scarce stock: gap %", rf"1\.15 x(?s:.*?)wave, \d+ s +{N} orders/s +gap +{R}%", "orders/s", 2, 1,
                   "0", "large neighbourhoods 1.95", most=False),
            Figure("online, ample stock: gap %", rf"3\.0 x(?s:.*?)online, scarcity 0 +{N} orders/s +gap +{R}%", "orders/s", 1,
                   0.3, "0", "exact cover 0.71", most=False),
        ),
    ),
    Job(
        "transfers", "transfer plans", "bench_transfers.py", (), ("--skus", "1500", "--runs", "3"),
        (Figure("optimal plan, 20 warehouses", rf"optimal +{N} SKUs/s", "SKUs/s", 10_000, 30_000, "-",
                "a graph per SKU by hand 11,000", by="value"),
         Figure("optimal over greedy, speed", rf"optimal over greedy: {R}", "")),
    ),
    Job(
        "selection", "carrier choice", "bench_selection.py", (), ("--parcels", "20000", "--runs", "3"),
        (Figure("table, parcel by parcel", rf"table, parcel by parcel +{N} parcels/s +{R} x", "parcels/s", 1e6, 8e6,
                "memory gather", "plain loop, 1.0", by="value"),
         Figure("arrays", rf"arrays of .*? +{N} parcels/s +{R} x", "parcels/s", 1e6, 9e7, "memory gather", "plain loop, 1.0",
                by="value"),
         Figure("with all reasons", rf"select, with all reasons +{N} parcels/s +{R} x", "parcels/s")),
    ),
    Job(
        "tracking", "tracking events of every carrier", "bench_tracking.py", ("400", "5"), ("100", "3"),
        (Figure("track one parcel, median of the carriers", rf"all: median {N} parcels/s, .*?ratio {R}", "parcels/s",
                limit="1.0, parsing alone", peer="karrio (FedEx) 2,351 parcels/s"),),
    ),
    Job(
        "frames", "canonical orders to Arrow", "bench_frames.py", (), ("2000", "3"),
        (Figure("to Arrow", rf"to Arrow +{N} orders/s", "orders/s", 60_000, 130_000, "-", "columns by hand 133,000",
                by="value"),
         Figure("from Arrow", rf"from Arrow +{N} orders/s", "orders/s"),
         Figure("to Arrow over bare columns", rf"control .*? ratio {R}", "")),
    ),
    Job(
        "analytics", "figures over 3,000,000 lines", "bench_analytics.py", ("1000000", "5"), ("100000", "3"),
        (Figure("join and group, against DuckDB by hand", rf"figure {N} s, by hand .*?ratio {R}", "s", 1.1, 1.0,
                "DuckDB, 1.0", most=False),
         Figure("four times the orders, times the time", rf"four times the orders {R} times", "", 4.2, 4.0, "4.0",
                most=False)),
    ),
    Job(
        "growth", "cost from 1,000 orders on", "bench_growth.py", ("1000000",), ("40000",),
        (
            Figure("decode, cost of an order at the end over the start", rf"decode .*? grows {R}", "", 1.25, 1.1, "1.0",
                   most=False),
            Figure("memory while decoding a stream, end over start", rf"memory .*? grows {R}", "", 1.25, 1.1, "1.0",
                   most=False),
            Figure("ingest, SQLite, end over start", rf"ingest .*? grows {R}", "", 1.5, 1.25, "1.0", most=False),
            Figure("ledger in memory, end over start", rf"ledger .*? grows {R}", "", 1.25, 1.1, "1.0", most=False),
            Figure("ledger on SQLite, end over start", rf"books .*? grows {R}", "", 1.5, 1.25, "1.0", most=False),
            Figure("allocation, end over start", rf"allocate .*? grows {R}", "", 1.5, 1.25, "1.0", most=False),
        ),
        minutes=6,
    ),
    Job(
        "capacity", "stock over several servers, shops over several workers", "bench_capacity.py", ("5",), None,
        (
            Figure("PostgreSQL servers 1 to 4, stock cut by SKU", rf"servers: scaling {R}", "", None, None,
                   "cores of the machine"),
            Figure("workers 1 to 4, shops cut between them", rf"workers: scaling {R}", "", None, None,
                   "cores of the machine"),
        ),
        minutes=6,
    ),
    Job(
        "peers", "other programs, in an environment of their own", "bench_peers.py", ("5",), None,
        (
            Figure("decode a WooCommerce order, over bapp-connectors", rf"WooCommerce: .*? ratio {R}", "", 1.84, None, "-",
                   "bapp-connectors, 1.0"),
            Figure("import, python-amazon-sp-api over orderhub", rf"import: .*? ratio {R}", "", 1.5, None, "-",
                   "python-amazon-sp-api, 1.0"),
            Figure("call overhead, python-amazon-sp-api over bare httpx", rf"call: .*? ratio {R}", "", most=False),
        ),
    ),
)  # fmt: skip
