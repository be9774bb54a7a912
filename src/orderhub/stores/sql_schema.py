"""The tables of the SQL stores. Imports SQLAlchemy only.

Every key is unique within its tenant. Instants are whole microseconds since 1970 UTC, documents are JSON text.
`oh_orders` and `oh_tokens` hold personal data and secrets: the file or database deserves the care of both.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
)

from orderhub.stores.sql_dialect import CLUSTERED

__all__ = [
    "SCHEMA_VERSION", "claims", "cursors", "meta", "metadata", "orders", "outbox", "quarantine", "refunds", "runs",
    "seen", "terms", "tokens", "versions",
]  # fmt: skip

SCHEMA_VERSION = 1
metadata = MetaData()


_TEXT = Text().with_variant(Text(collation="C"), "postgresql")
"""Text that sorts by code point in every database, as it does in Python."""


def _text(name: str, **options: Any) -> Column[str]:
    return Column(name, _TEXT, nullable=False, **options)


def _big(name: str, *, nullable: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=nullable)


def _key(*names: str) -> PrimaryKeyConstraint:
    return PrimaryKeyConstraint("tenant", *names)


def _document() -> tuple[Column[Any], ...]:
    """What orders and refunds share: identity, version, text; `raw` last, so that reading a body does not pass it."""
    return (
        _text("tenant"), _text("key"), _text("platform"), _text("shop_id"), _text("status"),
        _big("updated_us"), Column("digest", LargeBinary, nullable=False),
    )  # fmt: skip


meta = Table("oh_meta", metadata, Column("name", Text, primary_key=True), _text("value"))

orders = Table(
    "oh_orders", metadata, *_document(),
    _big("created_us", nullable=True), _big("ship_by_us", nullable=True),
    _text("terms"), _text("body"), Column("raw", LargeBinary), _key("key"),
)  # fmt: skip
Index("oh_orders_updated", orders.c.tenant, orders.c.updated_us, orders.c.key)
Index("oh_orders_status", orders.c.tenant, orders.c.status, orders.c.updated_us, orders.c.key)
Index("oh_orders_shop", orders.c.tenant, orders.c.platform, orders.c.shop_id, orders.c.updated_us)
Index("oh_orders_created", orders.c.tenant, orders.c.created_us)
Index("oh_orders_ship_by", orders.c.tenant, orders.c.ship_by_us)

refunds = Table("oh_refunds", metadata, *_document(), _text("body"), Column("raw", LargeBinary), _key("key"))
Index("oh_refunds_updated", refunds.c.tenant, refunds.c.updated_us, refunds.c.key)

terms = Table(
    "oh_order_terms", metadata, _text("tenant"), _text("term"), _text("key"), _key("term", "key"), **CLUSTERED
)  # fmt: skip

versions = Table(
    "oh_versions", metadata, _text("tenant"), _text("key"), _big("updated_us"), Column("digest", LargeBinary),
    _big("stored_us"), _text("status"), _text("word"), _key("key", "updated_us", "digest"), **CLUSTERED,
)  # fmt: skip

cursors = Table(
    "oh_cursors", metadata, _text("tenant"), _text("name"), Column("position", Text), _big("version"), _key("name")
)  # fmt: skip

tokens = Table("oh_tokens", metadata, _text("tenant"), _text("shop_key"), _text("body"), _big("version"),
               _key("shop_key"))  # fmt: skip

quarantine = Table(
    "oh_quarantine", metadata, _text("tenant"), _text("key"), _text("platform"), _text("shop_id"),
    Column("order_id", Text), _text("reason"), _text("finding"), _big("first_seen_us"),
    Column("attempts", Integer, nullable=False), Column("raw", LargeBinary, nullable=False), _key("key"),
)  # fmt: skip

runs = Table(
    "oh_runs", metadata, _text("tenant"), _text("run_id"), _text("kind"), _text("shop_key"), _big("started_us"),
    _big("finished_us", nullable=True), _text("counts"), Column("error", Text), _key("run_id"),
)  # fmt: skip
Index("oh_runs_started", runs.c.tenant, runs.c.started_us)

seen = Table("oh_seen", metadata, _text("tenant"), _text("scope"), _text("id"), _big("at_us"), _key("scope", "id"))
Index("oh_seen_at", seen.c.tenant, seen.c.at_us)

claims = Table("oh_claims", metadata, _text("tenant"), _text("key"), _big("at_us"), Column("result", Text), _key("key"))

outbox = Table(
    "oh_outbox", metadata, _text("tenant"), _text("topic"), _text("key"), Column("body", Text), _big("version"),
    _big("queued_us"), Column("taken", Boolean, nullable=False), _key("topic", "key"),
)  # fmt: skip
Index("oh_outbox_queued", outbox.c.tenant, outbox.c.topic, outbox.c.queued_us)
