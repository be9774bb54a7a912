"""Tables and own channels: CSV, Excel, JSON lines, a callable, manual entry; platform `file`.

For own web shops, counters and whatever else can write a table. A mapping (TOML, JSON or a dict) says which column is
which canonical field and how it is read; without one the columns bear the canonical names. There is no server: rows
come through the port `source`, and what is shipped is told to it. An order is read again and again; only what changed
is stored anew. Meanings and limits: docs/platforms/file.md.
"""

from orderhub.connectors.file.decode import decode_payload
from orderhub.connectors.file.operations import FileOperations
from orderhub.connectors.file.sheet import SPEC
from orderhub.kit.spec import Connector

__all__ = ["CONNECTOR"]

CONNECTOR = Connector(SPEC, FileOperations, decode_payload)
