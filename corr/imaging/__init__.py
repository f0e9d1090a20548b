"""From image files to findings in the breast frame, and why a file cannot be used."""
