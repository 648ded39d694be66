"""Old encodings: what Windows-1252 can hold is read, what it cannot be is refused in words, and no mojibake reaches the reader."""

import random
import zlib

import pytest

from coach.errors import UnreadableFile
from coach.text.formats import BadItem, read_bytes
from coach.text.language import is_read
from coach.text.sections import read_sections
from coach.text.sentences import split
from coach.values import Note
from tests.text.test_formats import LIMITS

RUSSIAN = "Встреча с Аней, третья. Она снова не подготовила черновик. Она плохо спит и говорит, что ей всё равно."
JAPANESE = "山田さんと三回目の面談。彼女は最近よく眠れていないと言っていた。次回は木曜日。"
OTHERS = (
    *((RUSSIAN, name) for name in ("cp1251", "koi8-r", "iso8859-5", "cp866", "mac-cyrillic")),
    *((JAPANESE, name) for name in ("shift_jis", "euc-jp", "iso2022_jp")),
    ("今天和小王见面。她最近睡不好，也不想说话。", "gbk"),
    ("今天和小王見面。她最近睡不好，也不想說話。", "big5"),
    ("Συνάντηση με την Άννα. Δεν κοιμάται καλά.", "cp1253"),
    ("פגשתי את אנה. היא לא ישנה טוב.", "cp1255"),
    ("التقيت آنا اليوم. لا تنام جيدا وتقول إن كل شيء صعب.", "cp1256"),
    ("오늘 안나를 만났다. 잠을 잘 못 자고 힘들다고 했다.", "euc-kr"),
)
WESTERN = (
    "Deuxième rencontre avec Anaïs; elle a été fâchée, épuisée.",
    "• Met Ana — “fine” …\n· £50 owed\n•••••••••••••\n·····························\n",
    "Þórður fór út á sjó í nótt og kom ekki heim. Hún er mjög þreytt.",
    "«Où ?» — «À côté.» ¿Qué tal? ½ h, 20 °C.",
)


@pytest.mark.parametrize(("text", "encoding"), OTHERS, ids=[name for _, name in OTHERS])
def test_writing_in_another_encoding_is_to_be_saved_as_utf_8(text: str, encoding: str) -> None:
    data = text.encode(encoding)
    (item,) = read_bytes(data, "note.txt", LIMITS)
    assert isinstance(item, BadItem)
    assert (item.code, "save it as UTF-8" in item.message) == ("unreadable_file", True)
    with pytest.raises(UnreadableFile, match="save it as UTF-8"):
        read_sections(data, "rules.md", LIMITS)


@pytest.mark.parametrize("text", WESTERN)
def test_western_writing_is_read(text: str) -> None:
    assert list(read_bytes(text.encode("cp1252"), "note.txt", LIMITS)) == [Note("note", text)]


@pytest.mark.parametrize("text", [RUSSIAN, JAPANESE, RUSSIAN.encode("cp1251").decode("cp1252")])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_utf_8_and_utf_16_are_told_whatever_they_hold(text: str, encoding: str) -> None:
    assert list(read_bytes(text.encode(encoding), "note.txt", LIMITS)) == [Note("note", text)]


def test_an_e_mail_names_its_encoding_itself() -> None:
    head = b"From: a@example.org\nMIME-Version: 1.0\nContent-Type: text/plain; charset=windows-1251\n"
    data = head + b"Content-Transfer-Encoding: 8bit\n\n" + RUSSIAN.encode("cp1251")
    (item,) = read_bytes(data, "mail.eml", LIMITS)
    assert isinstance(item, Note) and item.text.strip() == RUSSIAN


def test_a_picture_is_still_called_one() -> None:
    noise = random.Random(1).randbytes(4000)
    for data in (noise, b"\x89PNG\r\n\x1a\n" + zlib.compress(noise)):
        (item,) = read_bytes(data, "a.png", LIMITS)
        assert isinstance(item, BadItem) and "a picture" in item.message


@pytest.mark.parametrize("text", [RUSSIAN.encode("cp1251").decode("cp1252"), "བོད་སྐད་ཀྱི་ཡིག་ཆ་འདི་ནི།"])
def test_what_is_in_no_language_that_can_be_told_is_not_for_the_reader(text: str) -> None:
    assert {(s.language, is_read(s.language)) for s in split(text)} == {("und", False)}


@pytest.mark.parametrize("text", ["Élève très fâchée.", "Répété.", "𝓢𝓱𝓮 𝓲𝓼 𝓷𝓸𝓽 𝓼𝓵𝓮𝓮𝓹𝓲𝓷𝓰", "ＳＨＥ ＩＳ ＴＩＲＥＤ ＮＯＷ"])
def test_accents_and_fancy_letters_alone_are_not_unknown(text: str) -> None:
    assert "und" not in {s.language for s in split(text)}


def test_a_pasted_one_is_never_calm_and_says_why(require) -> None:
    require("reader")
    import coach

    one = coach.load()
    report = one.analyze(RUSSIAN.encode("cp1251").decode("cp1252"))
    assert (report.read, report.triage.level, report.signals) == ("phrases_only", "watch", ())
    assert report.whole is None  # the trained reader was not asked
    assert "in a language that could not be told, which" in str(report.read_reason)


def test_several_languages_that_have_no_name_here_are_named_once(require) -> None:
    require("reader")
    import coach

    text = "Âñòðå÷à ñ Àíåé, òðåòüÿ. Μιλήσαμε για τη δουλειά. Είναι κουρασμένη."
    english, french = (str(coach.load().analyze(text, words=words).read_reason) for words in ("en", "fr"))
    assert english.startswith("This note is in a language that could not be told, which the coach does not read.")
    assert french and "could not" not in french and "This note" not in french
