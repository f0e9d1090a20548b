"""What would settle a question: what may be true, what could be done, what each would tell."""
