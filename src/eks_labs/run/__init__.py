"""`labs run`: a lab deployed, verified and destroyed, as stages that are plain functions of what came before.

Stages publish events on the bus they are given; how those look is not their business. Each ends what it started, and
`workflow` sees to it that destroy is reached from everywhere.
"""
