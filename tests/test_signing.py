"""Signed manifests of models and index: what a known key demands, what a change breaks, and what a newcomer's own training is spared."""

import base64
import json
import shutil
from pathlib import Path

import pytest

from coach.build import build, build_encoder, check_part, index_state, signed_parts
from coach.cli import main
from coach.errors import ModelError
from coach.settings import ROOT, Settings
from coach.signing import SIGNATURE, message, new_key, sign

PARTS = ("reader", "encoder", "index")


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, Path]:
    """Copies of the three folders; big files are links to the tree's."""
    made = {}
    for part, folder in signed_parts(Settings()).items():
        shutil.copytree(
            folder, tmp_path / part, copy_function=lambda a, b: Path(b).symlink_to(a), ignore=shutil.ignore_patterns(SIGNATURE)
        )
        (tmp_path / part / "manifest.json").unlink()
        shutil.copy(folder / "manifest.json", tmp_path / part / "manifest.json")
        made[part] = tmp_path / part
    return made


def at(folders: dict[str, Path], key: str = "", file: Path = Path("/nowhere")) -> Settings:
    return Settings(
        reader_dir=folders["reader"],
        encoder_dir=folders["encoder"],
        index_dir=folders["index"],
        signing_key=key,
        signing_key_file=file,
    )


def signed(folders: dict[str, Path], key: Path) -> str:
    public = new_key(key)
    for part, folder in folders.items():
        sign(folder, part, key)
    return public


def refused(settings: Settings, part: str) -> str:
    with pytest.raises(ModelError) as told:
        check_part(settings, part)
    return told.value.message


def test_what_is_signed_is_read_and_says_so(require, folders, tmp_path) -> None:
    require("reader")
    settings = at(folders, signed(folders, tmp_path / "key.pem"))
    assert index_state(settings) is None and build_encoder(settings)
    assert build(settings, dial=False).analyze("Met Ana. She cannot sleep.").read == "full"


@pytest.mark.parametrize("part", PARTS)
def test_a_changed_manifest_is_refused(require, folders, tmp_path, part) -> None:
    """By whoever changed the weights and the manifest's hash with them: the hashes fit, the signature does not."""
    require("reader")
    settings = at(folders, signed(folders, tmp_path / "key.pem"))
    path = folders[part] / "manifest.json"
    manifest = json.loads(path.read_text())
    name = sorted(manifest["sha256"])[0]
    manifest["sha256"][name] = "0" * 64
    path.write_text(json.dumps(manifest))
    assert "not what was signed" in refused(settings, part) and "coach sign" in refused(settings, part)
    if part == "reader":
        assert "not what was signed" in str(build(settings, dial=False).analyze("Met Ana.").read_reason), (
            "phrases alone, and said so"
        )


@pytest.mark.parametrize("part", PARTS)
def test_unsigned_or_signed_by_another_or_as_another_part(require, folders, tmp_path, part) -> None:
    require("reader")
    ours = signed(folders, tmp_path / "key.pem")
    theirs = new_key(tmp_path / "other.pem")
    assert "another key" in refused(at(folders, theirs), part)
    signature, other = folders[part] / SIGNATURE, folders[PARTS[PARTS.index(part) - 1]] / SIGNATURE
    mine = signature.read_bytes()
    for wrong in (other.read_bytes(), b"", b"zebra", base64.b64encode(b"0" * 64), mine[:-3]):
        signature.write_bytes(wrong)
        refused(at(folders, ours), part)
    signature.write_bytes(mine)
    check_part(at(folders, ours), part)
    signature.unlink()
    assert "is not signed" in refused(at(folders, ours), part)
    assert "32 bytes" in refused(at({**folders, part: folders[PARTS[PARTS.index(part) - 1]]}, "zebra"), part)


def test_own_training_is_read_unsigned_and_the_trees_key_counts_where_there_is_a_signature(require, folders, tmp_path) -> None:
    require("reader")
    for part in PARTS:
        check_part(at(folders), part)
    file = tmp_path / "signing.pub"
    file.write_text(signed(folders, tmp_path / "key.pem") + "\n")
    for part in PARTS:
        check_part(at(folders, file=file), part)
        (folders[part] / "manifest.json").write_text("{}")
        assert "not what was signed" in refused(at(folders, file=file), part)
        (folders[part] / SIGNATURE).unlink()
        check_part(at(folders, file=file), part)


def test_the_command_signs_what_is_whole_with_a_key_outside_of_the_tree(require, folders, tmp_path, monkeypatch, capsys) -> None:
    require("reader")
    for part, name in (("reader", "READER"), ("encoder", "ENCODER"), ("index", "INDEX")):
        monkeypatch.setenv(f"COACH_{name}_DIR", str(folders[part]))
    key = tmp_path / "release.pem"
    assert main(["sign", "--key", str(ROOT / "release.pem"), "--new"]) == 1 and not (ROOT / "release.pem").exists()
    assert main(["sign", "--key", str(key)]) == 1, "no such key"
    assert main(["sign", "--key", str(key), "--new"]) == 0
    public = capsys.readouterr().out.split("COACH_SIGNING_KEY=")[1].split(";")[0]
    assert key.stat().st_mode & 0o077 == 0 and main(["sign", "--key", str(key), "--new"]) == 1, "a key is never written over"
    for part in PARTS:
        check_part(at(folders, public), part)
    path = folders["reader"] / "manifest.json"
    path.write_text(
        path.read_text().replace('"sha256": {', '"sha256": {"heads.npz": "0",', 1).replace('  "heads.npz"', '  "tails.npz"')
    )
    assert main(["sign", "--key", str(key)]) == 1, "what is damaged is not signed"


def test_a_signature_names_the_part() -> None:
    assert len({message(part, b"{}") for part in PARTS}) == 3
