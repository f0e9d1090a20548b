"""One case: its file, its images, its rows of a table."""
