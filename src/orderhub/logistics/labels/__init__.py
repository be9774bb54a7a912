"""Labels, packing slips and pick lists: what stands on them, where, and as PDF, ZPL or HTML. No I/O but a font file.

May import `orders`, `kit`, `models`, `errors`. Contents and layouts are pure; the libraries of the extra `labels` are
loaded only when something is drawn.
"""

from __future__ import annotations

from orderhub.logistics.labels.content import (
    PackingSlip,
    PickList,
    PickRow,
    SlipLine,
    WaybillLabel,
    label_of,
    pick_list_of,
    slip_of,
)
from orderhub.logistics.labels.printer import Content, Format, Printed, Printer, print_payload
from orderhub.logistics.labels.rules import Party, PrintRules, PrintSettings, can_print, party_of, read_print_settings
from orderhub.logistics.labels.zpl import passed_on

__all__ = [
    "Content", "Format", "PackingSlip", "Party", "PickList", "PickRow", "PrintRules", "PrintSettings", "Printed",
    "Printer", "SlipLine", "WaybillLabel", "can_print", "label_of", "party_of", "passed_on", "pick_list_of",
    "print_payload", "read_print_settings", "slip_of",
]  # fmt: skip
