"""Real films from a user's own copy of VinDr-Mammo: findings, breasts, truth, and their figures.

See ``benchmarks/real_films/README.md``. Nothing of VinDr-Mammo comes with the project.
"""
