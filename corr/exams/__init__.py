"""How a point of the reference breast shows up in each exam.

Each module offers the same two functions, on plain arrays:

``errors(reading, p)``
    the exam-level errors of one reading, shared by all its findings: names, means, SDs;
``likelihood(finding, reading, model, e, p)``
    ``(n_e, n)`` likelihood of where the finding was reported, for every node ``e`` of
    those errors and every point of the model; any positive scale. ``None`` when the
    finding states no position of this kind.
"""
