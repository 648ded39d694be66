"""Parquet -> rows, a few at a time (extra: batch)."""

from collections.abc import Iterator
from typing import Any, Final

from coach.batch.records import FIELDS, name_of, value
from coach.batch.sources import Source
from coach.batch.values import Fault, Row
from coach.errors import MissingDependency, UnreadableFile
from coach.text.items import Limits

_AT_ONCE: Final = 64
_PAGES: Final = 1 << 20


def parquet_rows(source: Source, limits: Limits) -> Iterator[Row]:
    """One note a record; a file that is damaged further on gives its last row as a fault. Raises UnreadableFile at its head."""
    number = 0
    batches = _batches(source)
    while True:
        try:
            batch = next(batches, None)
        except (MissingDependency, UnreadableFile):
            raise
        except Exception as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise UnreadableFile(f"{source.label}: cannot be read on ({error.strerror}).") from None
            # Arrow's own words may quote the data
            yield Row(number + 1, Fault(UnreadableFile.code, f"the file is damaged from here on ({type(error).__name__})"), 1.0)
            return
        if batch is None:
            return
        total, columns = batch
        for cells in zip(*columns.values(), strict=True):
            number += 1
            yield Row(number, value(dict(zip(columns, cells, strict=True)), name_of(source, number), limits), number / total)


def _batches(source: Source) -> Iterator[tuple[int, dict[str, list[Any]]]]:
    """(rows of the file, column -> values of the next few rows). Pages are read one by one, never a whole row group."""
    try:
        import pyarrow.parquet as parquet
    except ImportError:
        raise MissingDependency("pyarrow", "batch") from None
    try:
        file = parquet.ParquetFile(source.path, buffer_size=_PAGES, pre_buffer=False)
    except Exception as error:
        raise UnreadableFile(f"{source.label}: is no Parquet file, or a damaged one ({type(error).__name__}).") from None
    with file:
        names = [name for name in FIELDS if name in file.schema_arrow.names]
        if "text" not in names:
            raise UnreadableFile(f'{source.label}: has no column "text"; columns: {", ".join(FIELDS)}.')
        total = max(file.metadata.num_rows, 1)
        for batch in file.iter_batches(batch_size=_AT_ONCE, columns=names, use_threads=False):
            yield total, {name: _values(batch.column(name)) for name in names}


def _values(column: Any) -> list[Any]:
    try:
        return list(column.to_pylist())
    except UnicodeDecodeError:  # Parquet promises UTF-8 and nobody checks: one bad string must not cost the others
        return [_string(cell) for cell in column]


def _string(cell: Any) -> Any:
    try:
        return cell.as_py()
    except UnicodeDecodeError:
        return cell.as_buffer().to_pybytes().decode("utf-8", errors="replace")
