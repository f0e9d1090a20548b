"""What `import corr` gives: cases and tables in, one result out. `corr/__init__.py` names it."""
