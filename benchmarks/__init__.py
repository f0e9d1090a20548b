"""Claims of accuracy, each beside its results: what is run to get them, and nothing users need."""
