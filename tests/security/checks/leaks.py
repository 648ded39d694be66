"""Secrets in the tree: rules of what a key looks like, over every file that git tracks or would."""

import re
import subprocess
from collections.abc import Iterator

from tests.security.checks.found import ROOT, Found

RULES = {
    "private key": ("PRIVATE KEY", r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----"),
    "key of the coach": ("c[ks]_", r"\bc[ks]_[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])"),
    "master key of the coach": ("=", r"(?m)^k\d+ [A-Za-z0-9+/]{43}=$"),
    "AWS key": ("A[KS]IA", r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "GitHub token": ("g(?:h[pousr]|ithub_pat)_", r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{60,})"),
    "Slack token": ("xox", r"\bxox[abeprs]-[0-9A-Za-z-]{24,}"),
    "OpenAI key": ("sk-", r"\bsk-[A-Za-z0-9_-]{32,}"),
    "Google key": ("AIza", r"\bAIza[0-9A-Za-z_-]{35}\b"),
    "Hugging Face token": ("hf_", r"\bhf_[A-Za-z]{34}\b"),
    "package registry token": ("pypi-AgEI|npm_", r"\b(?:pypi-AgEI[A-Za-z0-9_-]{50,}|npm_[A-Za-z0-9]{36})"),
    "signed token": ("eyJ", r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}"),
    "secret of a webhook": ("whsec_", r"\bwhsec_[A-Za-z0-9+/]{32,}"),
    "password in an address": ("://", r"://[^\s/:@\"'<>{}$]+:[^\s/:@\"'<>{}$]{6,}@[a-z0-9.-]+"),
}
"""What a secret is -> (what a file must hold to be read for it, how it looks)."""

ALLOWED: dict[tuple[str, str], str] = {}
"""(file, rule) -> why what stands there is no secret."""

LARGEST = 3_000_000


def files() -> list[str]:
    """What git tracks, and what it would: untracked files that it does not ignore."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return sorted(set(filter(None, answer.stdout.split("\0"))))


def leaks(text: str) -> Iterator[tuple[str, int]]:
    """(rule, line) of each find."""
    for rule, (hint, expression) in RULES.items():
        if re.search(hint, text):
            for found in re.finditer(expression, text):
                yield rule, text.count("\n", 0, found.start()) + 1


def check() -> Found:
    found, read = Found("secrets in the tree"), 0
    for name in files():
        path = ROOT / name
        if not path.is_file() or path.stat().st_size > LARGEST:
            continue
        data = path.read_bytes()
        if b"\0" in data[:8000]:
            continue
        read += 1
        for rule, line in leaks(data.decode("utf-8", "replace")):
            if (name, rule) not in ALLOWED:
                found.faults.append(f"{name}:{line}: looks like a {rule}")
    found.notes.append(f"{read} files by {len(RULES)} rules")
    return found
