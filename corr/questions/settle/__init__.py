"""Where films put a target, and procedures that could settle what a pair of findings is."""
