"""Results as tables: CSV, Parquet and JSON Lines with a data dictionary, and a REDCap import."""

from corr.export.tables.read import read_redcap, read_rows_of, read_tables
from corr.export.tables.rows import AllTables
from corr.export.tables.write import write_tables

__all__ = ["AllTables", "read_redcap", "read_rows_of", "read_tables", "write_tables"]
