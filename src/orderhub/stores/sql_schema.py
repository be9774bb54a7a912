"""The tables of the SQL stores. Imports SQLAlchemy only.

Every key is unique within its tenant. Instants are whole microseconds since 1970 UTC, documents are JSON text.
Without an encryption key personal data and tokens stand here in the clear: the database deserves the care of both.
What later schemas added is nullable and at the end, so that workers of older ones go on writing (see `sql_migrate`).
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
    "SCHEMA_VERSION", "claims", "cursors", "events", "filters", "meta", "metadata", "migrations", "orders",
    "orders_closed", "outbox", "purchases", "quarantine", "refunds", "refunds_order", "runs", "seen", "share_counts",
    "shares", "tags", "terms", "tokens", "versions",
]  # fmt: skip

SCHEMA_VERSION = 3
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
    _text("terms"), _text("body"), Column("raw", LargeBinary), Column("packed", LargeBinary),
    _big("closed_us", nullable=True), _big("expires_us", nullable=True), _big("redacted_us", nullable=True),
    _big("read_us", nullable=True), _key("key"),
)  # fmt: skip
Index("oh_orders_updated", orders.c.tenant, orders.c.updated_us, orders.c.key)
Index("oh_orders_status", orders.c.tenant, orders.c.status, orders.c.updated_us, orders.c.key)
Index("oh_orders_shop", orders.c.tenant, orders.c.platform, orders.c.shop_id, orders.c.updated_us)
Index("oh_orders_created", orders.c.tenant, orders.c.created_us).ddl_if(dialect="sqlite")
Index("oh_orders_ship_by", orders.c.tenant, orders.c.ship_by_us).ddl_if(dialect="sqlite")
for _name, _at in (("created", orders.c.created_us), ("ship_by", orders.c.ship_by_us)):
    # PostgreSQL puts NULL last by itself; pages are read with it first
    Index(f"oh_orders_{_name}_first", orders.c.tenant, _at.asc().nulls_first(), orders.c.key).ddl_if(
        dialect="postgresql"
    )
_STILL_PERSONAL = orders.c.closed_us.is_not(None)
orders_closed = Index(
    "oh_orders_closed", orders.c.tenant, orders.c.platform, orders.c.closed_us,
    sqlite_where=_STILL_PERSONAL, postgresql_where=_STILL_PERSONAL,
)  # fmt: skip
"""Only orders that are closed and still personal: the purge reads nothing else."""

refunds = Table(
    "oh_refunds", metadata, *_document(), _text("body"), Column("raw", LargeBinary), Column("packed", LargeBinary),
    Column("order_key", _TEXT), _big("read_us", nullable=True), _key("key"),
)  # fmt: skip
Index("oh_refunds_updated", refunds.c.tenant, refunds.c.updated_us, refunds.c.key)
refunds_order = Index("oh_refunds_order", refunds.c.tenant, refunds.c.order_key)

terms = Table(
    "oh_order_terms", metadata, _text("tenant"), _text("term"), _text("key"), _key("term", "key"), **CLUSTERED
)  # fmt: skip

versions = Table(
    "oh_versions", metadata, _text("tenant"), _text("key"), _big("updated_us"), Column("digest", LargeBinary),
    _big("stored_us"), _text("status"), _text("word"), Column("changes", Text), _key("key", "updated_us", "digest"),
    **CLUSTERED,
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

migrations = Table(
    "oh_migrations", metadata, Column("version", Integer, primary_key=True, autoincrement=False), _big("started_us"),
    _big("finished_us", nullable=True),
)  # fmt: skip
"""Which steps of `sql_migrate` this database has taken, and which are still at their rows."""

tags = Table("oh_tags", metadata, _text("tenant"), _text("tag"), _text("key"), _key("tag", "key"), **CLUSTERED)
Index("oh_tags_key", tags.c.tenant, tags.c.key)

filters = Table("oh_filters", metadata, _text("tenant"), _text("name"), _text("body"), _key("name"))

events = Table(
    "oh_events", metadata, Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    _text("tenant"), _text("key"), _big("at_us"), _text("who"), _text("what"), _text("detail"),
)  # fmt: skip
Index("oh_events_key", events.c.tenant, events.c.key, events.c.seq)

shares = Table(
    "oh_shares", metadata, _text("tenant"), _text("key"), _text("name"), _text("counters"),
    _big("until_us", nullable=True), _big("at_us"), _key("key"),
)  # fmt: skip
Index("oh_shares_until", shares.c.tenant, shares.c.until_us)
Index("oh_shares_at", shares.c.tenant, shares.c.at_us)

share_counts = Table(
    "oh_share_counts", metadata, _text("tenant"), _text("counter"), _big("drawn"), _big("at_us"), _key("counter")
)  # fmt: skip
Index("oh_share_counts_at", share_counts.c.tenant, share_counts.c.at_us)

purchases = Table(
    "oh_purchases", metadata, _text("tenant"), _text("key"), _text("status"), _big("version"), _text("body"),
    _key("key"),
)  # fmt: skip
Index("oh_purchases_status", purchases.c.tenant, purchases.c.status)
