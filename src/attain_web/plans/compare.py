"""What is different between two texts, line by line, with a few lines around each change."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher

_AROUND = 3
"""Lines that are shown around a change."""


@dataclass(frozen=True)
class Line:
    """A line of the difference: ``same``, ``gone`` or ``new``, or a ``gap`` of lines that are the same."""

    kind: str
    before: int | None
    after: int | None
    text: str


def difference(before: str, after: str) -> list[Line]:
    """The lines that differ, in the order of the texts; empty where they are the same."""
    old, new = before.splitlines(), after.splitlines()
    found: list[Line] = []
    for group in SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(_AROUND):
        if found or group[0][1]:
            found.append(Line("gap", None, None, ""))
        for tag, i, i_end, j, j_end in group:
            if tag == "equal":
                found += [Line("same", i + n + 1, j + n + 1, old[i + n]) for n in range(i_end - i)]
                continue
            found += [Line("gone", n + 1, None, old[n]) for n in range(i, i_end)]
            found += [Line("new", None, n + 1, new[n]) for n in range(j, j_end)]
    return found
