"""All groupings of findings: summed where they can be, drawn where there are too many."""
