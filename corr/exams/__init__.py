"""How a point of the reference breast shows up in each exam.

Each module offers the same three functions, on plain arrays:

``errors(reading, p)``
    the exam-level errors of one reading, shared by all its findings: means and SDs;
``appear(reading, model, e, p)``
    what the exam would measure of every point of the model, for every node ``e``;
``likelihood(finding, seen, ...)``
    ``(n_e, n)`` likelihood of the position a finding was reported at, on any positive
    scale; None when the finding states no position of this kind.
"""
