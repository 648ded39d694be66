"""What is shown in Slack, as Block Kit. Words that are not ours stand in plain text alone: nothing in them is a link or a mention."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from api.notes.schemas import Analyzed, StoredOut
from api.pairs.schemas import FollowUpOut
from api.rules import rank_of
from coach import safe_text

Block = dict[str, Any]
LONGEST = 3000
"""Characters that Slack lets be typed into one field."""
PLACES = 6
"""Help services and follow-ups shown at most."""

THROUGH = (
    "What you type or paste here passes through Slack's servers, and Slack keeps it by the rules of your workspace, out of this "
    "service's reach. Leave names out. To keep a note from Slack, use the coach's own page."
)
DANGER = (
    "If somebody may be in danger now, call your emergency number first and do not leave the person alone. Then read reports."
)
LIMITS = "Not a diagnosis. It misses things: a calm report does not mean that somebody is safe."
KINDS = {"ask": "Ask", "do": "Do", "agree": "Agree", "refer": "Refer", "escalate": "Tell staff"}


def words(text: str, most: int = 2900) -> Block:
    """Plain text, cut where Slack would refuse it."""
    clean = safe_text(text).strip() or "-"
    return {"type": "plain_text", "text": clean if len(clean) <= most else clean[: most - 1] + "…", "emoji": False}


def line(text: str) -> Block:
    return {"type": "section", "text": words(text)}


def small(text: str) -> Block:
    return {"type": "context", "elements": [words(text)]}


def head(text: str) -> Block:
    return {"type": "header", "text": words(text, 150)}


def links(*given: tuple[str, str]) -> Block:
    """Addresses of this service's own pages; both parts are ours."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": " · ".join(f"<{url}|{name}>" for name, url in given)}}


def modal(blocks: Sequence[Block], callback: str = "coach_shown", submit: str | None = None) -> dict[str, Any]:
    view = {"type": "modal", "callback_id": callback, "title": words("Coach"), "blocks": list(blocks)[:100]}
    if submit:
        view["submit"] = words(submit)
    return {**view, "close": words("Close")}


def reading() -> dict[str, Any]:
    return modal([line("Reading. This takes a few seconds; the answer comes here, and only you see it."), line(DANGER)])


def plainly(text: str, *more: Block) -> dict[str, Any]:
    """A window that says one thing, and where help is at hand."""
    return modal([line(text), *more, small(DANGER)])


def at_hand(public_url: str, own: Sequence[tuple[str, str]]) -> list[Block]:
    """Where help is: the emergency number first, then the program's own services (name, how to reach), then the list of lines."""
    return [line(DANGER), *(line(f"{name}: {way}") for name, way in own[:3]), links(("Help lines", f"{public_url}/help"))]


def paste(public_url: str, own: Sequence[tuple[str, str]], mentor: bool, given: str = "") -> dict[str, Any]:
    """Where a note is pasted. Only a mentor's note can be kept, and is unless the mentor says otherwise, as on the pages."""
    field: Block = {
        "type": "plain_text_input",
        "action_id": "text",
        "multiline": True,
        "max_length": LONGEST,
        "focus_on_load": True,
    }
    if given:
        field["initial_value"] = given[:LONGEST]
    hint = words(f"Up to {LONGEST:,} characters; a longer note goes on the coach's page.")
    blocks = [
        line(THROUGH),
        *at_hand(public_url, own),
        {"type": "input", "block_id": "note", "label": words("Your note of the session"), "hint": hint, "element": field},
    ]
    if mentor:
        option = {
            "text": words("Keep this note in the coach", 75),
            "value": "keep",
            "description": words("Staff are told where somebody may be in trouble.", 75),
        }
        box = {"type": "checkboxes", "action_id": "keep", "options": [option], "initial_options": [option]}
        blocks.append({"type": "input", "block_id": "keep", "optional": True, "label": words("Keep it?"), "element": box})
    return modal([*blocks, links(("The coach's own page", public_url))], "coach_note", "Read it")


def code(public_url: str, own: Sequence[tuple[str, str]], shown: str, minutes: int) -> dict[str, Any]:
    return modal(
        [
            line("Your Slack user is not linked to an account of the coach yet. Sign in on its page and enter this code there:"),
            head(shown),
            small(f"It works once, within {minutes} minutes. Give it to nobody."),
            links(("Enter the code", f"{public_url}/slack")),
            *at_hand(public_url, own),
        ]
    )


def report(found: Analyzed, public_url: str) -> list[Block]:
    """The report in short: help first where it is needed, what may be unspoken, what to do next. Nothing quoted from elsewhere."""
    body = found.report
    grave = rank_of(body["triage"]["level"]) >= rank_of("concern")
    blocks = [line(DANGER)] if rank_of(body["triage"]["level"]) >= rank_of("urgent") else []
    if grave or body["resources"]:
        blocks += [head("Help"), *map(line, help_lines(body)), links(("All help lines", f"{public_url}/help"))]
    blocks += [line(found.told.line), *(line(t) for t in (found.told.remind, found.missing) if t)]
    if body["coverage"]["read"] != "full":
        blocks.append(line(body["coverage"]["reason"] or "This note could not be read in full."))
    blocks += [line(c["message"]) for c in body["corrections"][:PLACES]]
    if body["expectations"]:
        blocks.append(head("What may be unspoken"))
        blocks += [line(f"{e['statement']}\nAsk: {e['ask']}") for e in body["expectations"][:PLACES]]
    if body["follow_ups"]:
        blocks.append(head("What to do next"))
        for step in body["follow_ups"][:PLACES]:
            blocks += [line(step["text"]), *cards(step["guidance"], public_url)]
    return [*blocks, small(LIMITS), links(*_page(found, public_url))]


def help_lines(body: Mapping[str, Any]) -> list[str]:
    """One line a service: its name and how it is reached."""
    return [_service(r) for r in body["resources"][:PLACES]] or ["No help line fits this region; see the list."]


def _service(row: Mapping[str, Any]) -> str:
    ways = [f"{how} {row[key]}" for key, how in (("call", "call"), ("text", "text")) if row.get(key)] or [row.get("url") or ""]
    more = [row[key] for key in ("hours", "caveat") if row.get(key)]
    return f"{row['name']}: {', '.join(ways)}" + (f" ({'; '.join(more)})" if more else "")


def cards(idents: Sequence[str], public_url: str) -> list[Block]:
    """The guidance cards that a follow-up cites; a passage of the program's own handbook has no page of its own."""
    known = [i for i in idents if not i.startswith("handbook:")]
    return [links(*((i.replace("-", " ").capitalize(), f"{public_url}/guidance/{i}") for i in known[:3]))] if known else []


def _page(found: Analyzed, public_url: str) -> list[tuple[str, str]]:
    if isinstance(found, StoredOut):
        return [("The whole report", f"{public_url}/notes/{found.note.id}")]
    return [("The coach's own page", f"{public_url}/")]


def lost(found: Analyzed, public_url: str) -> list[Block]:
    """For whoever closed the window before the answer came: help and where the report is; no word of the note, which would stay."""
    kept = isinstance(found, StoredOut)
    say = (
        "Your note was read and kept."
        if kept
        else "Your note was read, and not kept. Open /coach and paste it again to see the report."
    )
    shown = [line(text) for text in help_lines(found.report)] if found.report["resources"] else []
    return [line(say), *([line(DANGER), *shown] if shown else []), line(found.told.line), links(*_page(found, public_url))]


def home(
    public_url: str, own: Sequence[tuple[str, str]], open_ones: Sequence[FollowUpOut], more: bool, linked: bool
) -> dict[str, Any]:
    """The open follow-ups by kind, day and guidance: their words may quote a note, and stay on the coach's own page."""
    blocks: list[Block] = [head("Open follow-ups")]
    if not linked:
        blocks.append(line("Your Slack user is not linked to an account of the coach. Type /coach to begin."))
    elif not open_ones:
        blocks.append(line("None just now."))
    for step in open_ones:
        blocks.append(line(f"{KINDS.get(step.kind, step.kind)} · {day(step.changed_at)}"))
        blocks.append(links(("Read it", f"{public_url}/notes/{step.note}")))
        blocks += cards(step.cards, public_url)
    if more:
        blocks.append(links(("More of them", f"{public_url}/notes")))
    return {"type": "home", "blocks": [*blocks, {"type": "divider"}, *at_hand(public_url, own), small(THROUGH)][:100]}


def day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d}"


def alert(content: Mapping[str, Any], flag: str | None, state: str = "open") -> list[Block]:
    """Level, deadline, link, and a button to claim it; never a name nor a word of a note."""
    if content["kind"] == "test":
        return [line("This is a test. Open this link to say that alerts reach you."), links(("Open", str(content["link"])))]
    by = content["due_at"]
    said = [f"A note raised a flag. Level: {content['level']}."]
    said += [f"Please look by {by} (UTC)."] if by else []
    blocks = [
        line(" ".join(["This is a drill."] * bool(content["drill"]) + said)),
        links(("Look and decide at the desk", content["link"])),
    ]
    if state != "open":
        return [*blocks, small("A member of staff has claimed it.")]
    button = {"type": "button", "action_id": "coach_claim", "text": words("I take this", 75), "value": flag or ""}
    return [*blocks, {"type": "actions", "block_id": "coach_flag", "elements": [button]}]
