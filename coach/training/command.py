"""What `coach train` does."""

import datetime
from collections.abc import Sequence
from pathlib import Path

from coach.settings import Settings
from coach.training.feedback import digest, read, teaches


def train_reader(
    settings: Settings, out: Path, epochs: int | None, fraction: float, seed: int, teachers: Sequence[Path] = ()
) -> str:
    """Train, export and set thresholds; the result lies in `out`/reader and replaces models/reader only by hand. `teachers` are
    folders of published readers."""
    from coach.training.encoder import base_folder
    from coach.training.publish import float32_twin, publish
    from coach.training.reader import Recipe, train
    from coach.training.teaching import Lessons, Teachers, unlabelled

    standard = Recipe()
    recipe = Recipe(epochs=epochs or standard.epochs, fraction=fraction, seed=seed)
    base = base_folder()
    lessons = Lessons(Teachers(teachers, out), tuple(unlabelled(settings.guidance_dir))) if teachers else None
    run = train(settings.corpus_dir, base, out / "run", recipe, lessons=lessons)
    version = f"{datetime.date.today():%Y.%m.%d}"
    target = publish(run, base, settings.corpus_dir, out / "reader", recipe, version)
    twin = float32_twin(run, base, target)
    return (
        f"The reader is in {target}. See its figures: COACH_READER_DIR={target} coach evaluate --part test\n"
        f"In float32, to see what 8 bits cost: COACH_READER_DIR={twin} coach evaluate --part test\n"
        f"To ship it, copy the folder's files over models/reader and run: coach index build"
    )


def train_from_use(
    settings: Settings, out: Path, epochs: int | None, seed: int, files: Sequence[Path], key: Path | None
) -> tuple[str, bool]:
    """Train on the corpus and on mentors' verdicts; what loses on the frozen notes stays outside. What happened, and whether it
    came in."""
    from coach.training.encoder import base_folder
    from coach.training.publish import publish
    from coach.training.reader import Recipe, train
    from coach.training.versions import admit, compared, free_name, mark

    given = [read(path, key) for path in files]
    verdicts = [v for one in given for v in one.verdicts]
    if not any(teaches(v) for v in verdicts):
        return "There is no verdict in it that teaches anything; nothing was trained.", False
    base, recipe = base_folder(), Recipe(epochs=epochs or Recipe().epochs, seed=seed)
    mine = out / f"use-{digest(given)[:10]}"
    name = free_name(settings.versions_dir, datetime.date.today())
    run = train(settings.corpus_dir, base, mine / "run", recipe, verdicts)
    candidate = publish(run, base, settings.corpus_dir, mine / "reader", recipe, name)
    mark(candidate, given)
    verdict = compared(settings, candidate)
    if not verdict.passed:
        said = "It is refused: on the frozen notes it loses against the reader of now, which stays as it is."
        return f"{said}\n{verdict.words()}\nIt lies in {candidate}.", False
    target = admit(candidate, settings.versions_dir, name)
    said = f"On the frozen notes, against the reader of now:\n{verdict.words()}\nIt is in {target}. To read with it: "
    return f"{said}COACH_READER_DIR={target}\nTo go back: COACH_READER_DIR={settings.reader_dir}", True


def check_sources(settings: Settings, files: Sequence[Path], key: Path | None) -> tuple[str, bool]:
    """Which versions were taught by notes that the newest exports hold no more; whether none was."""
    from coach.training.versions import withdrawn

    gone = withdrawn(settings.versions_dir, [read(path, key) for path in files])
    lines = [
        f"{name}: {count} of its sources were erased or taken back. Remove its folder and train anew from the newest export."
        for name, count in gone.items()
    ]
    return "\n".join(lines) or "No version holds a source that is gone from these exports.", not gone


def train_encoder(settings: Settings, out: Path) -> str:
    """Fine-tune the index encoder on the guidance cards and export it."""
    from coach.guidance.cards import load_cards
    from coach.training.encoder import base_folder, fine_tune

    target = out / "encoder"
    fine_tune(base_folder(), load_cards(settings.guidance_dir), target)
    return f"The encoder is in {target}. Try it: COACH_ENCODER_DIR={target} coach search 'she has gone quiet'"
