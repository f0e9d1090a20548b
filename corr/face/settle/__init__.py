"""What would settle it, as `import corr` gives it."""
