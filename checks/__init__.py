"""What labs check: one feature file a lab, and the step vocabulary their scenarios are written in.

The vocabulary is in `steps`, by subject; `addresses` is what it knows of a node's network interfaces, and
`instances` which instances are nodes. Nothing here knows which target it looks at: steps see Kubernetes and AWS through
their own interfaces, and wait by `CheckContext.eventually`.
"""
