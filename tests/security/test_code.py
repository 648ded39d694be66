"""What stands in the code of the service and of its pages, or must not: looked for in the files themselves."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from api.security import hash_password, password_fits
from tests.security.checks.found import ROOT
from tests.security.conftest import Town

APART = ("coach/training/", "coach/evaluating/", "coach/batch/")
"""Commands of an operator's own, of which the service imports nothing."""
SCRIPTS = sorted([*(ROOT / "api/web/static").glob("*.js"), *(ROOT / "api/plugins/embed/static").glob("*.js")])
TEMPLATES = sorted((ROOT / "api/web/templates").glob("*.html"))
EVALUATE = {"eval", "exec", "compile", "__import__"}
DANGEROUS = (
    "pickle",
    "marshal",
    "shelve",
    "dill",
    "subprocess",
    "multiprocessing",
    "runpy",
    "code",
    "pty",
    "os.system",
    "os.popen",
)
FORMATS = {
    "api/openapi.py": "the paths of our own routes",
    "api/pairs/records.py": "lines of ours, by the kind of an event",
    "api/telling.py": "bounds of a table of ours",
    "api/web/view.py": "Markup of a constant",
    "coach/advise/brief.py": "lines of indexes/wording",
}
"""Where something that is no constant is a format, and what it is."""
STATEMENTS = {"api/live.py": "LISTEN on a constant", "api/db/session.py": "PRAGMAs of a list"}
"""Where a statement for the database is put together, of constants."""
KNOWN_CRYPTOGRAPHY = {
    "cryptography.exceptions.InvalidTag",
    "cryptography.exceptions.InvalidSignature",
    "cryptography.hazmat.primitives.ciphers.aead.AESGCM",
    "cryptography.fernet.Fernet",
    "cryptography.fernet.InvalidToken",
}
KEYS = (
    "cryptography.hazmat.primitives.asymmetric.ed25519.",
    "cryptography.hazmat.primitives.serialization.",
)
HASHES = {"hashlib.sha256", "hashlib.file_digest", "hmac.new"}
OTHER_HASHES = {"coach/batch/chunks.py": "an order of rows, no secret and no proof"}


class Call(NamedTuple):
    """A call in a file: the words of what is called, and itself."""

    file: str
    name: str
    node: ast.Call

    def __str__(self) -> str:
        return f"{self.file}:{self.node.lineno}: {self.name}"


@cache
def trees() -> tuple[tuple[str, ast.Module], ...]:
    """Of each file of api/ and coach/."""
    paths = [path for folder in ("api", "coach") for path in sorted((ROOT / folder).rglob("*.py"))]
    return tuple((path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))) for path in paths)


def calls() -> Iterator[Call]:
    for file, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                yield Call(file, ast.unparse(node.func), node)


def imports() -> Iterator[tuple[str, str]]:
    """(file, whole name of what is imported)."""
    for file, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                yield from ((file, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield from ((file, f"{node.module}.{alias.name}") for alias in node.names)


def is_constant(node: ast.expr) -> bool:
    """A text in the code, a name in capitals, or a part of one."""
    if isinstance(node, ast.Subscript):
        return is_constant(node.value)
    return isinstance(node, ast.Constant) or (isinstance(node, ast.Name) and node.id.isupper())


def test_nothing_evaluates_unpickles_or_starts_a_process() -> None:
    found = [f"{file}: {name}" for file, name in imports() if not file.startswith(APART) and _is_dangerous(name)]
    for call in calls():
        if not call.file.startswith(APART) and (call.name in EVALUATE or call.name in DANGEROUS):
            found.append(str(call))
        if call.name.endswith("np.load"):
            given = {k.arg: ast.unparse(k.value) for k in call.node.keywords}
            assert given.get("allow_pickle") == "False", call
    assert not found


def _is_dangerous(name: str) -> bool:
    return any(name == one or name.startswith(f"{one}.") for one in DANGEROUS)


def test_no_statement_is_put_together_from_text() -> None:
    looked = 0
    for call in calls():
        if call.file.startswith("api/") and call.name.rpartition(".")[2] in (
            "execute",
            "exec_driver_sql",
            "text",
            "literal_column",
        ):
            first = next(iter(call.node.args), None)
            built = isinstance(first, ast.JoinedStr | ast.BinOp) or (
                isinstance(first, ast.Call) and ast.unparse(first.func).endswith(".format")
            )
            assert not built or call.file in STATEMENTS, call
            looked += 1
    assert looked > 100


def test_nothing_of_anybody_is_a_format() -> None:
    used = set()
    for call in calls():
        if isinstance(call.node.func, ast.Attribute) and call.node.func.attr in ("format", "format_map"):
            whose = call.node.func.value
            if not is_constant(whose):
                assert call.file in FORMATS, call
                used.add(call.file)
    assert used == set(FORMATS)


@pytest.mark.parametrize(
    "address",
    [
        "a@example.org\r\nBcc: b@evil.example",
        "a@example.org\nSubject: x",
        "a@example.org, b@evil.example",
        "a@example.org;b@evil.example",
        "A <a@example.org>",
        "a@example.org b@evil.example",
        "nobody",
    ],
)
def test_no_contact_breaks_a_mails_head(town: Town, address: str) -> None:
    given = {"name": "Desk", "channel": "email", "address": address}
    assert town.house.people["admin"].post("/v1/contacts", json=given).status_code == 422


def test_only_known_hashes_and_ciphers_are_used() -> None:
    for file, name in imports():
        if name.startswith("cryptography."):
            assert name in KNOWN_CRYPTOGRAPHY or (file == "coach/signing.py" and name.startswith(KEYS)), f"{file}: {name}"
        assert not name.startswith(("Crypto.", "nacl.", "rsa.", "hashlib.md5", "hashlib.sha1")), f"{file}: {name}"
    for call in calls():
        if call.name.startswith(("hashlib.", "hmac.")) and "(" not in call.name:
            assert call.name in HASHES or call.file in OTHER_HASHES, call
        if call.name in ("hashlib.file_digest", "hmac.new"):
            assert "sha256" in ast.unparse(call.node), call


def test_passwords_rest_under_argon2id() -> None:
    """At least what OWASP's cheat sheet asks for: 19 MiB and two turns."""
    kept = hash_password("correct horse battery")
    found = re.match(r"\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$", kept)
    assert found and int(found[1]) >= 19 * 1024 and int(found[2]) >= 2
    assert kept != hash_password("correct horse battery") and password_fits(kept, "correct horse battery")


def test_no_script_of_ours_makes_markup_from_text() -> None:
    """Nor code, nor changes what all objects share."""
    markup = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|setHTMLUnsafe|srcdoc")
    code = re.compile(r"\beval\(|new Function|Function\(\"|set(?:Timeout|Interval)\(\s*[\"'`]|javascript:")
    shared = re.compile(r"Object\.assign\(|__proto__(?!: null)|\.prototype(?:\.\w+|\[[^\]]+\])\s*=[^=]|\.constructor\b")
    assert len(SCRIPTS) > 8
    for path in SCRIPTS:
        text = path.read_text(encoding="utf-8")
        for rule in (markup, code, shared):
            assert not rule.search(text), f"{path.name}: {rule.search(text)}"


def test_browsers_keep_a_draft_and_nothing_else() -> None:
    kept = re.compile(r"localStorage|indexedDB|document\.cookie|caches\.|sessionStorage\.\w+\(([^,)]*)")
    for path in SCRIPTS:
        for found in kept.finditer(path.read_text(encoding="utf-8")):
            assert path.name in ("draft.js", "report.js") and found[1] in ("KEY", '"coach-draft"'), f"{path.name}: {found[0]}"
    assert 'KEY = "coach-draft"' in (ROOT / "api/web/static/draft.js").read_text(encoding="utf-8")


def fields(page: str) -> Iterator[dict[str, str]]:
    """The attributes of each input of a template."""
    for tag in re.findall(r"<input\b[^>]*>", page):
        yield dict(re.findall(r'([\w-]+)="([^"]*)"', tag))


def test_a_password_field_masks_and_lets_managers_in() -> None:
    looked = 0
    for path in TEMPLATES:
        page = path.read_text(encoding="utf-8")
        assert not re.search(r"onpaste|oncopy|ondrop", page), path.name
        for given in fields(page):
            if given.get("name") in ("password", "old", "new", "again") or given.get("type") == "password":
                assert given["type"] == "password" and given["autocomplete"] in ("current-password", "new-password"), path.name
                looked += 1
    assert looked == 5
    for path in SCRIPTS:
        assert not re.search(r'addEventListener\("(?:paste|copy)"', path.read_text(encoding="utf-8")), path.name


def test_signing_out_is_on_every_page() -> None:
    base = (ROOT / "api/web/templates/base.html").read_text(encoding="utf-8")
    assert re.search(r'\{% if looking\.signed_in %\}\s*<form method="post" action="/sign-out"', base)
    for path in TEMPLATES:
        if not path.name.startswith("_") and path.name != "base.html":
            page = path.read_text(encoding="utf-8")
            assert '{% extends "base.html" %}' in page, path.name
            assert not re.search(r"\{% block (?!title|head|main)\w+ %\}", page), f"{path.name} replaces more than its own part"


def test_what_is_looked_for_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The rules above find what they are for."""
    bad = "import pickle\nfrom cryptography.hazmat.primitives.ciphers.algorithms import ARC4\nexec(x)\nsession.execute(f'{x}')\ny.format(1)\n"
    monkeypatch.setattr("tests.security.test_code.trees", lambda: (("api/x.py", ast.parse(bad)),))
    for test in (
        test_nothing_evaluates_unpickles_or_starts_a_process,
        test_no_statement_is_put_together_from_text,
        test_nothing_of_anybody_is_a_format,
        test_only_known_hashes_and_ciphers_are_used,
    ):
        with pytest.raises(AssertionError):
            test()
    script = tmp_path / "x.js"
    script.write_text("box.innerHTML = text; localStorage.setItem('a', 1)")
    monkeypatch.setattr("tests.security.test_code.SCRIPTS", [script] * 9)
    for test in (test_no_script_of_ours_makes_markup_from_text, test_browsers_keep_a_draft_and_nothing_else):
        with pytest.raises(AssertionError):
            test()
