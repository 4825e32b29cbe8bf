"""Whether labs hold together, found out without deploying them: `labs lint`.

Reads what lies in the course's folders, what a learner hands in, or an instructor's own checks, and tells all that is
wrong with it, each with file and line. Whatever the files contain, the answer is problems, never an exception. It has a
second for the whole course, so it imports neither pytest nor Kubernetes' client nor the docs' tools, and starts no
program: except when it is asked to try the steps (`rehearsal`), which takes some seconds and runs the course's own
code.

Knows the course's files. Knows nothing of targets, worlds or runs; Terraform and the cluster have the last word.
"""
