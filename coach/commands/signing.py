"""coach sign: sign the manifests of models and index with a private key that lies outside of the tree."""

import argparse
from pathlib import Path
from typing import Any

from coach.errors import ModelError
from coach.settings import ROOT, Settings
from coach.signing import new_key, public_of, sign


def add(commands: Any) -> None:
    p = commands.add_parser("sign", help="sign models and index with a private key", description=__doc__)
    p.add_argument(
        "--key", type=Path, required=True, metavar="FILE", help="the private key (Ed25519, PEM); never inside the tree"
    )
    p.add_argument("--new", action="store_true", help="make the key first")
    p.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Signs only what is whole: files against their manifests, the index against the cards."""
    from coach.build import signed_parts

    key, settings = arguments.key, Settings(signing_key="")
    if ROOT in key.resolve().parents:
        raise ModelError(
            f"{key.name}: a private key must not lie inside the tree, where it would be committed. Choose another folder."
        )
    public = new_key(key) if arguments.new else public_of(key)
    _whole(settings)
    for part, folder in signed_parts(settings).items():
        sign(folder, part, key)
        print(f"{folder.relative_to(ROOT) if ROOT in folder.parents else folder}: signed as {part}")
    print(f"public key: {public}\nOthers check it with COACH_SIGNING_KEY={public}; in the tree it belongs in models/signing.pub.")
    return 0


def _whole(settings: Settings) -> None:
    from coach.build import signed_parts
    from coach.checks import content_checks
    from coach.encode.weights import read_manifest

    for part, folder in signed_parts(settings).items():
        if part != "index":
            read_manifest(folder, "Restore it first.")
    if faults := dict(content_checks(settings))["guidance index"]():
        raise ModelError(faults[0])
