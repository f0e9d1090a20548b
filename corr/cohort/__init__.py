"""Many breasts, judged in parallel and resumed after a stop."""
