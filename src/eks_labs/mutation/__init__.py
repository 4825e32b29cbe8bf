"""Mutation: whether a lab's checks see mistakes.

Mutants are the reference solution with one thing wrong. Each is graded as a submission is; one that gets all points is
a survivor: a mistake that the checks do not see, or one that is none.

    tree         a file as nodes with their places in the text, whatever its language
    yaml_tree, hcl_tree
    difference   what of a solution is its own, and not the lab's
    operators    what can go wrong with a node
    mutants      all mutants of a lab's solution, and which are known to be as good
    grading      a mutant, or the solution, graded as a submission
    relevance    which exercise is likeliest to see a mistake
    solution     the solution: where mutants begin, and the time that they get
    trial        mutants, each with its end
"""
