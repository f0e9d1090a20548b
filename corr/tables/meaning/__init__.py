"""What cells mean that are written in another way than the columns ask for, and that it is said.

Only what has one meaning is taken; each kind of it is a note. Anything else stays as written,
and is a problem with candidates.
"""
