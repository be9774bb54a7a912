"""Figures over canonical orders and stock. May import logistics, orders, inventory, normalise, kit, models, errors.

Plain Python over `Order`, `Refund`, `Level` and `Quote`; amounts of two currencies are never added.
`analytics.expressions` has figures for SQL engines (extra `analytics`).
"""

from orderhub.analytics.report import DEFINITIONS, Column, Report, Table, build_report, render_html, write_html

__all__ = ["DEFINITIONS", "Column", "Report", "Table", "build_report", "render_html", "write_html"]
