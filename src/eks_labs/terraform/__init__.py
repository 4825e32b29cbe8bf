"""Terraform, run for a lab: where its providers come from, its commands, what it says, and what its time went into.

Knows nothing of labs or targets: gets a folder, an environment and somebody to tell.
"""
