"""How a run looks: subscribers of the event bus. None of them decides anything, and none of them can end a run.

`plain`: lines, for logs and pipes. `live`: a terminal. `json_lines`: for programs. `junit`: for CI. `recorder`: for the
docs. What they share: `words` says it, `output` writes it. Of `live`: `scroll` is what is finished, `now` what goes on,
`layout` makes rows of it, `foot` puts them on the terminal, `standard_error` keeps others from writing between them.
"""
