"""A digital breast as a source of test images."""
