"""What `coach train` does."""

import datetime
from pathlib import Path

from coach.settings import Settings


def train_reader(settings: Settings, out: Path, epochs: int | None, fraction: float, seed: int) -> str:
    """Train, export and set thresholds; the result lies in `out`/reader and replaces models/reader only by hand."""
    from coach.training.encoder import base_folder
    from coach.training.publish import float32_twin, publish
    from coach.training.reader import Recipe, train

    standard = Recipe()
    recipe = Recipe(epochs=epochs or standard.epochs, fraction=fraction, seed=seed)
    base = base_folder()
    run = train(settings.corpus_dir, base, out / "run", recipe)
    version = f"{datetime.date.today():%Y.%m.%d}"
    target = publish(run, base, settings.corpus_dir, out / "reader", recipe, version)
    twin = float32_twin(run, base, target)
    return (
        f"The reader is in {target}. See its figures: COACH_READER_DIR={target} coach evaluate --part test\n"
        f"In float32, to see what 8 bits cost: COACH_READER_DIR={twin} coach evaluate --part test\n"
        f"To ship it, copy the folder's files over models/reader and run: coach index build"
    )


def train_encoder(settings: Settings, out: Path) -> str:
    """Fine-tune the index encoder on the guidance cards and export it."""
    from coach.guidance.cards import load_cards
    from coach.training.encoder import base_folder, fine_tune

    target = out / "encoder"
    fine_tune(base_folder(), load_cards(settings.guidance_dir), target)
    return f"The encoder is in {target}. Try it: COACH_ENCODER_DIR={target} coach search 'she has gone quiet'"
