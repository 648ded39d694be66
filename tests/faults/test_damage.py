"""Model and index files with a flipped bit: found by hash when they are loaded, told with the file and what to do, never read."""

import json
import random
import shutil
from pathlib import Path

import pytest

from coach import Settings, load, to_dict
from coach.detect.reader import NeuralReader
from coach.encode.onnx import OnnxEncoder
from coach.encode.weights import SEAL, sealed
from coach.errors import ModelError
from coach.guidance import index
from coach.guidance.handbook import Shelf
from coach.values import Section
from tests.api.conftest import GRAVE
from tests.faults.conftest import Town
from tests.faults.holds import drained, holds

STANDARD = Settings()
FLIPS = 60
"""Bits of a manifest that are flipped, each by itself."""


def flip(path: Path, chance: random.Random) -> None:
    """One bit, somewhere in the file."""
    data = bytearray(path.read_bytes())
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    path.write_bytes(data)


def linked(source: Path, to: Path) -> Path:
    """A folder of the same files; what is changed in it is copied first."""
    to.mkdir()
    for file in source.iterdir():
        (to / file.name).symlink_to(file)
    return to


def own(path: Path) -> Path:
    """A file of one's own in the place of a link."""
    data = path.read_bytes()
    path.unlink()
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("name", ["model.int8.onnx", "heads.npz", "tokenizer.json"])
def test_a_flipped_bit_in_the_reader_is_told_and_phrases_still_find_what_is_grave(
    require, tmp_path: Path, chance: random.Random, name: str
) -> None:
    require("reader")
    folder = linked(STANDARD.reader_dir, tmp_path / "reader")
    flip(own(folder / name), chance)
    with pytest.raises(ModelError, match=rf"reader/{name} is damaged.*[Rr]estore it from git"):
        NeuralReader(folder)
    report = to_dict(load(Settings(reader_dir=folder)).analyze(GRAVE, region="CA"))
    assert report["coverage"]["read"] == "phrases_only" and f"{name} is damaged" in report["coverage"]["reason"]
    assert report["triage"]["level"] in ("urgent", "emergency")


def test_the_manifests_that_ship_are_sealed() -> None:
    for folder in (STANDARD.reader_dir, STANDARD.encoder_dir):
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        assert manifest[SEAL] == sealed(manifest)[SEAL], f"{folder.name}: write its manifest by coach.encode.weights.sealed"


def test_no_flipped_bit_in_a_manifest_changes_what_is_read(require, tmp_path: Path, chance: random.Random) -> None:
    """It stops the loading with the file's name, or it is in white space or the seal's own name, and nothing else is changed."""
    require("reader")
    folder = linked(STANDARD.reader_dir, tmp_path / "reader")
    path, found = own(folder / "manifest.json"), 0
    whole = path.read_bytes()
    good = json.loads(whole)
    good.pop(SEAL)
    for _ in range(FLIPS):
        path.write_bytes(whole)
        flip(path, chance)
        try:
            from coach.encode.weights import read_manifest

            read = read_manifest(folder, "Restore it.")
        except ModelError as fault:
            assert "reader/" in fault.message and "Restore it." in fault.message
            found += 1
        else:
            assert {name: read[name] for name in good} == good
    assert found > FLIPS / 2


@pytest.mark.parametrize("name", ["model.int8.onnx", "tokenizer.json", "manifest.json"])
def test_a_flipped_bit_in_the_encoder_leaves_the_report_its_advice(
    require, tmp_path: Path, chance: random.Random, name: str
) -> None:
    require("encoder")
    folder = linked(STANDARD.encoder_dir, tmp_path / "encoder")
    path = own(folder / name)
    if name == "manifest.json":
        path.write_text(path.read_text(encoding="utf-8").replace('"dimensions": 384', '"dimensions": 385'), encoding="utf-8")
    else:
        flip(path, chance)
    with pytest.raises(ModelError, match=rf"encoder/{name} is damaged.*COACH_ENCODER_DIR"):
        OnnxEncoder(folder)
    report = to_dict(load(Settings(encoder_dir=folder, use_reader=False)).analyze(GRAVE, region="CA"))
    assert report["triage"]["level"] in ("urgent", "emergency") and report["follow_ups"] and report["resources"]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """An index of three cards, and its mark."""
    from coach.build import build_guidance

    guidance = build_guidance(STANDARD)
    cards, folder = guidance.cards[:3], tmp_path_factory.mktemp("small") / "built"
    mark = index.fingerprint(cards, guidance.encoder.name)
    index.save(index.build(cards, guidance.encoder), folder, mark)
    return folder, mark


@pytest.mark.parametrize("name", ["vectors.npz", "manifest.json"])
def test_no_flipped_bit_in_the_index_is_searched(
    require, small: tuple[Path, str], tmp_path: Path, chance: random.Random, name: str
) -> None:
    """Told with its remedy, or the index is stale and made anew, or what is read is what was written."""
    require("encoder")
    source, mark = small
    good, found = index.load(source, mark), 0
    for number in range(40):
        folder = tmp_path / str(number) / "built"
        shutil.copytree(source, folder)
        flip(folder / name, chance)
        try:
            read = index.load(folder, mark)
        except ModelError as fault:
            assert "built/" in fault.message and "coach index build" in fault.message
            found += 1
        else:
            assert name == "manifest.json" and (read is None or (read.vectors == good.vectors).all())
    assert found == 40 if name == "vectors.npz" else found > 0


def test_a_damaged_index_costs_no_note(require, town: Town, tmp_path: Path) -> None:
    """The service goes on: notes are stored and flagged, and /readyz of a damaged encoder names file and remedy."""
    require("reader")
    shutil.copytree(STANDARD.index_dir, tmp_path / "built")
    (tmp_path / "built" / "manifest.json").write_text('{"fingerprint": "', encoding="utf-8")
    encoder = linked(STANDARD.encoder_dir, tmp_path / "encoder")
    town.at.analyst.__dict__["coach"] = load(Settings(index_dir=tmp_path / "built", words="en"))
    kept: dict[str, str] = {}
    assert town.send(GRAVE, "1", kept) == 201
    drained(town)
    holds(town, kept, town.heard())
    own(encoder / "tokenizer.json").write_bytes(b"{")
    from coach import load_guidance

    town.at.make_guidance = lambda: load_guidance(Settings(encoder_dir=encoder))
    town.at.__dict__.pop("guidance", None)
    told = town.client().get("/readyz")
    assert told.status_code == 503
    assert "encoder/tokenizer.json is damaged" in told.text and "Restore it from git" in told.text


def test_a_flipped_bit_in_a_handbook_is_never_cited(require, tmp_path: Path, chance: random.Random) -> None:
    require("encoder")
    encoder, shelf = OnnxEncoder(STANDARD.encoder_dir), Shelf(tmp_path)
    shelf.add("riverside", "guide.md", b"x", [Section("Replies", None, "We answer a message within two working days.")], encoder)
    (path,) = (tmp_path / "riverside").glob("*.json")
    whole, good, found = path.read_bytes(), shelf.load("riverside", encoder).passages, 0
    for _ in range(40):
        path.write_bytes(whole)
        flip(path, chance)
        try:
            assert shelf.load("riverside", encoder).passages == good
        except ModelError as fault:
            assert "damaged" in fault.message or "another encoder" in fault.message
            found += 1
    assert found > 20
