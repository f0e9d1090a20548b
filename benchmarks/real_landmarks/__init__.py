"""Real landmarks found prone and supine in MRI."""
