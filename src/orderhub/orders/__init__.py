"""Decisions about orders: audit, resolutions, holds, the queue. Pure; may import `normalise`, `rules`, `kit`."""

from orderhub.orders.audit import audit, audit_rules, verdict
from orderhub.orders.audit_policy import AuditContext, AuditPolicy, Blocked, read_audit_policy

__all__ = ["AuditContext", "AuditPolicy", "Blocked", "audit", "audit_rules", "read_audit_policy", "verdict"]
