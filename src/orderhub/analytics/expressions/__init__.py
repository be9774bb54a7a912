"""Figures as ibis expressions over flat tables, on DuckDB or any engine that ibis speaks to. Imports siblings.

Extra `analytics`. `FIGURES` says what there is; `Analytics` answers; `figure(name, Scope(tables=unbound(), ...))` is an
expression to compile elsewhere.
"""

from orderhub.analytics.expressions.catalogue import FIGURES, Figure, figure
from orderhub.analytics.expressions.engine import Analytics
from orderhub.analytics.expressions.scope import Period, Scope
from orderhub.analytics.expressions.tables import COLUMNS, Tables, unbound

__all__ = ["COLUMNS", "FIGURES", "Analytics", "Figure", "Period", "Scope", "Tables", "figure", "unbound"]
