"""Requests of a minute counted in PostgreSQL, so that all processes of a service share one limit."""

import time
from hashlib import sha256

from sqlalchemy import Engine, text

_HIT = text(
    """
    WITH moment AS (SELECT extract(epoch FROM clock_timestamp()) / 60 AS m),
    before AS (
        SELECT (SELECT count FROM rate_count WHERE mark = :mark AND minute = floor(m)::bigint - 1) * (1 - m + floor(m)) AS carried,
               floor(m)::bigint AS minute FROM moment
    )
    INSERT INTO rate_count AS r (mark, minute, count)
    SELECT :mark, minute, 1 FROM before WHERE coalesce(carried, 0) + 1 <= :most
    ON CONFLICT (mark, minute) DO UPDATE SET count = r.count + 1
    WHERE r.count + 1 + coalesce((SELECT carried FROM before), 0) <= :most
    RETURNING count
    """
)
_FULL = text(
    """
    SELECT extract(epoch FROM clock_timestamp()) / 60 AS now, max(count) FILTER (WHERE minute = floor(m.at)) AS this,
           max(count) FILTER (WHERE minute = floor(m.at) - 1) AS last
    FROM (SELECT extract(epoch FROM clock_timestamp()) / 60 AS at) m LEFT JOIN rate_count ON mark = :mark AND minute >= floor(m.at) - 1
    """
)
_OLD = text("DELETE FROM rate_count WHERE minute < floor(extract(epoch FROM clock_timestamp()) / 60)::bigint - 1")


class SharedCounts:
    """A sliding minute: this minute's count, and the last one's in the share that is not over yet. Old counts go once a minute.

    `mark` is kept as a hash: neither an address nor an e-mail stands in the table.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine, self._cleared = engine, time.monotonic()

    def hit(self, what: str, who: str, per_minute: int) -> float | None:
        """Counts one; None where that was within the limit, else the seconds until another one would be. A refused one is not counted."""
        mark = sha256(f"{what}\0{who}".encode()).hexdigest()
        with self._engine.begin() as connection:
            connection.execute(text("SET LOCAL synchronous_commit = off"))  # a count that is lost with the machine harms nobody
            if connection.execute(_HIT, {"mark": mark, "most": per_minute}).first() is not None:
                self._clear()
                return None
            now, this, last = connection.execute(_FULL, {"mark": mark}).one()
        return _wait(float(now) % 1, this or 0, last or 0, per_minute) * 60

    def _clear(self) -> None:
        if time.monotonic() - self._cleared > 60:
            self._cleared = time.monotonic()
            with self._engine.begin() as connection:
                connection.execute(_OLD)


def _wait(gone: float, this: int, last: int, most: int) -> float:
    """Minutes until one more is within `most`; `gone` is how much of this minute is over."""
    if most < 1:
        return 1.0
    if this + 1 > most:  # in the next minute this one's count fades
        return 1 - gone + max(0.0, 1 - (most - 1) / this)
    return max(0.0, 1 - (most - 1 - this) / last - gone) if last else 0.0
