"""spaCy without the rest of spaCy: its matcher alone, for a start that does not wait for pipelines, commands and web clients.

`import spacy.matcher` runs the package's own `__init__`, which loads every pipe, the command line and an HTTP client (0.4 s of
a start of 1.6 s). Here that `__init__` is put off until somebody asks the package for something of its own, say `spacy.load`.
"""

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any


class _Deferred(ModuleType):
    """A package whose `__init__` runs when a name or a submodule is asked of it that is not there yet."""

    waiting = True

    def __getattribute__(self, name: str) -> Any:
        if name == "__path__" and not ModuleType.__getattribute__(self, "waiting"):  # the import system looks for a new submodule
            _run_init(self)
        return ModuleType.__getattribute__(self, name)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or self.waiting:
            raise AttributeError(name)  # the import system then looks for a submodule
        _run_init(self)
        return getattr(self, name)


def _run_init(module: ModuleType) -> None:
    module.__class__ = ModuleType
    spec = module.__spec__
    if spec is None or spec.loader is None:
        raise ImportError(f"{module.__name__} has no loader")
    spec.loader.exec_module(module)


@contextmanager
def spacy_deferred() -> Iterator[None]:
    """Within it, submodules of spaCy are imported without the package's `__init__`, which runs later if it is ever needed.

    Nothing is changed where it ran already, or where spaCy is missing (the import says so then).
    """
    spec = None if "spacy" in sys.modules else importlib.util.find_spec("spacy")
    if spec is None:
        yield
        return
    module = importlib.util.module_from_spec(spec)
    module.__class__ = _Deferred
    sys.modules["spacy"] = module
    try:
        importlib.import_module(
            "spacy.tokens"
        )  # first: its parts import one another in a circle, which only this order enters well
        yield
    finally:
        module.__dict__["waiting"] = False
