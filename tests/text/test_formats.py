"""Files of every format, by content; and bad ones, which give a BadItem with a remedy and never cost a neighbour."""

import io
import json
import zipfile
from email.message import EmailMessage
from pathlib import Path

import docx
import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.text.documents import text_of_html
from coach.text.formats import BadItem, Limits, read_bytes, read_file
from coach.values import Note

LIMITS = Limits(max_note_chars=400_000, max_file_bytes=20_000_000, max_unpacked_bytes=80_000_000, max_pages=500)
SAMPLE = "Met Ana.\r\nShe hasn’t slept since March — 4.30 Tues.\r\n"


def read(data: bytes, name: str = "note.txt", limits: Limits = LIMITS) -> list[Note | BadItem]:
    return list(read_bytes(data, name, limits))


def text_of(data: bytes, name: str = "note.txt", limits: Limits = LIMITS) -> str:
    (item,) = read(data, name, limits)
    assert isinstance(item, Note), item
    return item.text


def fault_of(data: bytes, name: str = "note.txt", limits: Limits = LIMITS) -> BadItem:
    (item,) = read(data, name, limits)
    assert isinstance(item, BadItem), item
    assert name in item.message
    return item


def make_docx() -> bytes:
    document = docx.Document()
    document.add_paragraph("Met Ana at the library.")
    document.add_paragraph("sleeping badly", style="List Bullet")
    table = document.add_table(rows=2, cols=2)
    for cell, words in zip((c for row in table.rows for c in row.cells), ["Mood", "flat", "Next", "Tues 4.30"], strict=True):
        cell.text = words
    document.add_paragraph("Line one\nline two\tand a tab.")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def rezip(data: bytes, change: dict[str, bytes]) -> bytes:
    """The archive with some members replaced or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in change:
                new.writestr(name, old.read(name))
        for name, content in change.items():
            new.writestr(name, content)
    return out.getvalue()


def with_xml(old: str, new: str) -> bytes:
    """The sample document with a piece of its main XML replaced."""
    data = make_docx()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        xml = archive.read("word/document.xml").decode("utf-8")
    assert old in xml
    return rezip(data, {"word/document.xml": xml.replace(old, new, 1).encode("utf-8")})


def make_pdf(*pages: str) -> bytes:
    """A minimal PDF with one line of Helvetica a page; an empty string gives a page without text."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", "", "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids = []
    for words in pages:
        stream = f"BT /F1 12 Tf 72 720 Td ({words}) Tj ET" if words else ""
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
        page = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R >> >>"
        objects.append(f"{page} /Contents {len(objects)} 0 R >>")
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    out, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1")
    table = "".join(f"{o:010d} 00000 n \n" for o in offsets)
    tail = f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF"
    return out + f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}{tail}".encode("latin-1")


def encrypted_pdf(password: str) -> bytes:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(make_pdf("Met Ana today.")))
    writer.encrypt(user_password=password, owner_password="owner", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def make_email(html_only: bool = False) -> bytes:
    message = EmailMessage()
    message["Subject"] = "Session 4 — Ana"
    message["From"] = "Sam <sam@example.org>"
    message["Message-ID"] = "<1@example.org>"
    html = "<html><head><style>p {}</style></head><body><p>Hasn&#39;t slept.</p><p>Next: <b>Tues</b> &amp; Weds</p></body></html>"
    if html_only:
        message.set_content(html, subtype="html")
    else:
        message.set_content("Hasn’t slept.\nNext: Tues.\n")
        message.add_alternative(html, subtype="html")
        message.add_attachment(b"attached words", maintype="text", subtype="plain", filename="other.txt")
    return message.as_bytes()


VTT = """WEBVTT - made by a meeting tool

NOTE not for readers

1
00:00:01.000 --> 00:00:03.000 align:start
<v Ana Ruiz>I haven't slept</v>

2
00:00:03.000 --> 00:00:05.000
<v Ana Ruiz>since &amp; before <i>March</i>.</v>

00:00:05.000 --> 00:00:07.000
<v.loud Sam>Since March?</v>
<v Ana Ruiz>Yes.</v>
"""
SRT = (
    "1\r\n00:00:01,000 --> 00:00:03,000\r\nANA: I haven't\r\nslept <i>at all</i>\r\n\r\n"
    "2\r\n00:00:03,500 --> 00:00:05,000\r\nsince March.\r\n\r\n3\r\n00:00:06,000 --> 00:00:07,000\r\nSAM: Oh.\r\n"
)


@pytest.mark.parametrize(
    "data",
    [
        SAMPLE.encode("utf-8"),
        SAMPLE.encode("utf-8-sig"),
        SAMPLE.encode("utf-16"),
        SAMPLE.encode("utf-16-le"),
        SAMPLE.encode("utf-16-be"),
        b"\xfe\xff" + SAMPLE.encode("utf-16-be"),
        SAMPLE.encode("utf-32"),
        SAMPLE.encode("cp1252"),
    ],
)
def test_encodings_give_the_exact_text(data: bytes) -> None:
    assert text_of(data) == SAMPLE


@pytest.mark.parametrize(
    "text",
    [
        "a\rb\nc\r\nd\u2028e\x85f  \n\n",
        "\u200fשלום👩‍👩‍👧 e\u0301 \U0001f1e8\U0001f1e6",
        "<b>Ana</b> <script>alert(1)</script> &amp; <v Sam> 3 < 4",
        "\x1b[31mred\x1b[0m and a bell-less note",
        "# Heading\n- [ ] todo\n| a | b |",
        "[rest is dentist stuff]",
        "{not json} he wrote",
        "[1] first point\n[2] second",
        "From: Ana\nTo: me\nSubject: hi\n\npasted mail stays a note",
        "WEBVTTish words",
        "12:30:00 she rang",
        "%PDF is what she sends me",
        "PK is his nickname",
        '"quoted" all the way',
        "Ana: hi\nSam: hello",
        "null",
    ],
)
def test_plain_text_is_kept_exactly(text: str) -> None:
    assert text_of(text.encode("utf-8")) == text


@given(st.text(alphabet=st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1).filter(lambda t: t[0].isalpha()))
@settings(max_examples=150, deadline=None)
def test_any_text_comes_back(text: str) -> None:
    assert text_of(text.encode("utf-8")) == text


@given(st.binary(max_size=300), st.sampled_from(["a.txt", "a.json", "a.jsonl", "a.eml", "a.pdf", "a.docx", "a.vtt", "-"]))
@settings(max_examples=200, deadline=None)
def test_any_bytes_give_notes_or_bad_items(data: bytes, name: str) -> None:
    items = read(data, name)
    assert items
    assert all((isinstance(i, Note) and i.text) or (isinstance(i, BadItem) and name in i.message) for i in items)


@pytest.mark.parametrize("name", ["ana.docx", "ana.txt"])
def test_docx(name: str) -> None:
    (note,) = read(make_docx(), name)
    assert note == Note(
        "ana", "Met Ana at the library.\n- sleeping badly\nMood\nflat\nNext\nTues 4.30\nLine one\nline two\tand a tab."
    )


def test_docx_keeps_insertions_and_form_fields_and_drops_deletions() -> None:
    run = "<w:r><w:t>Met Ana at the library.</w:t></w:r>"
    changed = (
        '<w:ins w:id="1" w:author="x"><w:r><w:t>Met Bo. </w:t></w:r></w:ins>'
        '<w:del w:id="2" w:author="x"><w:r><w:delText>gone</w:delText></w:r></w:del>'
        "<w:sdt><w:sdtContent><w:r><w:t>In a field.</w:t></w:r></w:sdtContent></w:sdt>"
    )
    assert text_of(with_xml(run, changed), "a.docx").startswith("Met Bo. In a field.\n- sleeping badly")


@pytest.mark.parametrize(
    ("data", "limits", "words"),
    [
        (
            rezip(make_docx(), {"word/media/big.bin": b"0" * 3_000_000}),
            Limits(400_000, 20_000_000, 2_000_000, 9),
            "unpacks to more",
        ),
        (
            rezip(make_docx(), {"word/document.xml": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}),
            LIMITS,
            "entities",
        ),
        (rezip(make_docx(), {"word/document.xml": '<!DOCTYPE a [<!ENTITY b "c">]><a/>'.encode("utf-16")}), LIMITS, "entities"),
        (rezip(make_docx(), {"word/document.xml": b"<w:document"}), LIMITS, "damaged"),
        (make_docx()[:900], LIMITS, "damaged"),
        (rezip(make_docx(), {"[Content_Types].xml": b"<Types/>"}), LIMITS, "damaged"),
    ],
)
def test_bad_docx(data: bytes, limits: Limits, words: str) -> None:
    fault = fault_of(data, "ana.docx", limits)
    assert (fault.id, fault.code) == ("ana", "unreadable_file")
    assert words in fault.message


def test_other_archives_are_named() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("xl/workbook.xml", "<a/>")
    assert "not Word" in fault_of(out.getvalue(), "sheet.docx").message


@pytest.mark.parametrize("name", ["ana.pdf", "ana.txt", "ana.jsonl"])
def test_pdf(name: str) -> None:
    (note,) = read(make_pdf("Met Ana today.", "She is tired."), name)
    assert note == Note("ana", "Met Ana today.\nShe is tired.")


def test_pdf_with_an_empty_password_is_read() -> None:
    assert text_of(encrypted_pdf(""), "a.pdf") == "Met Ana today."


@pytest.mark.parametrize(
    ("data", "limits", "words"),
    [
        (encrypted_pdf("secret"), LIMITS, "password"),
        (make_pdf(""), LIMITS, "scan"),
        (make_pdf("a", "b", "c"), Limits(400_000, 20_000_000, 80_000_000, 2), "3 pages"),
        (b"%PDF-1.7\nnothing here", LIMITS, "damaged"),
        (make_pdf("Met Ana today.")[:60], LIMITS, "damaged"),
    ],
)
def test_bad_pdf(data: bytes, limits: Limits, words: str) -> None:
    fault = fault_of(data, "ana.pdf", limits)
    assert (fault.id, fault.code) == ("ana", "unreadable_file")
    assert words in fault.message
    assert "Ana today" not in fault.message


def test_pdf_stops_at_the_longest_note() -> None:
    assert fault_of(make_pdf("Met Ana today.", "more"), "a.pdf", Limits(10, 10_000, 10_000, 5)).code == "note_too_long"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (VTT.encode("utf-8"), "Ana Ruiz: I haven't slept since & before March.\nSam: Since March?\nAna Ruiz: Yes."),
        (
            VTT.replace("\n", "\r\n").encode("utf-8-sig"),
            "Ana Ruiz: I haven't slept since & before March.\nSam: Since March?\nAna Ruiz: Yes.",
        ),
        (SRT.encode("utf-8"), "ANA: I haven't slept at all since March.\nSAM: Oh."),
        (SRT.split("\r\n", 1)[1].encode("utf-8-sig"), None),
        (b"WEBVTT\n\n00:01.000 --> 00:02.000\n- 3 < 4\n- Really?\n", "- 3 < 4\n- Really?"),
    ],
)
@pytest.mark.parametrize("name", ["call.vtt", "call.srt", "call.txt"])
def test_captions(data: bytes, text: str | None, name: str) -> None:
    if text is None:
        assert isinstance(read(data, name)[0], (Note, BadItem))
    else:
        assert read(data, name) == [Note("call", text)]


def test_captions_without_words() -> None:
    assert "no captions" in fault_of(b"WEBVTT\n\n", "call.vtt").message


def test_email_takes_subject_and_plain_text() -> None:
    assert text_of(make_email(), "mail.eml") == "Session 4 — Ana\n\nHasn’t slept.\nNext: Tues.\n"
    assert text_of(make_email(), "mail.txt").startswith("Session 4 — Ana\n")


def test_email_in_html_becomes_text() -> None:
    assert text_of(make_email(html_only=True), "mail.eml") == "Session 4 — Ana\n\nHasn't slept.\nNext: Tues & Weds"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"From: a@b.c\nSubject: Hi\nContent-Type: text/plain; charset=x-unknown\n\nM\xe9t Ana.\n", "Hi\n\nMét Ana.\n"),
        (b"From: a@b.c\nMIME-Version: 1.0\n\nNo subject.\n", "No subject.\n"),
        (b"Subject: =?utf-8?q?Caf=C3=A9?=\n\nMet Ana.\n", "Café\n\nMet Ana.\n"),
    ],
)
def test_email_oddities(data: bytes, text: str) -> None:
    assert text_of(data, "mail.eml") == text


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("<!DOCTYPE html><!-- a > b --><p>Hi<br>there <?x y?>you</p>", "Hi\nthere you"),
        ("Wow <! she said", "Wow <! she said"),
        ("<!-- never <b>closed</b>. She < rang", "never closed. She < rang"),
        ("a < b &amp; c <script>if (a<b) x()</script><style>p{}</style>d", "a < b & c d"),
        ("<title>t</title>one\ntwo<ul><li>x<li>y</ul>", "one two\nx\ny"),
        ("<!--" * 200_000, "<!--" * 200_000),
        ("<!--" * 200_000 + "<b>", ""),
        ("</" * 200_000, "</" * 200_000),
        ("<a b=" * 100_000 + "<i>x", "x"),
    ],
)
def test_html(source: str, words: str) -> None:
    assert text_of_html(source) == words


def test_email_with_endless_headers() -> None:
    assert "headers" in fault_of(b"Subject: " + b"=?utf-8?q?a?= " * 50_000 + b"\n\nhi", "mail.eml").message


def test_email_without_text() -> None:
    message = EmailMessage()
    message["Subject"] = "empty"
    message.add_attachment(b"\x00\x01", maintype="application", subtype="octet-stream", filename="a.bin")
    assert "attachment" in fault_of(message.as_bytes(), "mail.eml").message


def lines(*objects: object) -> bytes:
    return "\n".join(o if isinstance(o, str) else json.dumps(o) for o in objects).encode("utf-8")


def test_json_lines_lose_no_neighbour() -> None:
    rows: list[object] = [{"id": f"n{i}", "text": f"Note {i}."} for i in range(1, 10)]
    rows[6] = '{"id": "n7", "text": "cut off secret'
    items = read(lines(*rows), "notes.jsonl")
    assert [i.id for i in items] == ["n1", "n2", "n3", "n4", "n5", "n6", "notes-7", "n8", "n9"]
    (fault,) = [i for i in items if isinstance(i, BadItem)]
    assert (fault.id, fault.code) == ("notes-7", "bad_input")
    assert "notes.jsonl line 7" in fault.message
    assert "secret" not in fault.message


def test_json_fields() -> None:
    row = {"id": "a", "text": "Hi.", "region": "CA-ON", "minor": True, "setting": "youth", "language": "en", "other": [1]}
    assert read(lines(row), "n.jsonl") == [Note("a", "Hi.", "CA-ON", True, "youth", "en")]
    bare = {"text": "Hi.", "id": None, "region": None, "minor": None, "setting": " ", "language": ""}
    assert read(lines("", bare, {"id": 17, "text": "Ho."}), "n.jsonl") == [Note("n-2", "Hi."), Note("17", "Ho.")]


@pytest.mark.parametrize(
    ("row", "code", "word"),
    [
        ({"text": 5}, "bad_input", '"text"'),
        ({"text": None}, "bad_input", '"text"'),
        ({"id": "x"}, "bad_input", '"text"'),
        ({"text": "Hi.", "minor": "yes"}, "bad_input", '"minor"'),
        ({"text": "Hi.", "minor": 1}, "bad_input", '"minor"'),
        ({"text": "Hi.", "region": 3}, "bad_input", '"region"'),
        ({"text": "Hi.", "setting": []}, "bad_input", '"setting"'),
        ({"text": "Hi.", "language": False}, "bad_input", '"language"'),
        ({"text": "Hi.", "id": []}, "bad_input", '"id"'),
        ({"text": "Hi.", "id": True}, "bad_input", '"id"'),
        ({"text": "Hi.", "id": "a\nb"}, "bad_input", '"id"'),
        ({"text": "Hi.", "id": "a" * 300}, "bad_input", '"id"'),
        ([1], "bad_input", "object"),
        ("null", "bad_input", "object"),
        ("words", "bad_input", "JSON"),
        ("[" * 100_000, "unreadable_file", "damaged"),
        ({"text": " \n\t"}, "empty_note", "no text"),
        ({"text": "\u200b\ufeff"}, "empty_note", "no text"),
        ({"text": "x" * 400_001}, "note_too_long", "400000"),
        ({"id": "ok", "text": "Hi."}, "bad_input", "n.jsonl line 1"),
    ],
)
def test_bad_json_line(row: object, code: str, word: str) -> None:
    first, fault, last = read(lines({"id": "ok", "text": "Hi."}, row, {"text": "Ho."}), "n.jsonl")
    assert (first, last) == (Note("ok", "Hi."), Note("n-3", "Ho."))
    assert isinstance(fault, BadItem)
    assert fault.code == code
    assert "n.jsonl line 2" in fault.message
    assert word in fault.message


@pytest.mark.parametrize("name", ["set.json", "set.txt", "-"])
@pytest.mark.parametrize("wrap", [lambda rows: rows, lambda rows: {"notes": rows, "made_by": "x"}])
@pytest.mark.parametrize("indent", [None, 2])
def test_json_documents(name: str, wrap: object, indent: int | None) -> None:
    rows = [{"id": "a", "text": "Hi."}, {"text": 1}, {"text": "Ho."}]
    items = read(json.dumps(wrap(rows), indent=indent).encode("utf-8"), name)  # type: ignore[operator]
    stem = "stdin" if name == "-" else "set"
    assert [items[0], items[2]] == [Note("a", "Hi."), Note(f"{stem}-3", "Ho.")]
    assert isinstance(items[1], BadItem)
    assert "note 2" in items[1].message


def test_one_json_object_takes_the_files_name() -> None:
    assert read(b'{\n "text": "Hi."\n}', "ana.json") == [Note("ana", "Hi.")]
    assert read(b'{"text": "Hi."}', "ana.jsonl") == [Note("ana-1", "Hi.")]


@pytest.mark.parametrize(
    ("data", "word"),
    [(b'{\n "text": "Hi.",\n "id": \n}', "line 4"), (b"[]", "empty"), (b'{"a": 1}', '"text"'), (b'"words"', "object")],
)
def test_bad_json_documents(data: bytes, word: str) -> None:
    fault = fault_of(data, "ana.json")
    assert (fault.id, fault.code) == ("ana", "bad_input")
    assert word in fault.message


def test_json_lines_survive_a_line_in_another_encoding() -> None:
    data = '{"text": "Zoë"}\n'.encode() + '{"text": "Zoë"}\n'.encode("cp1252") + b'{"text": "a\xe2\x80\xa8b"}'
    assert [i.text for i in read(data, "n.jsonl") if isinstance(i, Note)] == ["Zoë", "Zoë", "a\u2028b"]


def test_half_an_emoji_is_replaced_in_place() -> None:
    assert text_of(b'{"text": "a\\ud83db"}', "n.jsonl") == "a\ufffdb"


@pytest.mark.parametrize(
    ("data", "code", "word"),
    [
        (b"", "empty_note", "empty"),
        (b"\xef\xbb\xbf", "empty_note", "blank"),
        (b" \r\n\t ", "empty_note", "blank"),
        (bytes(range(256)) * 8, "unreadable_file", "no text"),
        (b"\x89PNG\r\n\x1a\n" + bytes(200), "unreadable_file", "no text"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(100), "unreadable_file", ".docx"),
        (b"{\\rtf1\\ansi Met Ana}", "unreadable_file", ".docx"),
        (b"Met Ana again. " * 140_000, "note_too_long", "COACH_MAX_NOTE_CHARS"),
    ],
)
@pytest.mark.parametrize("name", ["ana.txt", "ana.md", "ana.json", "ana.jsonl", "ana.pdf", "ana.docx", "ana.eml"])
def test_what_holds_no_note(data: bytes, code: str, word: str, name: str) -> None:
    fault = fault_of(data, name)
    assert (fault.id, fault.code) == ("ana", code)
    assert word in fault.message


def test_too_many_bytes() -> None:
    assert "COACH_MAX_FILE_BYTES" in fault_of(b"Met Ana.", "a.txt", Limits(100, 4, 100, 1)).message


def test_read_file(tmp_path: Path) -> None:
    path = tmp_path / "2024-03 ana.txt"
    path.write_bytes(SAMPLE.encode("utf-8"))
    assert list(read_file(path, LIMITS)) == [Note("2024-03 ana", SAMPLE)]
    for bad_path, word in [(tmp_path / "none.txt", "no such file"), (tmp_path, "folder")]:
        (item,) = read_file(bad_path, LIMITS)
        assert isinstance(item, BadItem)
        assert (item.code, word in item.message, bad_path.name in item.message) == ("unreadable_file", True, True)
    (item,) = read_file(path, Limits(100, 4, 100, 1))
    assert isinstance(item, BadItem)
