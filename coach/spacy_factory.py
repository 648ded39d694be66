"""The report inside a spaCy pipeline: `nlp.add_pipe("coach")`, found by spaCy through the entry point `spacy_factories`.

Fills `doc.spans["coach"]` (one span a signal, labelled as in docs/labelling-guide.md) and `doc._.coach_report` (the object of
docs/report-contract.md, None for a text without words). The pipeline's own sentences and tags are neither needed nor changed.
"""

from functools import cache

from spacy.language import Language
from spacy.tokens import Doc, Span

from coach.build import build
from coach.pipeline import Coach
from coach.report import to_dict
from coach.settings import Settings
from coach.values import Note, Signal

KEY = "coach"
REPORT = "coach_report"


@Language.factory(KEY, default_config={"region": None, "minor": None}, assigns=[f"doc._.{REPORT}"])  # type: ignore[untyped-decorator]
def make(nlp: Language, name: str, region: str | None, minor: bool | None) -> "Component":
    """`region` (ISO 3166: "CA-QC") and `minor` hold for every text; None where they are not known."""
    if not Doc.has_extension(REPORT):
        Doc.set_extension(REPORT, default=None)
    return Component(region, minor)


class Component:
    """Reads one `Doc` at a time. Raises NoteTooLong for a text past COACH_MAX_NOTE_CHARS."""

    def __init__(self, region: str | None, minor: bool | None) -> None:
        self.region, self.minor = region, minor

    def __call__(self, doc: Doc) -> Doc:
        doc.spans[KEY] = []
        if doc.text.strip():
            report = _coach().analyze(Note("doc", doc.text, self.region, self.minor))
            # JSON's own types and no Report: `doc.to_bytes()` keeps only what msgpack knows (and makes lists tuples)
            doc._.set(REPORT, to_dict(report))
            doc.spans[KEY] = [_span(doc, n, signal) for n, signal in enumerate(report.signals)]
        return doc


def _span(doc: Doc, number: int, signal: Signal) -> Span:
    """The tokens that a signal touches; its exact words are the `quote` of signal `number` in the report."""
    return doc.char_span(signal.start, signal.end, label=signal.label, span_id=str(number), alignment_mode="expand")


@cache
def _coach() -> Coach:
    """One for all pipelines of a process; it keeps nothing of what it read."""
    return build(Settings())
