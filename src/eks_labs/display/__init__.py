"""How a run looks: subscribers of the event bus. None of them decides anything.

`plain`: lines, for logs and pipes. `live`: a terminal. `json_lines`: for programs. `junit`: for CI. `recorder`: for the
docs.
"""
