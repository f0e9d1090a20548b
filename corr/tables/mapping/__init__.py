"""Tables in the columns of others: a small file says which of theirs are which of ours."""
