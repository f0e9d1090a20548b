"""Rows of text out of files and frames: CSV of any program, Excel workbooks, Parquet, frames."""
