"""A worker's side: the coach loaded once a process, a job read into lines. Nothing that leaves here quotes a note but a report."""

import threading
from collections.abc import Mapping
from typing import Any, Final

from coach.batch.values import Fault, Job, Outcome, canonical
from coach.batch.versions import versions
from coach.build import build
from coach.errors import CoachError, EmptyNote, NoteTooLong
from coach.pipeline import PHRASES, Coach
from coach.report import to_dict
from coach.settings import Settings
from coach.values import Note

THREADS: Final = 1
"""Of one worker, wherever it is: many notes at once use the cores better than many threads on one."""
_WHY: Final = {
    EmptyNote.code: "holds no text",
    NoteTooLong.code: "longer than a note may be (COACH_MAX_NOTE_CHARS)",
}
_lock = threading.Lock()
_loaded: dict[str, Coach | str] = {}


def read_job(job: Job) -> Outcome:
    """The reports of a job's notes. Raises nothing: a task that fails is logged by Dask with what was given to it."""
    try:
        coach = _coach(job.dials, job.versions)
        if isinstance(coach, str):
            return Outcome(job.number, (), coach)
        return Outcome(job.number, tuple(_line(coach, note) for note in job.notes))
    except Exception as fault:
        return Outcome(job.number, (), f"it failed ({type(fault).__name__})")


def _line(coach: Coach, note: Note) -> str | Fault:
    try:
        return canonical(to_dict(coach.analyze(note)))
    except CoachError as error:
        # error.message may name a note's id or region, which come from the file as its words do
        return Fault(error.code, _WHY.get(error.code, "was refused by the coach"))
    except Exception as fault:
        return Fault("failed", f"the coach failed on it ({type(fault).__name__})")


def _coach(dials: Mapping[str, Any], expected: Mapping[str, str]) -> Coach | str:
    """The coach of these settings, or why there is none here. Loaded once; threads of one process share it."""
    key = canonical([dict(dials), dict(expected)])
    with _lock:
        if key not in _loaded:
            _loaded[key] = _load(dials, expected)
        return _loaded[key]


def _load(dials: Mapping[str, Any], expected: Mapping[str, str]) -> Coach | str:
    settings = Settings(**{**dials, "threads": THREADS, "llm": "none"})
    here = versions(settings)
    other = sorted(name for name in {*here, *expected} if here.get(name) != expected.get(name))
    if other:
        return f"its {' and '.join(other)} are of another version than those of the machine that began the run"
    try:
        coach = build(settings)
    except CoachError as error:
        return error.message
    if settings.use_reader and coach.model == PHRASES:
        return "the trained reader cannot be loaded there (coach analyze says why); COACH_USE_READER=false does without"
    return coach
