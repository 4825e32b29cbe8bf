"""Grading what learners hand in: many submissions, each in a world of its own, a row for each whatever it holds.

A submission is somebody else's code. It is unpacked with suspicion, linted, deployed by a Terraform that sees nothing
but the world's network and its own files, checked, and ended with its world. What it takes is watched from outside.

`submissions` finds them, `archives` unpacks one, `worker` deploys and checks one, `supervision` runs a worker and ends
it, `descendants` and `memory` count what it takes, `turns` says who deploys, `batch` does many unless `superuser`
refuses, `reports` writes what came of them.
"""
