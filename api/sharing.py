"""`coach-api feedback`: mentors' verdicts leave the service, with the program's consent alone, masked and encrypted, to train on.

A line holds the sentences judged and the one before them, never a whole note. Its form stands in docs/feedback.md.
"""

import argparse
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from cryptography.fernet import Fernet
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.accounts.service import rules_of
from api.app import make_services
from api.backup import NotDone
from api.db.models import Feedback, Note, Pair, Program, StoredReport
from api.db.session import ALL
from api.notes.service import report_of, text_of
from api.security import Seal
from api.services import Services
from api.settings import ServiceSettings
from coach import Settings, create_file, load_masker, sentences

FORM: Final = "coach-feedback 1"
_NO_CONSENT: Final = "has not agreed that verdicts leave: an admin allows it in the settings (What may leave this service)."
Judged = dict[tuple[str, str, int, int], dict[str, Any]]


def add(nouns: Any) -> None:
    """The noun and its three acts."""
    acts = nouns.add_parser("feedback", help="mentors' verdicts, to train on").add_subparsers(required=True, metavar="ACTION")
    key = acts.add_parser("key", help="make a key file that exports are sealed with; whoever trains needs it too")
    key.add_argument("file", type=Path)
    key.set_defaults(run=_key)
    export = acts.add_parser("export", help="write a program's verdicts, masked and encrypted; only with its consent")
    export.add_argument("program", help="its id")
    export.add_argument("--key", type=Path, required=True)
    export.add_argument("--out", type=Path, required=True)
    export.set_defaults(run=_export)
    check = acts.add_parser("check", help="which readers trained from use hold a note that was erased, or consent taken back")
    check.add_argument("folder", type=Path, help="of the versions, such as data/readers")
    check.set_defaults(run=_check)


def _key(arguments: argparse.Namespace) -> int:
    _new(arguments.file, Fernet.generate_key() + b"\n")
    print(f"The key is in {arguments.file}. Take it to whoever trains by another way than the exports.")
    return 0


def _export(arguments: argparse.Namespace) -> int:
    try:
        sealer = Fernet(arguments.key.read_bytes().strip())
    except (OSError, ValueError):
        raise NotDone(f"{arguments.key} is no key file. Make one: coach-api feedback key FILE") from None
    if arguments.out.exists():
        raise NotDone(f"{arguments.out} is there already; name a new file.")
    at = make_services(ServiceSettings())
    rows = list(verdicts(at, arguments.program))
    head = {"form": FORM, "program": arguments.program, "made_at": at.clock().isoformat()}
    data = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in (head, *rows))
    found = {"verdicts": len(rows), "notes": len({row["source"] for row in rows})}
    with at.database.write(ALL) as session:
        _consenting(session, arguments.program)  # taken back meanwhile: nothing is written
        at.trail.record(session, "service", "feedback_exported", f"program:{arguments.program}", arguments.program, found)
    _new(arguments.out, sealer.encrypt(data.encode()))
    print(f"{found['verdicts']} verdicts on {found['notes']} notes are in {arguments.out}, masked and encrypted.")
    return 0


def _new(path: Path, data: bytes) -> None:
    """A file for its owner alone, whole or not at all. Raises NotDone where there is one of that name."""
    if not create_file(path, [data]):
        raise NotDone(f"{path} is there already; name a new file.")


def _consenting(session: Session, program: str) -> None:
    """Raises NotDone unless the program has agreed."""
    found = session.execute(select(Program).where(Program.id == program)).scalar_one_or_none()
    if found is None:
        raise NotDone("There is no such program.")
    if not rules_of(found).share_feedback:
        raise NotDone(f"This program {_NO_CONSENT}")


def verdicts(at: Services, program: str) -> Iterator[dict[str, Any]]:
    """A line for each thing judged: the newest verdict on it. Drills, erased notes and pairs that said no are left out."""
    masker = load_masker(Settings())
    with at.database.read(ALL) as session:
        _consenting(session, program)
        found = (
            select(Feedback, Note, Pair.consent)
            .join(Note, Note.id == Feedback.note_id)
            .outerjoin(Pair, Pair.id == Note.pair_id)
            .where(Note.program_id == program, Note.text.is_not(None), Note.drill.is_(False), Feedback.quote.is_not(None))
            .order_by(Feedback.at, Feedback.id)
        )
        newest: Judged = {}
        for row, note, consent in session.execute(found):
            if (consent or {}).get("training") is not False and (line := _line(at, session, row, note, masker)):
                newest[line["source"], line["label"], *line.pop("at")] = line
    yield from newest.values()


def _line(at: Services, session: Session, row: Feedback, note: Note, masker: Any) -> dict[str, Any] | None:
    """The verdict with its masked sentences; None where its words stand in no sentence."""
    text, signal = text_of(at, session, note), _signal(at, session, row, note)
    start = signal["start"] if signal else text.find(_quote(at, session, row, note))
    end = signal["end"] if signal else start + len(_quote(at, session, row, note))
    cut = sentences(text)
    mine = [n for n, s in enumerate(cut) if min(end, s.end) > max(start, s.start)]
    if not mine or start < 0:
        return None
    masked = masker.mask(text)
    a, b = cut[mine[0]].start, cut[mine[-1]].end
    before = cut[mine[0] - 1] if mine[0] else None
    return {
        "id": row.id,
        "source": note.id,
        "verdict": row.verdict,
        "label": row.label,
        "before": _flat(piece(masked, before.start, before.end)) if before else "",
        "text": _flat(piece(masked, a, b)),
        "quote": _flat(piece(masked, start, end)),
        "about": signal["about"] if signal else None,
        "assertion": signal["assertion"] if signal else "present",
        "status": signal["status"] if signal else None,
        "at": (start, end),
    }


def _signal(at: Services, session: Session, row: Feedback, note: Note) -> dict[str, Any] | None:
    """What was judged, in its report; None for what was missed."""
    if row.verdict == "missed" or row.signal is None:
        return None
    query = select(StoredReport).where(StoredReport.note_id == note.id, StoredReport.version == row.report_version)
    found: dict[str, Any] = report_of(at, session, note, session.execute(query).scalar_one())["signals"][row.signal]
    return found


def _quote(at: Services, session: Session, row: Feedback, note: Note) -> str:
    seal: Seal = at.vault.seal(session, note.key_id)
    return seal.open(row.quote or b"", f"feedback:{row.id}")


def piece(masked: Any, start: int, end: int) -> str:
    """The masked words of a stretch of the note; a name that it cuts is masked as a whole."""
    return str(masked.text[_moved(masked, start, False) : _moved(masked, end, True)])


def _moved(masked: Any, at: int, is_end: bool) -> int:
    """Where a place of the note stands in its masked text."""
    shift = 0
    for span, (first, last) in zip(masked.spans, masked.places, strict=True):
        if at <= span.start:
            break
        if at < span.end:
            return int(last if is_end else first)
        shift = last - span.end
    return at + shift


def _flat(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def _check(arguments: argparse.Namespace) -> int:
    """1 where a version must be trained anew."""
    at, bad = make_services(ServiceSettings()), 0
    for path in sorted(arguments.folder.glob("[!.]*/manifest.json")):
        try:
            taught = json.loads(path.read_text(encoding="utf-8")).get("feedback", {}).get("sources", {})
        except (OSError, ValueError) as fault:
            raise NotDone(f"{path.parent.name}/manifest.json cannot be read ({type(fault).__name__}).") from None
        gone = sum(len(set(ids) - _alive(at, program, ids)) for program, ids in taught.items())
        if gone:
            bad = 1
            print(f"{path.parent.name}: {gone} of its notes were erased or taken back. Remove its folder and train anew.")
    if not bad:
        print("No version holds a note that is gone.")
    return bad


def _alive(at: Services, program: str, ids: list[str]) -> set[str]:
    """Those of the notes that are there still, of a program that still agrees."""
    with at.database.read(ALL) as session:
        found = session.execute(select(Program).where(Program.id == program)).scalar_one_or_none()
        if found is None or not rules_of(found).share_feedback:
            return set()
        kept = select(Note.id, Pair.consent).outerjoin(Pair, Pair.id == Note.pair_id)
        rows = session.execute(kept.where(Note.program_id == program, Note.text.is_not(None))).all()
        return {ident for ident, consent in rows if (consent or {}).get("training") is not False} & set(ids)
