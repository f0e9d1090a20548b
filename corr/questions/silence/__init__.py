"""What silent exams mean."""
