"""Rules that leave marks on a page of report text."""
