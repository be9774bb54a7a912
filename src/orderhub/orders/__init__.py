"""Decisions about orders: audit, resolutions, holds, the queue. Pure; may import `normalise`, `rules`, `kit`."""

from orderhub.orders.audit import audit, audit_rules, verdict
from orderhub.orders.audit_policy import AuditContext, AuditPolicy, Blocked

__all__ = ["AuditContext", "AuditPolicy", "Blocked", "audit", "audit_rules", "verdict"]
