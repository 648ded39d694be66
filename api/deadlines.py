"""By when a flag must be looked at: pure functions of the program's rules and time zone."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from api.rules import Hours, Rules


def due(level: str, raised: datetime, rules: Rules, zone: str) -> datetime:
    """Emergency: minutes, whatever the hour. Urgent: the end of that working day, or of the next where it is over.

    Concern: the end of the working day that many working days on. Times are aware; the answer is in UTC's terms.
    """
    if level == "emergency":
        return raised + timedelta(minutes=rules.emergency_minutes)
    local = raised.astimezone(ZoneInfo(zone))
    days = 0 if level == "urgent" else rules.concern_days
    day = local if _works(local, rules.hours) and local.time() < rules.hours.end else _next_day(local, rules.hours)
    for _ in range(days):
        day = _next_day(day, rules.hours)
    return _at(day, rules.hours.end.hour, rules.hours.end.minute).astimezone(raised.tzinfo)


def climbs(level: str, since: datetime, rules: Rules, zone: str) -> datetime:
    """When an unclaimed flag goes to the next step; below emergency not before working hours."""
    then = since + timedelta(minutes=rules.climb_minutes.get(level, 1440))  # type: ignore[call-overload]
    return then if level == "emergency" else opens(then, rules.hours, zone)


def opens(moment: datetime, hours: Hours, zone: str) -> datetime:
    """The moment itself within working hours, else when they begin next."""
    local = moment.astimezone(ZoneInfo(zone))
    if on_duty(moment, hours, zone):
        return moment
    before = _works(local, hours) and local.time() < hours.start
    day = local if before else _next_day(local, hours)
    return _at(day, hours.start.hour, hours.start.minute).astimezone(moment.tzinfo)


def on_duty(moment: datetime, hours: Hours, zone: str) -> bool:
    local = moment.astimezone(ZoneInfo(zone))
    return _works(local, hours) and hours.start <= local.time() < hours.end


def _works(local: datetime, hours: Hours) -> bool:
    return local.weekday() in hours.days


def _next_day(local: datetime, hours: Hours) -> datetime:
    day = local + timedelta(days=1)
    while not _works(day, hours):
        day += timedelta(days=1)
    return day


def _at(day: datetime, hour: int, minute: int) -> datetime:
    return day.replace(hour=hour, minute=minute, second=0, microsecond=0)
