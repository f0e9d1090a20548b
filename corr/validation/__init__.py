"""How far to trust a judgement: scores, simple rules on the same pairs, and the report."""
