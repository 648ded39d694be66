"""JSONL and CSV -> rows, one by one: no file is ever held as a whole, and a bad row costs its neighbours nothing."""

import csv
from collections.abc import Iterator
from typing import Any, BinaryIO, Final, Self

from coach.batch.sources import Source
from coach.batch.values import Fault, Row
from coach.errors import InputError, UnreadableFile
from coach.text.decode import decode
from coach.text.items import BadItem, Limits
from coach.text.jsonnotes import read_line, read_value
from coach.values import Note

FIELDS: Final = ("id", "text", "region", "minor", "setting", "language")
"""The columns of CSV and Parquet that are read; others are ignored, as other keys of JSON are."""
_PLACE: Final = "row"
_TRUTH: Final = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False, "": None}
_NOT_CSV: Final = (
    "not valid CSV: a quotation mark is not closed, or stands single in a field (write it twice there), or a line is far too long"
)


def jsonl_rows(source: Source, limits: Limits) -> Iterator[Row]:
    """One note a line; blank lines count, and give nothing."""
    with source.path.open("rb") as file:
        for number, line in enumerate(_lines(file, limits.max_file_bytes), 1):
            read = file.tell() / source.bytes
            if line is None:
                yield Row(number, Fault(InputError.code, f"longer than {limits.max_file_bytes} bytes"), read)
            elif line.strip():
                yield Row(number, outcome(read_line(line, name_of(source, number), _PLACE, limits)), read)


def csv_rows(source: Source, limits: Limits) -> Iterator[Row]:
    """One note a record; the first names the columns. Raises UnreadableFile where none is called "text"."""
    csv.field_size_limit(max(csv.field_size_limit(), limits.max_file_bytes))
    with source.path.open("rb") as file:
        lines = _CsvLines(_lines(file, limits.max_file_bytes))
        first = _first(lines)
        delimiter = max(",;\t|", key=first.count)
        header = [name.strip().lower() for name in next(csv.reader([first], delimiter=delimiter), [])]
        if "text" not in header:
            raise UnreadableFile(f'{source.label}: its first line names no column "text"; columns: {", ".join(FIELDS)}.')
        for number, cells in enumerate(_records(csv.reader(lines, delimiter=delimiter, strict=True)), 1):
            yield Row(number, _cells(cells, header, name_of(source, number), limits), file.tell() / source.bytes)


def _first(lines: Iterator[str]) -> str:
    try:
        return next(lines, "")
    except csv.Error:
        return ""


def name_of(source: Source, number: int) -> str:
    """The id of a row without one: file and number."""
    return f"{source.label.rpartition('.')[0]}-{number}"


def value(given: dict[str, Any], ident: str, limits: Limits) -> Note | Fault:
    """The note of a row's columns."""
    return outcome(read_value(given, ident, _PLACE, limits))


def outcome(item: Note | BadItem) -> Note | Fault:
    return item if isinstance(item, Note) else Fault(item.code, item.message.removeprefix(f"{_PLACE}: "))


def _lines(file: BinaryIO, most: int) -> Iterator[str | None]:
    """Lines with their ends, None for one of more than `most` bytes. Only "\\n" ends a line, as in JSON lines."""
    while raw := file.readline(most + 1):
        if len(raw) <= most:
            yield _text(raw)
            continue
        while raw and not raw.endswith(b"\n"):
            raw = file.readline(most)
        yield None


class _CsvLines:
    """Lines for csv.reader, with its own error in the place of one that is too long: that record is bad, the next begins anew."""

    def __init__(self, lines: Iterator[str | None]) -> None:
        self._lines = lines

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        if line is None:
            raise csv.Error
        return line


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError:
        text = decode(raw)
        return raw.decode("utf-8", errors="replace") if text is None else text


def _records(reader: Iterator[list[str]]) -> Iterator[list[str] | None]:
    """Records that are not blank, None in the place of each that is no CSV."""
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield None
            continue
        if cells:
            yield cells


def _cells(cells: list[str] | None, header: list[str], ident: str, limits: Limits) -> Note | Fault:
    if cells is None:
        return Fault(InputError.code, _NOT_CSV)
    if len(cells) != len(header):
        return Fault(InputError.code, f"has {len(cells)} fields where the first line names {len(header)}")
    given: dict[str, Any] = {name: cell for name, cell in zip(header, cells, strict=True) if name in FIELDS}
    minor = given.get("minor", "").strip().lower()
    return value({**given, "minor": _TRUTH.get(minor, minor)}, ident, limits)
