"""Files that are made to harm whoever opens them: refused by name, in little time and memory, and nothing is fetched."""

import io
import json
import resource
import struct
import time
import zipfile
from collections.abc import Callable

import pypdf
import pytest
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from coach.text.formats import read_bytes
from coach.text.items import BadItem
from tests.security.conftest import Town
from tests.text.test_formats import LIMITS, make_docx, rezip

BILLION = (
    b'<!DOCTYPE l [<!ENTITY a "lol">'
    + b"".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">'.encode() for n in range(9))
    + b"]><a>&j;</a>"
)
OUTSIDE = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'
PARAMETER = b'<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x.dtd"> %p;]><a/>'
LINKED = (
    b'<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    b'<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    b'Target="word/document.xml"/><Relationship Id="rId9" TargetMode="External" Target="http://127.0.0.1:9/x" '
    b'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate"/></Relationships>'
)
MB = 1_000_000


def bomb() -> bytes:
    """A document whose text is 90 MB of zeros: 90 kB as it comes."""
    return rezip(make_docx(), {"word/document.xml": b"0" * (90 * MB)})


def lying() -> bytes:
    """The same, with a size of ten bytes in its directory."""
    data, size = bytearray(bomb()), struct.pack("<I", 90 * MB)
    while (at := data.find(size)) >= 0:
        data[at : at + 4] = struct.pack("<I", 10)
    return bytes(data)


def crowded() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/document.xml", "<a/>")
        for number in range(6000):
            archive.writestr(f"word/{number}", b"")
    return out.getvalue()


def pdf_bomb() -> bytes:
    """One page whose content is 40 MB, deflated."""
    writer = pypdf.PdfWriter()
    page = writer.add_blank_page(width=9, height=9)
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): DictionaryObject()})
    content = DecodedStreamObject()
    content.set_data(b"(aaaaaaaaaa) Tj " * (40 * MB // 16))
    page[NameObject("/Contents")] = writer._add_object(content.flate_encode(9))
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def looping_pdf() -> bytes:
    """A tree of pages that is its own parent and child."""
    tree = b"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Parent 2 0 R/Kids[2 0 R 2 0 R]/Count 9>>endobj\n"
    return b"%PDF-1.4\n" + tree + b"trailer<</Root 1 0 R>>\n"


HOSTILE: dict[str, Callable[[], bytes]] = {
    "billion laughs.docx": lambda: rezip(make_docx(), {"word/document.xml": BILLION}),
    "outside entity.docx": lambda: rezip(make_docx(), {"word/document.xml": OUTSIDE}),
    "utf-16 entity.docx": lambda: rezip(make_docx(), {"word/document.xml": OUTSIDE.decode().encode("utf-16")}),
    "parameter entity.docx": lambda: rezip(make_docx(), {"word/styles.xml": PARAMETER}),
    "entity in relations.docx": lambda: rezip(make_docx(), {"_rels/.rels": OUTSIDE}),
    "zip bomb.docx": bomb,
    "zip bomb that lies.docx": lying,
    "crowded.docx": crowded,
    "loop.pdf": looping_pdf,
    "deep.json": lambda: b"[" * 500_000,
    "deep.jsonl": lambda: b'{"text":' * 200_000,
    "headers.eml": lambda: b"From: a\nMessage-ID: b\n" + b"X: y\n" * 300_000 + b"\nhello",
}


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("a file made the reader call somebody")

    monkeypatch.setattr("socket.socket.connect", never)
    monkeypatch.setattr("urllib.request.urlopen", never)


def most() -> int:
    """The most memory that this process has held, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused(name: str, nowhere: None) -> None:
    data = HOSTILE[name]()
    before, start = most(), time.perf_counter()
    items = list(read_bytes(data, name, LIMITS))
    assert time.perf_counter() - start < 8
    assert most() - before < 250 * MB
    assert all(isinstance(item, BadItem) for item in items) and items
    assert "root:" not in json.dumps([item.message for item in items if isinstance(item, BadItem)])


def test_a_linked_template_is_not_fetched(nowhere: None) -> None:
    (item,) = read_bytes(rezip(make_docx(), {"_rels/.rels": LINKED}), "a.docx", LIMITS)
    assert "Met Ana" in getattr(item, "text", "")


def test_a_pdf_bomb_costs_little(nowhere: None) -> None:
    data = pdf_bomb()
    before, start = most(), time.process_time()
    (item,) = read_bytes(data, "bomb.pdf", LIMITS)
    assert time.process_time() - start < 3 and most() - before < 250 * MB
    assert isinstance(item, BadItem) and "drawing orders" in item.message


def test_the_service_refuses_them_too_and_goes_on(town: Town) -> None:
    mentor, admin = town.strangers["second mentor"], town.house.people["admin"]
    for name in ("billion laughs.docx", "zip bomb that lies.docx", "loop.pdf"):
        file = {"file": (name, HOSTILE[name](), "application/octet-stream")}
        (item,) = mentor.post("/v1/notes/upload", files=file).json()
        assert item["error"]["status"] == 422 and item["stored"] is None
        assert admin.post("/v1/handbook", files=file).status_code == 422
    assert mentor.get("/v1/notes").status_code == 200


@pytest.mark.parametrize(
    "name", ["../../etc/cron.d/x", "..\\..\\x", "/etc/passwd", "a\r\nSet-Cookie: x=1", "<script>.txt", "." * 300]
)
def test_a_files_name_is_only_a_name(town: Town, name: str) -> None:
    file = {"file": (name, b"", "text/plain")}
    answer = town.strangers["second mentor"].post("/v1/notes/upload", files=file)
    assert answer.status_code in (207, 422, 400) and "set-cookie" not in answer.headers
