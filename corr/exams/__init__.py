"""How a point of the reference breast shows up in each examination, and what that reports.

`corr.exams.base` says what an examination is to the model, `corr.exams.registry` which there are;
`mammography`, `ultrasound` and `mri` hold their maps on plain arrays:

``errors(reading, p)``
    the exam-level errors of one reading, shared by all its findings: means and SDs;
``appear(reading, model, e, p)``
    what the exam would measure of every point of the model, for every node ``e``;
``stated(finding, seen, reading, ...)``
    the values a finding states, where each of them shows, and the scale of its own error.

`corr.exams.sighting` makes likelihoods of these, and of what the exam-level errors leave alone:
heights along the beam of a film, distances from the skin on MRI. Ultrasound makes its own, as hours
and rounded distances are ranges.
"""
