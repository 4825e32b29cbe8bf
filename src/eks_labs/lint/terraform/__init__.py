"""Rules on Terraform: whether a root holds together, as far as its text tells.

Terraform's own `validate` needs the providers and seconds; this finds in milliseconds what is most often wrong, names
that do not match. It is never stricter than Terraform, except by the course's own rules on its own files.
"""
