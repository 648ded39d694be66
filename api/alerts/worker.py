"""The worker: sends the outbox, lets unclaimed flags climb, reads again what was not fully read. Many may run at once.

An alert is taken for a while (its next time is put off), sent, then marked: a worker that dies in between leaves it to another,
which sends it again under the same key.
"""

import logging
import random
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import ColumnElement, case, func, or_, select

from api.accounts.service import program_of, rules_of
from api.alerts import senders
from api.alerts.service import raise_alerts
from api.db.models import Alert, Contact, Flag, Note, Program
from api.db.session import ALL
from api.deadlines import climbs
from api.errors import places
from api.pairs.service import erase_note, purgeable
from api.plugins.webhooks.due import purge as purge_webhooks
from api.plugins.webhooks.sending import Deliverer
from api.samples import service as samples
from api.services import Services

log = logging.getLogger("coach.worker")
PURGED = 500
"""Notes erased at most, a program and an hour."""
LEASE = timedelta(seconds=60)
UNREADABLE = timedelta(hours=1)
"""A note whose reading failed outright waits so long, and lets the others come first."""
AT_ONCE = 20
"""Alerts sent in one go."""
Part = Callable[[], int]
ReadAgain = Callable[[Services, str, str, str], object]


class Worker:
    """`tick` does what is due now and gives how many things that were; `start` runs it in a thread until `stop`."""

    def __init__(self, at: Services, read_again: ReadAgain) -> None:
        self._at, self._read_again = at, read_again
        self._stopped = threading.Event()
        self._purged: datetime | None = None
        self._sampled: datetime | None = None
        # reading again takes long, so it never stands before an alert
        # and a channel that is down takes long, so it stands before neither the others nor what climbs
        channels = ((self._send_mail,), (self._send_webhooks,), (self._send_slack,))
        apart = ((self._climb, self._purge, self._sample, self._measure), *channels, (self._read_due,))
        self._threads = [threading.Thread(target=self._run, args=(parts,), name="worker", daemon=True) for parts in apart]
        self._webhooks = Deliverer(at)
        self._threads.append(threading.Thread(target=self._webhooks.run, args=(self._stopped,), name="webhooks", daemon=True))

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stopped.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(10)

    def _run(self, parts: Sequence[Part]) -> None:
        tick = pause = self._at.settings.worker_seconds
        while not self._stopped.wait(pause):
            # where that many were due, more may be: they do not wait for the next tick
            pause = 0 if self._do(parts) >= AT_ONCE else tick

    def tick(self) -> int:
        """All that is due now, once."""
        sent = (self._send_due, self._send_slack, self._webhooks.tick)
        return self._do((self._climb, *sent, self._read_due, self._purge, self._sample, self._measure))

    def _do(self, parts: Sequence[Part]) -> int:
        """A fault in one part does not stop the others; it is logged by its kind and tried again at the next tick."""
        return sum(self._each(part, kind=part.__name__) for part in parts)

    def _each(self, act: Part, **of: str) -> int:
        """One of several: where it fails, that is logged with what it was of, and the others go on."""
        try:
            return act()
        except Exception as fault:
            log.error("worker", extra={"fault": type(fault).__name__, "places": places(fault), **of})
            return 0

    def _climb(self) -> int:
        """Each flag in a transaction bound to its own program, and looked at again there: another worker may have been first."""
        at, now = self._at, self._at.clock()
        due = (Flag.state == "open", Flag.escalate_at <= now)
        with at.database.read(ALL) as session:
            query = select(Flag.id, Flag.program_id).where(*due).order_by(Flag.escalate_at).limit(100)
            found = session.execute(query).all()
        return sum(self._each(partial(self._climb_one, ident, owner, now), kind="climb", flag=ident) for ident, owner in found)

    def _climb_one(self, ident: str, owner: str, now: datetime) -> bool:
        at = self._at
        with at.database.write(owner) as session:
            again = select(Flag).where(Flag.id == ident, Flag.state == "open", Flag.escalate_at <= now)
            flag = session.execute(again.with_for_update(skip_locked=True)).scalar_one_or_none()
            if flag is None:
                return False
            program = program_of(session, owner)
            flag.step += 1
            flag.escalate_at = climbs(flag.level, now, rules_of(program), program.timezone)
            session.flush()
            raise_alerts(at, session, flag, program)
        return True

    def _send_due(self) -> int:
        """By mail and by webhook, where one thread does both."""
        return self._send_some(Contact.channel != "slack")

    def _send_mail(self) -> int:
        return self._send_some(Contact.channel == "email")

    def _send_webhooks(self) -> int:
        return self._send_some(Contact.channel.not_in(("email", "slack")))

    def _send_slack(self) -> int:
        return self._send_some(Contact.channel == "slack")

    def _send_some(self, which: ColumnElement[bool]) -> int:
        """The gravest first, looked for anew each time."""
        sent = 0
        while sent < AT_ONCE and (taken := self._take(which)) is not None:
            self._send(*taken)
            sent += 1
        return sent

    def _take(self, which: ColumnElement[bool]) -> tuple[Alert, Contact] | None:
        at, now = self._at, self._at.clock()
        with at.database.write(ALL) as session:
            grave = case({"emergency": 0, "urgent": 1}, value=Flag.level, else_=2)
            query = select(Alert).outerjoin(Flag, Flag.id == Alert.flag_id).join(Contact, Contact.id == Alert.contact_id)
            # one that was never tried is due whatever the clock says: it may have been set back since
            due = or_(Alert.next_at <= now, Alert.attempts == 0)
            query = query.where(which, Alert.state == "pending", due)
            query = query.order_by(grave, Alert.next_at).limit(1).with_for_update(skip_locked=True, of=Alert)
            alert = session.execute(query).scalar_one_or_none()
            if alert is None:
                return None
            alert.attempts, alert.next_at = alert.attempts + 1, now + LEASE
            contact = session.execute(select(Contact).where(Contact.id == alert.contact_id)).scalar_one()
            return alert, contact

    def _send(self, alert: Alert, contact: Contact) -> None:
        at = self._at
        fault: str | None = None
        try:
            senders.send(at, alert, contact)
        except senders.NotSent as why:
            fault = str(why)
        except Exception as why:  # an address that no library can make sense of must not be tried for ever
            fault = type(why).__name__
        with at.database.write(ALL) as session:
            row = session.execute(select(Alert).where(Alert.id == alert.id).with_for_update()).scalar_one()
            row.fault = fault
            if fault is None:
                row.state, row.sent_at = "sent", at.clock()
            elif row.attempts >= at.settings.alert_attempts:
                row.state = "dead"
            else:
                row.next_at = at.clock() + self._pause(row.attempts)
            outcome = row.state if fault is None or row.state == "dead" else "again"
        at.metrics.alerts.labels(outcome).inc()
        log.info("alert", extra={"alert": alert.id, "kind": outcome, "fault": fault})

    def _pause(self, attempts: int) -> timedelta:
        """Twice as long each time, an hour at most, with jitter so that many do not come back at once."""
        seconds = min(3600.0, self._at.settings.alert_backoff_seconds * 2 ** (attempts - 1))
        return timedelta(seconds=seconds * random.uniform(0.75, 1.25))

    def _read_due(self) -> int:
        at, now = self._at, self._at.clock()
        with at.database.write(ALL) as session:
            query = select(Note).where(Note.reread_at <= now, Note.text.is_not(None)).order_by(Note.reread_at).limit(10)
            notes = session.execute(query.with_for_update(skip_locked=True)).scalars().all()
            for note in notes:
                note.reread_at = now + LEASE
        return sum(self._each(partial(self._read_one, n.program_id, n.id), kind="read_again", note=n.id) for n in notes)

    def _read_one(self, program: str, ident: str) -> bool:
        try:
            self._read_again(self._at, program, ident, "service")
        except Exception:
            with self._at.database.write(program) as session:
                note = session.execute(select(Note).where(Note.id == ident).with_for_update()).scalar_one()
                note.reread_at = self._at.clock() + UNREADABLE if note.text is not None else None
            raise
        return True

    def _purge(self) -> int:
        """Once an hour: erase notes older than their program keeps them, but none under an open flag or a hold; and old deliveries."""
        at, now = self._at, self._at.clock()
        if _within_the_hour(self._purged, now):
            return 0
        with at.database.write(ALL, long=True) as session:
            count = purge_webhooks(at, session)
            for program in session.execute(select(Program).where(Program.retention_days.is_not(None))).scalars():
                before = now - timedelta(days=program.retention_days or 0)
                for note in session.execute(purgeable(program.id, before, PURGED)).scalars().all():
                    erase_note(at, session, note)
                    at.trail.record(session, "service", "note_purged", f"note:{note.id}", program.id)
                    count += 1
        self._purged = now  # not before: what failed is tried again at the next tick
        return count

    def _sample(self) -> int:
        """Once an hour: draw from the week that has ended, in each live program where that was not done yet."""
        at, now = self._at, self._at.clock()
        if _within_the_hour(self._sampled, now):
            return 0
        with at.database.read(ALL) as session:
            live = session.execute(select(Program.id).where(Program.live).order_by(Program.id)).scalars().all()
        self._sampled = now
        return sum(self._each(partial(self._sample_one, program), kind="sample", program=program) for program in live)

    def _sample_one(self, program: str) -> int:
        with self._at.database.write(program) as session:
            return samples.draw(self._at, session, program)

    def _measure(self) -> int:
        at = self._at
        with at.database.read(ALL) as session:
            unsent = select(Alert.state, func.count()).where(Alert.state.in_(("pending", "dead"))).group_by(Alert.state)
            count = dict(session.execute(unsent).all())
            late = select(func.count()).select_from(Flag).where(Flag.state != "decided", Flag.due_at < at.clock())
            at.metrics.overdue.set(session.execute(late).scalar_one())
        at.metrics.waiting.set(count.get("pending", 0))
        at.metrics.dead.set(count.get("dead", 0))
        return 0


def _within_the_hour(last: datetime | None, now: datetime) -> bool:
    """False too for a time to come: the clock has been set back."""
    return last is not None and timedelta(0) <= now - last < timedelta(hours=1)
