"""What has changed between dates."""
