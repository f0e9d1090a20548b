"""How fast the explorer opens and answers, in a real browser."""
