"""The brief, on stories of six to ten sessions."""

import shutil
from datetime import date, timedelta

import pytest

from coach.advise.brief import Briefs
from coach.errors import ContentError
from coach.settings import Settings
from coach.values import Expectation, FollowUp, Report, Session, Signal, Stage, Standing, Triage

START = date(2026, 1, 5)


@pytest.fixture(scope="module")
def briefs():
    return Briefs(Settings().wording_dir)


def held(*labels, assertion="present", about="mentee"):
    return tuple(
        Signal(label, 0, 1, "x", about, assertion, "explicit" if label.startswith("exp") else None, 0.9, ("reader",))
        for label in labels
    )


def session(day, *signals, level="none", stage="application", guessed=(), follow_ups=()):
    """A session `day` days after the first; `guessed` are (topic, holder)."""
    expectations = tuple(
        Expectation(topic, holder, f"{holder} on {topic}", f"How is it with {topic}?", ()) for topic, holder in guessed
    )
    advice = tuple(FollowUp("ask", text, "", (), ()) for text in follow_ups)
    report = Report(
        f"n{day}",
        "en",
        "full",
        None,
        Triage(level, (), ()),
        Stage(stage, 0.8),
        signals,
        (),
        expectations,
        advice,
        (),
        (),
        "test",
        "1",
    )
    return Session(report, START + timedelta(days=day))


PROGRESS = held("relationship.progress")


def states(brief):
    return {(e.topic, e.holder): (e.state, e.since) for e in brief.expectations}


def test_before_the_first_session_the_agenda_is_about_ground_rules(briefs):
    made = briefs.brief([])
    assert made.sessions == 0
    assert made.expectations == ()
    assert any("write" in line for line in made.agenda)


def test_a_guessed_expectation_is_agreed_once_it_was_said_and_broken_when_it_shows_again(briefs):
    story = [
        session(0, *PROGRESS, guessed=[("response_time", "mentee")]),
        session(14, *PROGRESS),
        session(28, *held("expectation.response_time"), *PROGRESS),
        session(42, *PROGRESS),
        session(56, *PROGRESS, guessed=[("access", "mentee")]),
        session(70, *PROGRESS, guessed=[("response_time", "mentee")]),
    ]
    key = ("response_time", "mentee")
    assert states(briefs.brief(story[:2]))[key] == ("unspoken", 1)
    assert states(briefs.brief(story[:5]))[key] == ("agreed", 1)
    made = briefs.brief(story)
    assert states(made) == {key: ("broken", 1), ("access", "mentee"): ("unspoken", 5)}
    assert made.expectations[0].state == "broken"
    assert any("How is it with response_time?" in line for line in made.agenda)
    assert not any("How is it with access?" in line for line in made.agenda)


def test_what_the_pair_has_noted_counts_more_than_what_the_notes_show(briefs):
    story = [session(14 * n, *PROGRESS, guessed=[("pace", "mentor"), ("role", "mentee")]) for n in range(6)]
    ledger = {
        ("pace", "mentor"): Standing("pace", "mentor", "One chapter a month.", None, "agreed"),
        ("role", "mentee"): Standing("role", "mentee", "A friend.", None, "closed"),
        ("privacy", "mentee"): Standing("privacy", "mentee", "Nothing goes to the boss.", None, "agreed"),
    }
    made = briefs.brief(story, ledger=ledger)
    assert states(made) == {("pace", "mentor"): ("agreed", 1), ("privacy", "mentee"): ("agreed", 0)}
    assert "One chapter a month." in {e.statement for e in made.expectations}


def test_trouble_that_is_not_spoken_of_again_is_named_until_it_is_mentioned(briefs):
    story = [
        session(0, *PROGRESS),
        session(14, *held("distress.money"), level="concern"),
        session(28, *PROGRESS),
        session(42, *PROGRESS),
        session(56, *held("distress.grief"), level="concern"),
        session(70, *PROGRESS),
    ]
    made = briefs.brief(story)
    assert len(made.dropped) == 2
    assert "before" in made.dropped[0]
    assert "4 sessions ago" in made.dropped[1]
    assert any("Ask lightly" in line for line in made.agenda)
    denied = [*story[:-1], session(70, *held("distress.money", "distress.grief", assertion="negated"))]
    assert briefs.brief(denied).dropped == ()


def test_somebody_elses_trouble_is_not_what_the_pair_dropped(briefs):
    story = [session(0, *held("distress.substance", about="other")), *(session(14 * n) for n in range(1, 6))]
    assert briefs.brief(story).dropped == ()


def test_the_last_note_is_held_against_the_pairs_own_usual(briefs):
    calm = [session(14 * n, *PROGRESS) for n in range(7)]
    worse = briefs.brief([*calm, session(98, *held("distress.low_mood"), *PROGRESS, level="concern")])
    assert any("graver" in line for line in worse.changes)
    assert any("New" in line for line in worse.changes)
    assert "how they are" in worse.agenda[0]
    heavy = [session(14 * n, *held("distress.low_mood"), *PROGRESS, level="concern") for n in range(7)]
    same = briefs.brief([*heavy, session(98, *held("distress.low_mood"), *PROGRESS, level="concern")])
    assert same.changes == ()
    assert any("lighter" in line for line in briefs.brief([*heavy, session(98, *PROGRESS)]).changes)


def test_missed_meetings_three_times_running_and_no_progress_are_said(briefs):
    story = [session(14 * n, *PROGRESS) for n in range(4)]
    story += [session(14 * n, *held("relationship.missed_meetings")) for n in range(4, 7)]
    changes = " ".join(briefs.brief(story).changes)
    assert "Three notes in a row" in changes
    assert "No progress" in changes
    assert briefs.brief(story[:5]).changes and "Three" not in " ".join(briefs.brief(story[:5]).changes)


@pytest.mark.parametrize(("gap", "since", "quiet"), [(7, 13, False), (7, 15, True), (30, 45, False), (30, 61, True)])
def test_a_silence_is_measured_by_the_pairs_own_rhythm(briefs, gap, since, quiet):
    story = [session(gap * n, *PROGRESS) for n in range(6)]
    made = briefs.brief(story, today=START + timedelta(days=5 * gap + since))
    assert (made.quiet is not None) == quiet
    if quiet:
        assert str(since) in made.quiet and str(gap) in made.quiet


def test_two_sessions_do_not_make_a_rhythm(briefs):
    story = [session(0), session(7)]
    assert briefs.brief(story, today=START + timedelta(days=300)).quiet is None


def test_follow_ups_wait_until_they_are_settled(briefs):
    story = [session(14 * n, follow_ups=[f"Do {n}", "Ask again"]) for n in range(6)]
    assert briefs.brief(story).open == ("Do 5", "Ask again")
    assert briefs.brief(story, settled=frozenset({"Do 5", "Do 3"})).open == ("Ask again", "Do 4", "Do 2", "Do 1")


def test_a_grave_last_note_comes_first(briefs):
    story = [session(14 * n, guessed=[("role", "mentee")]) for n in range(6)]
    made = briefs.brief([*story, session(90, *held("distress.suicide"), level="urgent")])
    assert "before anything else" in made.agenda[0]
    assert made.level == "urgent"


@pytest.mark.parametrize("stage", ["trust", "application", "growth", "unclear"])
def test_the_agenda_fits_the_stage(briefs, stage):
    agendas = {s: briefs.brief([session(0, stage=s)]).agenda for s in ("trust", "application", "growth", "unclear")}
    assert all(agendas[stage] != other for name, other in agendas.items() if name != stage)


def test_wording_that_lacks_a_text_is_named(tmp_path):
    shutil.copytree(Settings().wording_dir, tmp_path / "wording")
    path = tmp_path / "wording" / "brief.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("quiet =", "silent ="), encoding="utf-8")
    with pytest.raises(ContentError, match="quiet"):
        Briefs(tmp_path / "wording")
