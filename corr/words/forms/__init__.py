"""Forms in a report: found by their keys, and read entry by entry."""
