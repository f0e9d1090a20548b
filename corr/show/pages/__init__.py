"""Pages that open offline, from notebooks: one case or a whole cohort."""
