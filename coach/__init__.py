"""The conversation coach: a mentor's note in, a report out. `import coach` is instant; parts load when they are used."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from coach.advise.brief import Briefs
    from coach.advise.registry import Resources
    from coach.assess.dial import ALARMS, Choice, Dial, Held
    from coach.build import build as load
    from coach.build import build_briefs as load_briefs
    from coach.build import build_guidance as load_guidance
    from coach.build import build_masker as load_masker
    from coach.build import build_prompt as load_prompt
    from coach.build import build_words as load_words
    from coach.durable import alone as one_at_a_time
    from coach.durable import create as create_file
    from coach.durable import write as replace_file
    from coach.errors import CoachError, InputError, MissingDependency
    from coach.faces.marks import runs
    from coach.faces.marks import safe as safe_text
    from coach.guidance.handbook import Handbook
    from coach.guidance.search import Guidance
    from coach.pipeline import Coach
    from coach.report import from_dict, to_dict
    from coach.settings import Settings
    from coach.taxonomy import LABEL_NAMES, family, rank
    from coach.text.formats import read_bytes
    from coach.text.items import BadItem, Limits
    from coach.text.sections import read_sections
    from coach.text.sentences import split as sentences
    from coach.values import REGION, Brief, Card, GuidanceHit, Note, Outgoing, Report, Resource, Session, Signal, Standing
    from coach.wording.reports import reworded, reworded_brief, reworded_row
    from coach.wording.words import Words

__all__ = [
    "ALARMS",
    "LABEL_NAMES",
    "REGION",
    "BadItem",
    "Brief",
    "Briefs",
    "Card",
    "Choice",
    "Coach",
    "CoachError",
    "Dial",
    "Guidance",
    "GuidanceHit",
    "Handbook",
    "Held",
    "InputError",
    "Limits",
    "MissingDependency",
    "Note",
    "Outgoing",
    "Report",
    "Resource",
    "Resources",
    "Session",
    "Settings",
    "Signal",
    "Standing",
    "Words",
    "create_file",
    "family",
    "from_dict",
    "load",
    "load_briefs",
    "load_guidance",
    "load_masker",
    "load_prompt",
    "load_words",
    "one_at_a_time",
    "rank",
    "read_bytes",
    "read_sections",
    "replace_file",
    "reworded",
    "reworded_brief",
    "reworded_row",
    "runs",
    "safe_text",
    "sentences",
    "to_dict",
]

_HOMES = {
    "ALARMS": ("coach.assess.dial", "ALARMS"),
    "BadItem": ("coach.text.items", "BadItem"),
    "Brief": ("coach.values", "Brief"),
    "Briefs": ("coach.advise.brief", "Briefs"),
    "Card": ("coach.values", "Card"),
    "Choice": ("coach.assess.dial", "Choice"),
    "Coach": ("coach.pipeline", "Coach"),
    "CoachError": ("coach.errors", "CoachError"),
    "Dial": ("coach.assess.dial", "Dial"),
    "Guidance": ("coach.guidance.search", "Guidance"),
    "GuidanceHit": ("coach.values", "GuidanceHit"),
    "Handbook": ("coach.guidance.handbook", "Handbook"),
    "Held": ("coach.assess.dial", "Held"),
    "InputError": ("coach.errors", "InputError"),
    "LABEL_NAMES": ("coach.taxonomy", "LABEL_NAMES"),
    "Limits": ("coach.text.items", "Limits"),
    "MissingDependency": ("coach.errors", "MissingDependency"),
    "Note": ("coach.values", "Note"),
    "Outgoing": ("coach.values", "Outgoing"),
    "REGION": ("coach.values", "REGION"),
    "Report": ("coach.values", "Report"),
    "Resource": ("coach.values", "Resource"),
    "Resources": ("coach.advise.registry", "Resources"),
    "Session": ("coach.values", "Session"),
    "Settings": ("coach.settings", "Settings"),
    "Signal": ("coach.values", "Signal"),
    "Standing": ("coach.values", "Standing"),
    "Words": ("coach.wording.words", "Words"),
    "create_file": ("coach.durable", "create"),
    "family": ("coach.taxonomy", "family"),
    "from_dict": ("coach.report", "from_dict"),
    "load": ("coach.build", "build"),
    "load_briefs": ("coach.build", "build_briefs"),
    "load_guidance": ("coach.build", "build_guidance"),
    "load_masker": ("coach.build", "build_masker"),
    "load_prompt": ("coach.build", "build_prompt"),
    "load_words": ("coach.build", "build_words"),
    "one_at_a_time": ("coach.durable", "alone"),
    "rank": ("coach.taxonomy", "rank"),
    "reworded": ("coach.wording.reports", "reworded"),
    "reworded_brief": ("coach.wording.reports", "reworded_brief"),
    "reworded_row": ("coach.wording.reports", "reworded_row"),
    "read_bytes": ("coach.text.formats", "read_bytes"),
    "read_sections": ("coach.text.sections", "read_sections"),
    "replace_file": ("coach.durable", "write"),
    "runs": ("coach.faces.marks", "runs"),
    "safe_text": ("coach.faces.marks", "safe"),
    "sentences": ("coach.text.sentences", "split"),
    "to_dict": ("coach.report", "to_dict"),
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'coach' has no attribute {name!r}")
    module, attribute = _HOMES[name]
    return getattr(import_module(module), attribute)
