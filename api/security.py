"""Keys and secrets: master keys that wrap data keys, AES-GCM of what rests, passwords, tokens.

A data key belongs to a pair (or to a note without one). What is sealed with it cannot be read once the key is destroyed,
which is how erasure works. Master keys only wrap data keys, so rotation rewrites those and no note.
"""

import base64
import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from api.settings import ServiceSettings
from coach import create_file, one_at_a_time, replace_file

NONCE = 12
PUT_BACK = "Put back the copy that you keep apart; where nothing has been stored yet, remove the file and start again."
_passwords = PasswordHasher()


class KeyFault(Exception):
    """A key is missing, damaged or does not fit what it should open; says which and what to do."""


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Master keys by id, oldest first; the last wraps what is new. `keys` hold 32 bytes each."""

    keys: dict[str, bytes]

    @property
    def current(self) -> str:
        return list(self.keys)[-1]

    def wrap(self, key: bytes, what: str) -> bytes:
        """`what` binds the wrapped key to its row."""
        name = self.current.encode()
        return bytes([len(name)]) + name + seal_bytes(self.keys[self.current], key, what)

    def unwrap(self, wrapped: bytes, what: str) -> bytes:
        name = wrapped_by(wrapped)
        if name not in self.keys:
            raise KeyFault(f"master key {name!r} is not in the key file; put it back to read what it wraps")
        return open_bytes(self.keys[name], wrapped[1 + wrapped[0] :], what)


def wrapped_by(wrapped: bytes) -> str:
    """Id of the master key that wrapped this."""
    return wrapped[1 : 1 + wrapped[0]].decode()


def seal_bytes(key: bytes, data: bytes, what: str) -> bytes:
    nonce = os.urandom(NONCE)
    return nonce + AESGCM(key).encrypt(nonce, data, what.encode())


def open_bytes(key: bytes, data: bytes, what: str) -> bytes:
    try:
        return AESGCM(key).decrypt(data[:NONCE], data[NONCE:], what.encode())
    except InvalidTag:
        raise KeyFault(f"{what}: damaged, or sealed with another key") from None


@dataclass(frozen=True, slots=True)
class Seal:
    """Seals and opens texts with one data key; `what` ("note:ID") binds a text to its place, so that none can be moved."""

    key: bytes

    def seal(self, text: str, what: str) -> bytes:
        return seal_bytes(self.key, text.encode(), what)

    def open(self, data: bytes, what: str) -> str:
        return open_bytes(self.key, data, what).decode()


def new_key() -> bytes:
    return AESGCM.generate_key(256)


def load_keys(settings: ServiceSettings, fresh: bool) -> KeyRing:
    """The key ring of settings; made anew only where the database is `fresh` and no file is there. Raises KeyFault."""
    if settings.master_keys is not None:
        return _ring(settings.master_keys.get_secret_value().replace(",", "\n"), "COACH_MASTER_KEYS")
    path = settings.keys_at
    if settings.data_dir.resolve() in path.resolve().parents:
        raise KeyFault(
            f"the key file {path.name} lies inside the data folder, where a copy of the data would hold its key; move it"
        )
    if not path.exists():
        if not fresh:
            raise KeyFault(f"the key file {path} is missing: without it no note can be read. Put it back, or set COACH_KEY_FILE.")
        path.parent.mkdir(parents=True, exist_ok=True)
        create_file(path.resolve(), [_line("k1", new_key())])  # where another start was faster, its key is read, as ours would be
    return _ring(path.read_text(encoding="ascii", errors="replace"), path.name)


def add_key(path: Path, name: str) -> bytes:
    """A new master key at the end of the file, which only its owner may read. Raises KeyFault for a name that is there already.

    The file is replaced whole, and is on the disk before anything is wrapped with the key: no stop leaves half a line in it. Two that
    do this at once do it one after the other.
    """
    key, path = new_key(), path.resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    with one_at_a_time(path.parent):
        lines = path.read_text(encoding="ascii").splitlines() if path.exists() else []
        if name in (line.partition(" ")[0] for line in lines):
            raise KeyFault(
                f"{path.name}: there is a key {name!r} already, made a moment ago. Look at the file, then begin again."
            )
        replace_file(path, [*(f"{line}\n".encode() for line in lines), _line(name, key)])
    return key


def _line(name: str, key: bytes) -> bytes:
    return f"{name} {base64.b64encode(key).decode()}\n".encode()


def _ring(lines: str, place: str) -> KeyRing:
    keys: dict[str, bytes] = {}
    for number, line in enumerate(filter(None, (one.strip() for one in lines.splitlines())), 1):
        name, _, value = line.partition(" ")
        try:
            keys[name] = base64.b64decode(value, validate=True)
        except ValueError:
            raise KeyFault(f"{place}: line {number} is not 'id base64'. {PUT_BACK}") from None
        if len(keys[name]) != 32:
            raise KeyFault(f"{place}: line {number} holds {len(keys[name])} bytes; a master key has 32. {PUT_BACK}")
    if not keys:
        raise KeyFault(f"{place}: holds no key. {PUT_BACK}")
    return KeyRing(keys)


def hash_password(password: str) -> str:
    return _passwords.hash(password)


def password_fits(hashed: str | None, password: str) -> bool:
    """False too for an unknown account, after as long a time, so that nobody can tell which accounts exist."""
    try:
        return _passwords.verify(hashed or _NOBODY, password) and hashed is not None
    except (Argon2Error, InvalidHashError):
        return False


_NOBODY = _passwords.hash(secrets.token_urlsafe(16))


def new_token(prefix: str = "") -> str:
    """A secret of 256 bits; `prefix` tells what it is for ("ck_" for an API key)."""
    return prefix + secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What is kept of a token: tokens are random, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def keyed_hash(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
