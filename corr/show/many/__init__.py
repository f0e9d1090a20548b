"""Pages of many cases: chosen from the pair table, made in parallel, with an index."""
