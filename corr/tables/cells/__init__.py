"""Single cells of tables and case files: what each allows, and how it is read."""
