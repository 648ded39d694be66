"""The codes of regions and languages, and the faults of a service's row that hang on them."""

import re

import pytest

from coach.advise.codes import COUNTRIES, LANGUAGES, is_region
from coach.advise.registry import CONCERNS, Resources
from coach.errors import ContentError
from coach.settings import Settings

ROW = {
    "id": '"x"',
    "name": '"X"',
    "regions": '["CA-QC"]',
    "concerns": '["suicide"]',
    "audience": '"everyone"',
    "languages": '["en", "fr"]',
    "call": '"988"',
    "status": '"active"',
    "confidence": '"confirmed"',
    "source": '"a page"',
    "source_date": '"2026-10"',
}


def table(**changed: str) -> str:
    return "[[resource]]\n" + "".join(f"{k} = {v}\n" for k, v in {**ROW, **changed}.items())


def test_the_codes_are_those_of_the_unicode_data() -> None:
    locale = pytest.importorskip("babel").Locale("en")
    ours, others = {c for c in locale.territories if re.fullmatch("[A-Z]{2}", c)}, "AC CP CQ DG EA EU EZ IC QO TA UN XA XB ZZ"
    assert ours - set(others.split()) == COUNTRIES
    assert {c for c in locale.languages if len(c) == 2} - {"sh"} == LANGUAGES


def test_every_concern_is_in_use() -> None:
    assert {c for r in Resources(Settings().resources_dir) for c in r.concerns} == CONCERNS


@pytest.mark.parametrize("region", ["CA", "CA-QC", "GB-ENG", "US-WY", "IN-KA", "EU", "INTERNATIONAL", "XK"])
def test_a_region(region: str) -> None:
    assert is_region(region)


@pytest.mark.parametrize("changed", [{}, {"source_date": '"2026"'}, {"source_date": '"2026-10-03"'}, {"text": '"HELP to 81066"'}])
def test_a_sound_row_is_taken(tmp_path, changed) -> None:
    (tmp_path / "ca.toml").write_text(table(**changed), encoding="utf-8")
    assert len(Resources(tmp_path)) == 1


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"concerns": '["suicid"]'}, "concern 'suicid' is not known; did you mean 'suicide'?"),
        ({"concerns": '["zzz"]'}, "one of basic_needs, "),
        ({"regions": '["QC-CA"]'}, "did you mean 'CA-QC'?"),
        ({"regions": '["CA-XX"]'}, "region 'CA-XX' is no ISO 3166 code"),
        ({"regions": '["Quebec"]'}, "region 'Quebec' is no ISO 3166 code"),
        ({"regions": '"CA"'}, "regions needs a list"),
        ({"languages": '["english"]'}, "language 'english' is no ISO 639 code"),
        ({"languages": '["en", 1]'}, "languages needs a list"),
        ({"source_date": '"July"'}, "source_date 'July'"),
        ({"source_date": '"2026-13"'}, "source_date '2026-13'"),
        ({"source_date": "2026-10-03"}, "in quotation marks"),
        ({"call": '"12"'}, "call '12' has fewer than 3 digits"),
        ({"call": "988"}, "call 988 needs quotation marks"),
        ({"text": '"HELP"'}, "text 'HELP' has fewer than 3 digits"),
        ({"status": '"activ"'}, "status 'activ' is not known; one of active, replaced, retired"),
        ({"confidence": '"sure"'}, "confidence 'sure' is not known; one of confirmed, memory, reported, single_source"),
    ],
)
def test_a_fault_says_what_would_do(tmp_path, changed, says) -> None:
    (tmp_path / "ca.toml").write_text(table(**changed), encoding="utf-8")
    with pytest.raises(ContentError) as caught:
        Resources(tmp_path)
    assert caught.value.message.startswith("ca.toml: resource 1 (x): ") and says in caught.value.message


def test_a_program_may_name_its_own_matters_and_short_numbers(tmp_path) -> None:
    own = tmp_path / "own.toml"
    own.write_text('[[resource]]\nid = "o"\nname = "O"\nconcerns = ["study_leave"]\nregions = ["campus"]\ncall = "12"\n', "utf-8")
    assert [r.id for r in Resources(Settings().resources_dir, own).own] == ["o"]
