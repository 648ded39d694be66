"""Programs' handbooks as they were last opened, so that neither a search nor a note opens or embeds them anew."""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock, Thread

from coach import Handbook

MOST = 64
"""Programs whose handbook is held; the one that was asked for longest ago goes first."""

Mark = tuple[str, ...]
"""The encoder's name and the ids of the documents, which are new wherever a document is: another mark, another handbook."""


class Kept:
    """Safe to share between threads. Two that ask for the same new handbook at once may both open it; the last one is held."""

    def __init__(self, most: int = MOST) -> None:
        self._most, self._lock = most, Lock()
        self._held: OrderedDict[str, tuple[Mark, Handbook]] = OrderedDict()

    def get(self, program: str, mark: Mark, make: Callable[[], Handbook]) -> Handbook:
        """The handbook of a program at `mark`; one of another mark is let go."""
        with self._lock:
            held = self._held.pop(program, None)
            if held is not None and held[0] == mark:
                self._held[program] = held
                return held[1]
        made = make()
        if made.large:  # searched row by row until its graph is there; a minute of work for 100,000 passages
            Thread(target=made.grow, name="handbook", daemon=True).start()
        with self._lock:
            self._held[program] = (mark, made)
            while len(self._held) > self._most:
                self._held.popitem(last=False)
        return made

    def drop(self, program: str) -> None:
        """Let go of a program's, as when a document was taken away."""
        with self._lock:
            self._held.pop(program, None)
