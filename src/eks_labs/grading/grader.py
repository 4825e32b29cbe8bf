"""What all submissions share that one process grades: turns at deploying, and workers by fork."""

import threading
from pathlib import Path

from eks_labs.grading.template import Template, Worker
from eks_labs.grading.turns import Turns


class Grader:
    """One for a process. Callable from any thread; its workers end when it is closed, or with the process."""

    def __init__(self) -> None:
        self.turns = Turns()
        self.preparing = threading.Lock()
        """Held by the one who makes a lab's snapshot, which the others then find."""
        self._asking = threading.Lock()
        """Held while there may be no template: two who come first make one."""
        self._template: Template | None = None
        self._closed = False

    def worker(self, job: Path) -> Worker:
        """A new worker on the job in the file. Raises `OSError` when there can be none."""
        with self._asking:
            if self._closed:
                raise BrokenPipeError("grading has ended")
            if self._template is None or self._template.ended:  # somebody has ended the last
                self._template = Template()
            template = self._template
        return template.worker(job)

    def close(self) -> None:
        """End its workers. There will be no more."""
        with self._asking:
            self._closed = True
            if self._template is not None:
                self._template.close()
