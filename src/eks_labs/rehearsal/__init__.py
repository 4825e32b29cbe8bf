"""Steps tried where nothing is: one that passes there would give points for nothing.

A step that speaks of every Pod, or of no Pod, is easily true when there are none. Reading its code does not tell, so it
is run: with Kubernetes' and AWS's real clients, whose requests are answered here instead of by a cluster. There are a
few worlds, each of which lacks something (`worlds`), and time that passes when somebody waits (`clock`).

Runs in a process of its own (`python -m eks_labs.rehearsal`), because steps are code that may do anything, and because
of what they import. `eks_labs.lint.rehearsal` starts it and makes problems of what it tells.
"""
