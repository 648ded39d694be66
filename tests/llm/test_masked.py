"""A model elsewhere never sees a name that masking knows; what it quotes comes back in the note's own words; nothing leaves unaccepted."""

import json

import pytest

from coach.build import _second, is_masked
from coach.cli import main
from coach.errors import ContentError, RemoteRefused
from coach.llm import acceptance, address
from coach.llm.openai_backend import OpenAIBackend
from coach.llm.reader import LanguageModelReader
from coach.settings import Settings
from coach.text.masking import Masker
from coach.text.sentences import split
from tests.llm.standin import standin

NAMES = ["Dana", "Whitfield", "Leeds", "Northfield", "Priya", "07700 900417", "LS6 2QX"]
NOTE = (
    "Met Dana Whitfield in Leeds 🎉.\r\nDana’s sister Priya is behind on rent again. She works for Northfield Consulting Ltd. "
    "Her phone is 07700 900417, post to LS6 2QX. Dana Whitfield cried."
)
SETTINGS = Settings()
LABELS = SETTINGS.corpus_dir / "names"


def row(quote):
    return {"quote": quote, "label": "distress.money", "about": "other", "assertion": "present", "status": None}


def answer(*quotes):
    return json.dumps({"signals": [row(q) for q in quotes]})


@pytest.fixture
def far(monkeypatch):
    """The stand-in counts as an address elsewhere."""
    monkeypatch.setattr(address, "is_near", lambda host: False)


@pytest.fixture
def masked_reader(prompt):
    def make(at):
        backend = OpenAIBackend(at, "m", sleep=lambda _: None)
        return LanguageModelReader(prompt, backend, 5.0, 24_000, mask=Masker(SETTINGS.names_dir).mask)

    return make


def test_no_listed_name_is_sent_also_not_when_asked_again(masked_reader):
    with standin("malformed", "good") as server:
        masked_reader(server.address).read(NOTE, split(NOTE))
    assert len(server.asked) == 2
    sent = json.dumps(server.asked, ensure_ascii=False)
    assert "[PERSON_1]’s sister [PERSON_2] is behind on rent" in sent
    assert [name for name in NAMES if name in sent] == []


@pytest.mark.parametrize(
    ("quote", "words"),
    [
        ("[PERSON_1]’s sister [PERSON_2] is behind on rent again", "Dana’s sister Priya is behind on rent again"),
        ("[PERSON_1]'s sister [PERSON_2] is  behind", "Dana’s sister Priya is behind"),
        ("[PERSON_1] cried", "Dana Whitfield cried"),
        ("PERSON_2] is behind on rent", "Priya is behind on rent"),
        ("Dana's sister Priya is behind", None),
    ],
)
def test_a_quote_across_placeholders_comes_back_in_the_notes_own_words(masked_reader, quote, words):
    with standin("good") as server:
        server.answer = answer(quote)
        findings, told = masked_reader(server.address).read(NOTE, split(NOTE))
    assert [NOTE[f.start : f.end] for f in findings] == ([words] if words else [])
    assert told.dropped == (() if words else (("quote", 1),))


def test_where_masking_fails_nothing_is_sent(prompt):
    def fails(text):
        raise ContentError("places.txt: cannot be read; restore it from git")

    with standin("good") as server:
        reader = LanguageModelReader(prompt, OpenAIBackend(server.address, "m"), 5.0, 24_000, mask=fails)
        findings, told = reader.read(NOTE, split(NOTE))
    assert (findings, server.asked) == ((), [])
    assert "restore it from git" in told.fault


def test_a_near_model_sees_the_note_as_it_is_and_a_far_one_masked(monkeypatch, far):
    with standin("good") as server:
        one = {"llm": "openai", "llm_address": server.address, "llm_model": "m", "llm_tries": 1}
        version = acceptance.read(LABELS).version
        _second(Settings(**one, llm_remote_accepted=version), None).read(NOTE, split(NOTE))
        monkeypatch.undo()
        _second(Settings(**one), None).read(NOTE, split(NOTE))
    (first, second) = (body["messages"][1]["content"] for body in server.asked)
    assert "Dana" not in first
    assert NOTE in second


@pytest.mark.parametrize("accepted", ["", "true", "names-0000000000"])
def test_nothing_leaves_unless_this_figure_was_accepted(far, accepted):
    with standin("good") as server:
        settings = Settings(llm="openai", llm_address=server.address, llm_model="m", llm_remote_accepted=accepted)
        with pytest.raises(RemoteRefused) as caught:
            _second(settings, None)
    said = str(caught.value)
    figure = acceptance.read(LABELS)
    assert f"COACH_LLM_REMOTE_ACCEPTED={figure.version}" in said
    assert f"only {100 * figure.recall:.1f} were" in said
    assert ("names another figure" in said) == bool(accepted)


def test_a_changed_list_makes_the_accepted_figure_stale(far, tmp_path):
    for path in SETTINGS.names_dir.glob("*.txt"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    version = acceptance.read(LABELS).version
    acceptance.require(version, tmp_path, LABELS)
    with (tmp_path / "surnames.txt").open("a") as file:
        file.write("Zzyzx\n")
    with pytest.raises(RemoteRefused, match="coach names evaluate --write"):
        acceptance.require(version, tmp_path, LABELS)


def test_the_figure_is_of_the_masking_that_is_there():
    """Where it fails: coach names evaluate --write, then bring models/corpus/names/README.md up to date."""
    figure = acceptance.read(LABELS)
    assert figure.version == acceptance.version(SETTINGS.names_dir, LABELS)
    assert figure.version in (LABELS / "README.md").read_text(encoding="utf-8")
    assert f"{figure.recall:.3f} ({figure.low:.3f}-{figure.high:.3f})" in (LABELS / "README.md").read_text(encoding="utf-8")


def test_the_prompt_is_shown_masked_where_it_would_be_sent_so(capsys, monkeypatch, tmp_path):
    (tmp_path / "note.txt").write_bytes(NOTE.encode())
    asked = [["prompt", str(tmp_path / "note.txt")], ["prompt", str(tmp_path / "note.txt"), "--masked"]]
    shown = [(main(one), capsys.readouterr().out)[1] for one in asked]
    monkeypatch.setenv("COACH_LLM", "openai")
    monkeypatch.setenv("COACH_LLM_ADDRESS", "https://api.example.com/v1")
    main(asked[0])
    assert "Dana" in shown[0]
    assert [name for name in NAMES if name in shown[1]] == []
    assert capsys.readouterr().out == shown[1]


def test_an_answer_with_placeholders_is_read_against_the_masked_note(tmp_path):
    (tmp_path / "answer.json").write_text(answer("[PERSON_2] is behind on rent again"), encoding="utf-8")
    findings, told = _second(Settings(), tmp_path / "answer.json").read(NOTE, split(NOTE))
    assert [NOTE[f.start : f.end] for f in findings] == ["Priya is behind on rent again"]
    assert told.sent_to is None
    assert not is_masked(Settings(), "no such thing")
