"""What a folder of files holds."""
