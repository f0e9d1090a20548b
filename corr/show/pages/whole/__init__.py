"""What is said of a whole table: what is in it, pairs worth a look, rows to be found."""
