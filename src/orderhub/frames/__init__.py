"""Orders and refunds as flat tables and back: Arrow, polars, pandas. Imports `models`; each library on first use.

Extras: `arrow`, `polars`, `pandas`. Column names and types: `orderhub.models.tables`.
"""

from orderhub.frames.build import FlatTables
from orderhub.frames.libraries import from_arrow, from_pandas, from_polars, to_arrow, to_pandas, to_polars

__all__ = ["FlatTables", "from_arrow", "from_pandas", "from_polars", "to_arrow", "to_pandas", "to_polars"]
