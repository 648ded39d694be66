"""Ed25519 signatures over the manifests of models and index: who released them, where a public key is known.

A manifest holds the hashes of its folder's files, so a signed one vouches for all of them. `manifest.sig` beside it is the signature in
base64. What is signed names the part ("reader"), so no manifest passes for another's. docs/security/signing.md says what this is worth.
"""

import base64
from pathlib import Path
from typing import TYPE_CHECKING

from coach import durable
from coach.errors import ModelError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SIGNATURE = "manifest.sig"
FORM = b"conversation-coach manifest 1\0"


def check(folder: Path, part: str, public_key: str, key_file: Path) -> None:
    """Raises ModelError for a manifest that its signature does not fit, and for one without, where `public_key` is set.

    The key is `public_key` (32 bytes in base64), or else what `key_file` holds; with neither, or with a folder that is not there,
    nothing is checked.
    """
    manifest, signature = folder / "manifest.json", folder / SIGNATURE
    key = public_key or (key_file.read_text(encoding="ascii", errors="replace").strip() if key_file.is_file() else "")
    if not key or not manifest.is_file() or not (public_key or signature.is_file()):
        return
    if not signature.is_file():
        raise ModelError(f"{folder.name}/ is not signed, and COACH_SIGNING_KEY asks for it. {_remedy(folder)}")
    if not _fits(key, message(part, manifest.read_bytes()), signature.read_bytes()):
        raise ModelError(f"{folder.name}/manifest.json is not what was signed, or another key signed it. {_remedy(folder)}")


def message(part: str, manifest: bytes) -> bytes:
    """What is signed."""
    return FORM + part.encode() + b"\0" + manifest


def _remedy(folder: Path) -> str:
    return f"Restore it from the release; if it was made here, sign it (coach sign) or remove {folder.name}/{SIGNATURE}."


def _fits(key: str, data: bytes, signature: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        public = Ed25519PublicKey.from_public_bytes(base64.b64decode(key, validate=True))
    except ValueError:
        raise ModelError("The signing key is not 32 bytes in base64 (COACH_SIGNING_KEY, models/signing.pub).") from None
    try:
        public.verify(base64.b64decode(signature.strip(), validate=True), data)
    except (InvalidSignature, ValueError):
        return False
    return True


def sign(folder: Path, part: str, private_key: Path) -> None:
    """Write the folder's signature. Raises ModelError for a key that cannot be read."""
    manifest = (folder / "manifest.json").read_bytes()
    made = _private(private_key).sign(message(part, manifest))
    durable.write(folder / SIGNATURE, [base64.b64encode(made), b"\n"], mode=durable.READABLE)


def new_key(path: Path) -> str:
    """A new private key in a file that only its owner may read; the public one in base64. Raises ModelError where there is a file."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    made = Ed25519PrivateKey.generate()
    try:
        fresh = durable.create(path, [made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())])
    except OSError as fault:
        raise ModelError(f"{path.name}: the key cannot be written ({type(fault).__name__}).") from None
    if not fresh:
        raise ModelError(f"{path.name}: there is a file of that name already; name a new one.")
    return public_of(path)


def public_of(private_key: Path) -> str:
    return base64.b64encode(_private(private_key).public_key().public_bytes_raw()).decode()


def _private(path: Path) -> "Ed25519PrivateKey":
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError) as fault:
        raise ModelError(f"{path.name}: no private key without a password ({type(fault).__name__}).") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise ModelError(f"{path.name}: not an Ed25519 key; make one: coach sign --new --key FILE")
    return key
