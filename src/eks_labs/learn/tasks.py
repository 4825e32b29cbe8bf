"""An exercise's text, as `exercise.md` has it under its heading, with the lab's values."""

from eks_labs.course import Lab


def text(lab: Lab, exercise: str) -> str:
    """The task's text; empty when the file does not have it."""
    try:
        lines = lab.fill(lab.tasks.read_text()).splitlines()
    except FileNotFoundError:
        return ""
    found: list[str] = []
    inside = False
    for line in lines:
        if line == "---" or line.startswith("## "):
            inside = line == f"## {exercise}"
        elif inside:
            found.append(line)
    return "\n".join(found).strip()
