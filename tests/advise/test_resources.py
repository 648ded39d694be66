"""The registry, what is offered for a note, and old numbers."""

import pytest

from coach.advise.numbers import Numbers
from coach.advise.referrals import referrals
from coach.advise.registry import Resources
from coach.errors import ContentError, UnknownValue
from coach.settings import Settings
from coach.values import Note
from tests.signals import signal

TEXT = "She said she wants to die. Behind on rent. He hits her."


@pytest.fixture(scope="module")
def resources():
    return Resources(Settings().resources_dir)


def offered(resources, region, minor, level, words="wants to die", label="distress.suicide", *, full=True, assertion="present"):
    note = Note("n", TEXT, region, minor)
    signals = [signal(note, words, label, assertion)] if label else []
    return referrals(resources, note, signals, level, full=full, most=6)


def test_every_fact_was_carried_over(resources):
    assert len(resources) == 292
    assert resources.by_id("ca-988").call == "988"
    with pytest.raises(UnknownValue):
        resources.by_id("nowhere")


@pytest.mark.parametrize(
    ("region", "number"),
    [
        ("CA", "911"),
        ("CA-QC", "911"),
        ("US", "911"),
        ("GB", "999"),
        ("IE", "112"),
        ("AU", "000"),
        ("NZ", "111"),
        ("IN", "112"),
        ("DE", "112"),
    ],
)
def test_at_emergency_the_emergency_number_leads(resources, region, number):
    first = offered(resources, region, False, "emergency")[0].resource
    assert first.call == number
    assert first.confidence == "confirmed"


def test_at_emergency_in_an_unknown_place_the_local_number_is_named_and_the_directory_given(resources):
    found = offered(resources, None, None, "emergency")
    assert found[0].resource.name == "Your local emergency number"
    assert any(r.resource.url and "findahelpline" in r.resource.url for r in found)


@pytest.mark.parametrize("assertion", ["present", "negated", "past", "hypothetical"])
def test_a_crisis_line_is_listed_whatever_the_assertion(resources, assertion):
    found = offered(resources, "CA", None, "watch", assertion=assertion)
    assert "ca-988" in {r.resource.id for r in found}


def test_quebec_gets_its_own_line(resources):
    assert any("CA-QC" in r.resource.regions for r in offered(resources, "CA-QC", False, "urgent"))


@pytest.mark.parametrize("region", ["CA", "US", "GB", "IE", "AU", "NZ", "IN", "ZA", "SG", "KE", "FR", "BR", None])
@pytest.mark.parametrize("level", ["urgent", "emergency"])
def test_never_empty_when_it_is_grave(resources, region, level):
    found = offered(resources, region, None, level, label=None)
    assert found
    for r in found:
        assert r.resource.status == "active"
        assert r.resource.confidence != "memory"
        assert not ({"suicide", "child_protection"} & set(r.resource.concerns)) or r.resource.confidence == "confirmed"
        assert (r.caveat is None) == (r.resource.confidence == "confirmed")


def test_a_calm_note_gets_none_and_a_half_read_one_gets_local_help(resources):
    assert offered(resources, "CA", False, "none", label=None) == ()
    assert offered(resources, "CA", False, "watch", label=None, full=False)


def test_an_adult_is_not_sent_to_a_childrens_line(resources):
    names = [
        r.resource.audience.lower() for r in offered(resources, "GB", False, "urgent", "He hits her", "distress.harm_from_others")
    ]
    assert names
    assert not any("child" in n or "youth" in n or "under 19" in n for n in names)


@pytest.mark.parametrize("written", ["1-833-456-4566", "1 833 456 4566", "1.833.456.4566", "(833) 456-4566", "+1 833-456-4566"])
def test_a_retired_number_is_named_and_corrected(resources, written):
    text = f"Gave him the line, {written}, and the card."
    (c,) = Numbers(resources).find(text)
    assert text[c.start : c.end] == c.quote
    assert "988" in c.message
    assert c.replaced_by == "ca-988"


def test_other_numbers_are_left_alone(resources):
    assert Numbers(resources).find("Call 988, or 1-866-277-3553. Meet 14.30, 2026-11-25, room 1234567.") == ()


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ('id = "x"', "name is missing"),
        (
            'id = "x"\nname = "X"\nregions = ["CA"]\nconcerns = ["crisis"]\naudience = "everyone"\nstatus = "active"\nconfidence = "maybe"',
            "confidence",
        ),
        (
            'id = "x"\nname = "X"\nregions = ["CA"]\nconcerns = ["crisis"]\naudience = "all"\nstatus = "active"\nconfidence = "reported"',
            "no way",
        ),
    ],
)
def test_a_fault_names_file_entry_and_reason(tmp_path, table, reason):
    (tmp_path / "ca.toml").write_text(f"[[resource]]\n{table}\n")
    with pytest.raises(ContentError, match=rf"ca\.toml: resource 1 \(x\): .*{reason}"):
        Resources(tmp_path)


def test_the_gravest_trouble_s_help_comes_first_wherever_it_stands_in_the_note(resources):
    note = Note("n", "She sits alone at lunch. He shoved her into the door.", "GB", True)
    found = [
        signal(note, "sits alone at lunch", "distress.isolation"),
        signal(note, "He shoved her into the door", "distress.harm_from_others"),
    ]
    first = referrals(resources, note, found, "urgent", full=True, most=5)[0].resource
    assert "child_protection" in first.concerns
