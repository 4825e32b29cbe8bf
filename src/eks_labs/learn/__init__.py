"""The learner's side: a workspace of their own, the lab's starting point, checks of what is there now.

Knows labs, workspaces and the run's stages. Knows nothing of terminals: commands print what these functions return.
Only for the local target: there are no snapshots of AWS.
"""
