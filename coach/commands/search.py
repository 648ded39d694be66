"""coach search and coach index: the guidance cards."""

import argparse
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coach.commands.inputs import tell
from coach.errors import UnreadableFile
from coach.settings import Settings
from coach.values import GuidanceHit

if TYPE_CHECKING:
    from coach.guidance.handbook import Handbook
    from coach.guidance.search import Guidance


def add(commands: Any) -> None:
    p = commands.add_parser("search", help="find guidance for a situation", description="Find guidance cards.")
    p.add_argument(
        "query",
        help="words; or a .jsonl file with one {id, query} a line; or the word evaluate: how good the search is on graded queries",
    )
    p.add_argument("--queries", type=Path, help="with evaluate: another file of graded queries")
    p.add_argument("--format", choices=("text", "json", "jsonl"), default="text")
    p.add_argument("--limit", type=int, default=10)
    p.add_argument("--stage", choices=("trust", "application", "growth"))
    p.add_argument("--audience", choices=("adult", "youth"))
    p.add_argument("--label", help="only cards that serve this label, as expectation.pace")
    p.set_defaults(run=run_search)
    p.add_argument("--program", help="whose handbook to search too")
    q = commands.add_parser(
        "index",
        help="the guidance index, and programs' own handbooks",
        description="build or check the embedding index of the cards; add, remove, list or reindex a program's own handbook.",
    )
    q.add_argument("what", choices=("build", "check", "add", "remove", "list", "reindex"))
    q.add_argument(
        "files", nargs="*", metavar="FILE", help="with add: .md, .txt, .docx, .pdf or .html; with remove: names as listed"
    )
    q.add_argument("--program", default="own", help="whose handbook (default: own)")
    q.set_defaults(run=run_index)


def run_search(arguments: argparse.Namespace) -> int:
    from coach.build import build_guidance

    settings = Settings()
    guidance = build_guidance(settings, tell)
    if arguments.query == "evaluate":
        from coach.guidance.evaluate import evaluate, load_queries, render

        file = arguments.queries or settings.guidance_dir / "queries.jsonl"
        print(render(evaluate(guidance, load_queries(file))))
        return 0
    handbook = cache(partial(_handbook, settings, guidance))

    def found(query: str, row: Mapping[str, Any]) -> tuple[GuidanceHit, ...]:
        """With the filters of a row, or those of the command where it has none."""
        stage, audience, label, program = (row.get(n, getattr(arguments, n)) for n in ("stage", "audience", "label", "program"))
        own = handbook(program)
        return guidance.search(query, limit=arguments.limit, stage=stage, audience=audience, handbook=own, label=label)

    path = Path(arguments.query)
    if path.suffix == ".jsonl" and path.is_file():
        for row in _queries(path):
            print(json.dumps({"id": row.get("id"), **_found(found(str(row["query"]), row))}, ensure_ascii=False))
        return 0
    hits = found(arguments.query, {})
    if arguments.format != "text":
        print(json.dumps(_found(hits), ensure_ascii=False))
    elif not hits:
        print("No guidance fits that. Try the words a mentor would use for the situation.")
    for hit in hits if arguments.format == "text" else ():
        print(f"{hit.score:.2f}  {hit.id}: {hit.title}\n      {hit.excerpt}\n      {hit.source}\n      {_because(hit)}")
    return 0


def _handbook(settings: Settings, guidance: "Guidance", program: str | None) -> "Handbook | None":
    from coach.build import build_shelf

    return build_shelf(settings).load(program, guidance.encoder) if program else None


def _queries(path: Path) -> Iterator[Mapping[str, Any]]:
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), 1):
        if line.strip():
            try:
                row = json.loads(line)
                row["query"]
            except (ValueError, KeyError, TypeError) as error:
                raise UnreadableFile(f"{path.name}:{number}: needs an object with a query ({type(error).__name__}).") from None
            yield row


def _found(hits: tuple[GuidanceHit, ...]) -> dict[str, Any]:
    return {"results": [_row(hit) for hit in hits], "refused": not hits}


def _row(hit: GuidanceHit) -> dict[str, Any]:
    row = {"id": hit.id, "title": hit.title, "score": round(hit.score, 4), "excerpt": hit.excerpt, "source": hit.source}
    return {**row, "why": asdict(hit.why)} if hit.why else row


def _because(hit: GuidanceHit) -> str:
    """Why it came, in a line."""
    if hit.why is None:
        return ""
    words = f"; words in common: {', '.join(hit.why.words)}" if hit.why.words else ""
    return f"Came because it is like “{hit.why.like}”{words}"


def run_index(arguments: argparse.Namespace) -> int:
    from coach.build import build_index, index_state

    if arguments.what not in ("build", "check"):
        from coach.commands.handbook import run_handbook

        return run_handbook(arguments)
    if arguments.what == "check":
        state = index_state(Settings())
        print(state or "The guidance index fits its cards and its encoder.")
        return 1 if state else 0
    print(build_index(Settings()))
    return 0
