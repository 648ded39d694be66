"""The page: whole without anything from elsewhere, escaped, its plots named in words; what changes do; the command."""

import json
import re
import xml.etree.ElementTree as ET

import pytest

pytest.importorskip("matplotlib", reason="needs the extra `report`")
pytest.importorskip("jinja2", reason="needs the extra `report`")

from coach.cli import main
from coach.evaluating import plots, sections
from coach.evaluating.bootstrap import Estimate, draws, estimates, tally
from coach.evaluating.curves import learning_curve
from coach.evaluating.page import Section, Table, render
from coach.evaluating.perturb import Variant, lower_case, run_on
from coach.evaluating.robust import effects, gaps, worst
from coach.settings import ROOT, Settings
from coach.training.corpus import raw_notes
from tests.evaluating.notes import CALL, SLEEP, TEXT, note, report


def test_values_are_escaped_and_plots_are_not():
    table = Table("<c>", ("<h>",), [["<r>", "<script>alert(1)</script>"]])
    page = render("<t>", ["<w>"], [Section("<s>", ["<p>"], [table], "<svg><g/></svg>", 'a "<b>"')])
    assert "<svg><g/></svg>" in page
    assert "<script" not in page
    assert all(f"<{x}>" not in page.split("<body>")[1] for x in "tws" if x != "s")
    assert 'aria-label="a &#34;&lt;b&gt;&#34;"' in page


def test_a_plot_takes_the_page_s_colours_and_has_its_own_ids():
    svg = plots.intervals([("distress F1", Estimate(0.5, 0.4, 0.6)), ("others", Estimate(0.2, 0.1, 0.3))])
    ET.fromstring(svg)
    assert "currentColor" in svg
    assert "distress F1" in svg
    assert not re.findall(r"#0[0-9a-f]0[0-9a-f]0[0-9a-f]\b|<metadata|<!DOCTYPE", svg)
    ids = re.findall(r'\bid="([^"]+)"', svg)
    assert ids
    assert all(i.startswith("figures-") for i in ids)
    targets = re.findall(r'(?:href="#|url\(#)([^")]+)', svg)
    assert set(targets) <= set(ids)


GOLD = [note(SLEEP, CALL, ident="a"), note(SLEEP, ident="b", level="urgent")]
SAID = [report(SLEEP, CALL, ident="a"), report(SLEEP, ident="b", level="urgent")]


def deaf(changed):
    """A coach that hears nothing in a note without marks, and all in any other."""
    heard = [SLEEP] if "." in changed["text"] else []
    return report(*heard, ident=changed["id"], level="urgent" if heard else "none")


def test_the_effect_of_a_change_is_held_against_the_unchanged_note():
    groups = [Variant("names", "loud", lambda p, w: p.replace("Sunday", "Monday")), Variant("names", "quiet", run_on)]
    same = Variant("writing", "nothing", lambda p, w: p)
    loud, quiet = found = effects(GOLD, SAID, deaf, [*groups, same])
    assert (quiet.raised, quiet.lowered, quiet.places) == (0, 2, (0, 1))
    assert (loud.raised, loud.lowered) == (1, 0)
    assert quiet.difference["distress recall"].value == -1
    assert ("names", "distress F1", quiet) in worst(found)
    gap = next(g for g in gaps(found) if g.figure == "distress F1")
    assert (gap.best, gap.worst, gap.difference.value) == ("loud", "quiet", -1)
    page = render("t", [], [sections.fairness(found)])
    assert "−1.000 (−1.000" in page


def test_figures_without_a_family_still_make_a_page():
    found = estimates(tally(GOLD, SAID), draws(2))
    page = render("t", [], [sections.headline(found, 2), sections.learning(*learning_curve(ROOT / "models" / "reader"))])
    assert "relationship F1" in page
    assert "a quarter (1,807 notes" in page


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr("coach.evaluating.robust.VARIANTS", (Variant("writing", "lower case", lower_case),))


def written(tmp_path, rows):
    gold, out = tmp_path / "gold.jsonl", tmp_path / "out.html"
    gold.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    assert main(["evaluate", str(gold), "--report", str(out)]) == 0
    return out.read_text(encoding="utf-8")


MARKED = {**note(CALL, ident="own"), "text": f"{TEXT} <b>Weepy wombat</b> he wants to die."}
MARKED["signals"] = [{**CALL, "quote": "<b>Weepy wombat</b>"}]


def test_the_command_writes_one_whole_page(require, small, tmp_path, capsys):
    require("reader")
    require("encoder")
    page = written(tmp_path, [MARKED, *({**g, "id": f"own-{g['id']}"} for g in GOLD)])
    assert "3 notes, 0 without a report" in capsys.readouterr().out
    assert "&lt;b&gt;Weepy wombat" in page
    assert not re.findall(r'\bsrc=|<script|<link|@import|href="(?!#)', page)
    assert len(re.findall(r'role="img" aria-label="[^"]{20,}"', page)) == len(re.findall("<svg ", page)) == 5
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    for title in ("Figures", "Every label", "Confusion of triage", "Errors by class", "Fairness and robustness", "Speed"):
        assert f">{title}</h2>" in page


def test_held_out_notes_stay_unread_however_they_come(require, small, tmp_path):
    """Their text is compared and never shown, not even by a failing assertion."""
    require("reader")
    require("encoder")
    held = [n for n in raw_notes(Settings().corpus_dir, "test") if n["signals"]][:4]
    page = written(tmp_path, [MARKED, held[0], held[1], *({**n, "id": f"renamed-{i}"} for i, n in enumerate(held[2:]))])
    shown = sum(f">{n['id']}<" in page for n in held[:2]) + page.count(">renamed-")
    assert (shown, "of 4 such notes here errors are counted" in page, "Weepy wombat" in page) == (0, True, True)
