"""Words that a text for Chinese readers may hold."""

from __future__ import annotations

#: Latin words that Chinese offices write: substances, units, codes and file types; the indicators' own come on top.
ALLOWED = {
    "COD",
    "SO",
    "CO",
    "NOx",
    "VOCs",
    "m",
    "L",
    "t",
    "a",
    "kg",
    "tce",
    "kWh",
    "DB",
    "T",
    "GB",
    "HJ",
    "Sheet",
    "xlsx",
    "xls",
    "csv",
    "n",
}
