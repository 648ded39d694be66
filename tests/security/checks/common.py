"""Writes api/accounts/common_passwords.txt from lists of passwords, commonest first: python -m tests.security.checks.common LIST...

Each LIST is a text file of a password a line, gzipped or not. The committed file was made of two, in this order: `common-passwords.txt.gz` of Django
5.2.19 (BSD-3-Clause) and the passwords of `frequency_lists.py` of zxcvbn 4.5.0 (MIT). Of each the first 4,000 are kept, for people put
two together, and of the rest all that are long enough to be chosen here.
"""

import gzip
import sys
from collections.abc import Iterator
from pathlib import Path

from api.accounts import passwords

FIRST = 4000
HEAD = (
    "# The beginnings of the SHA-256 hashes of common passwords: see passwords.py; made by python -m tests.security.checks.common"
)


def marks(path: Path) -> Iterator[str]:
    data = path.read_bytes()
    lines = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8").split("\n")
    for rank, line in enumerate(line.strip() for line in lines):
        if line and (rank < FIRST or len(line) >= passwords.SHORTEST):
            yield passwords.mark(line.casefold())


def main(lists: list[str]) -> None:
    found = sorted({mark for name in lists for mark in marks(Path(name))})
    out = Path(passwords.__file__).with_name("common_passwords.txt")
    out.write_text("\n".join([HEAD, *found]) + "\n", encoding="ascii")
    print(f"{out.name}: {len(found)} passwords")


if __name__ == "__main__":
    main(sys.argv[1:])
