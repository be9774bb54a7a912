"""Every verb of JD, one class of one noun upon the other. Imports the verbs and the data sheet."""

from __future__ import annotations

from orderhub.connectors.jd.access import AccessVerbs
from orderhub.connectors.jd.aftersale_answers import AnswerVerbs
from orderhub.connectors.jd.invoices import InvoiceVerbs
from orderhub.connectors.jd.sheet import SPEC
from orderhub.connectors.jd.waybills import WaybillVerbs

__all__ = ["JdOperations"]


class JdOperations(WaybillVerbs, AnswerVerbs, InvoiceVerbs, AccessVerbs):
    """Orders, changes, shipping, waybills, stock, after-sales and access, on either gateway."""

    spec = SPEC
