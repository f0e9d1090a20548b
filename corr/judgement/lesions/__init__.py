"""What lesions there are, and what exams say of one besides its place."""
