"""The conversation coach: a mentor's note in, a report out. `import coach` is instant; parts load when they are used."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from coach.advise.registry import Resources
    from coach.build import build as load
    from coach.guidance.search import Guidance
    from coach.pipeline import Coach
    from coach.values import Note, Report

__all__ = ["Coach", "Guidance", "Note", "Report", "Resources", "load"]

_HOMES = {
    "Coach": ("coach.pipeline", "Coach"),
    "Guidance": ("coach.guidance.search", "Guidance"),
    "Note": ("coach.values", "Note"),
    "Report": ("coach.values", "Report"),
    "Resources": ("coach.advise.registry", "Resources"),
    "load": ("coach.build", "build"),
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'coach' has no attribute {name!r}")
    module, attribute = _HOMES[name]
    return getattr(import_module(module), attribute)
