"""What follows: groupings of findings into lesions, and P(same) of each pair.

It is record linkage in the manner of Fellegi and Sunter (1969), with more than two files and no
list of which records are one: a pair's log10 parts are match weights, and agreement on a common
value says less than on a rare one. As in multiple-hypothesis tracking (Reid 1979), every way to
associate findings with lesions is a hypothesis (here: a grouping), weighed whole, false findings
and missed ones included; the exam-level errors, which couple them, are summed over nodes outside
the product over lesions.

One meaning a word, here and in `corr.exams`:

reading
    an acquisition: one view of one exam of one breast, whether or not it found something
    (`corr.records.Reading`). Who reads is a reader; what words mean, "deep readings", is said so.
study
    readings that are reported together: the films of one mammogram
exam
    a kind of examination (`corr.exams.base.Exam`); one of them in time is an ``exam_id``
film, view
    a film is a reading of an examination that projects; its view is how the breast lay (CC, MLO)
finding
    what one reading reports; a draft is a finding before its cells are checked (`corr.tables`)
lesion
    what findings may have in common; its type is what it is, its kind what an exam calls it
grouping, block
    an association hypothesis: which findings are one lesion each; a block is one of its lesions
errors, nodes
    what all findings of a reading are off by together; the points these are summed over
place, belief, likelihood
    ``L(C|e)`` is made of places: likelihoods of where, over "anywhere"; a belief is the posterior
weight
    ``w(C|e)``: of a block, not normalised. Match weight: log10 of what it adds to the odds
p, P(same)
    ``p`` is the table of constants; probabilities are ``p_same``, ``p_low``, in code and tables
"""
