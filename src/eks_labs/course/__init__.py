"""Labs as they lie in the course's folders: what one is made of, and whether it is well made.

Reads files, deploys nothing. Everything about a lab but its `lab.toml` follows from its name.
"""

from eks_labs.course.lab import Course, Exercise, Lab, Variant, find_course
from eks_labs.course.scenario import Scenario, Step

__all__ = ["Course", "Exercise", "Lab", "Scenario", "Step", "Variant", "find_course"]
