"""make lock: pin core.lock (what `coach` needs) and test.lock (all extras), with hashes, from pyproject.toml.

Torch is left out, because its build differs by place, and with it the nvidia-*, cuda-* and triton packages of its GPU build.
No registry's address is written. Run by build/lock/bin/python, where pip-tools is.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FLAGS = (
    "--quiet --upgrade --generate-hashes --strip-extras --allow-unsafe --no-emit-index-url --no-emit-find-links"
    " --no-emit-trusted-host --no-emit-options --no-annotate --newline=lf"
).split()
APART = re.compile(r"(torch|triton|nvidia-[\w-]+|cuda-[\w-]+)==")
HEADER = "# Made by `make lock` from pyproject.toml; do not edit. Torch is installed apart (see Makefile).\n"


def compiled(target: Path, *extra: str) -> str:
    command = [sys.executable, "-m", "piptools", "compile", *FLAGS, *extra, "--output-file", str(target), "pyproject.toml"]
    subprocess.run(command, cwd=ROOT, check=True, env={**os.environ, "CUSTOM_COMPILE_COMMAND": "make lock"})
    return target.read_text(encoding="utf-8")


def cleaned(text: str) -> str:
    """Without comments, torch and its GPU packages; a requirement is a line that is not indented, with its hashes after it."""
    kept, keep = [], True
    for line in text.splitlines():
        if not line.startswith((" ", "#")) and line:
            keep = APART.match(line) is None
        if keep and line and not line.lstrip().startswith("#"):
            kept.append(line)
    return HEADER + "\n".join(kept) + "\n"


def main() -> None:
    folder = ROOT / "requirements"
    for name, extra in (("core", ()), ("test", ("--all-extras",))):
        print(f"lock: requirements/{name}.lock", flush=True)
        made = ROOT / "build" / f"{name}.lock"
        text = cleaned(compiled(made, *extra))
        assert "://" not in text and str(ROOT) not in text, f"{name}.lock would hold an address"
        (folder / f"{name}.lock").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
