"""Women drawn from the table of constants, and what judgements of them are worth."""
