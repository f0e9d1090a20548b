"""What follows: groupings of findings into lesions, and P(same) of each pair."""
