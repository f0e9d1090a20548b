"""Results as tables: CSV, Parquet, JSON Lines with a data dictionary, and a REDCap import."""
