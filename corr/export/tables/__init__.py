"""Results as tables: CSV, Parquet and JSON Lines with a data dictionary, and a REDCap import."""

from corr.export.tables.read import read_redcap, read_tables_of
from corr.export.tables.write import AllTables, write_tables_of

__all__ = ["AllTables", "read_redcap", "read_tables_of", "write_tables_of"]
