"""Text -> ISO 639-1 code, cheaply, and in doubt English: a wrong "not read" over an English note is worse than a missed phrase.

Three steps: the script of the letters, the function words of the commonest languages, and only where those leave it open
py3langid, whose model is loaded then (measured: 0.5 s and about 95 MB with numpy, once; 25 µs a sentence after that).
"""

import re
from collections import Counter
from collections.abc import Iterable
from functools import cache
from typing import Final, Protocol
from unicodedata import normalize

from coach.text.scripts import by_script
from coach.values import Sentence

ENGLISH: Final = "en"
READ: Final = frozenset({ENGLISH})
"""The languages that the trained reader was made for."""

SHORTEST = 12
"""Letters under which nothing Latin is called foreign; a statistical guess needs SHORTEST_STATISTICAL."""
SHORTEST_STATISTICAL = 28
SURE = 0.97
"""Probability from which a statistical guess counts."""
SURE_ACCENTED = 0.8
"""The same where a word in small letters bears an accent ("trouvé"), which names alone do not explain."""

_WORD = re.compile(r"(?<!\w)[^\W\d_]+(?:['’][^\W\d_]+)*(?!\w)")

_ENGLISH_WORDS: Final = frozenset(
    "the a an and or but if of to for with from by on in at as is are was were be been being am do does did done have has had "
    "having i me my mine we us our you your he him his she her hers it its they them their this that these those there here "
    "who what when where why how which not no yes yeah so than then too very just only also again still about after before "
    "because until while will would can could should may might must shall let get got gets going go goes went said says say "
    "asked ask told tell wants want wanted need needs needed next last week weeks month day days today tomorrow yesterday "
    "time meeting met meet call called talk talked new good well ok okay up down out off over back into onto more most much "
    "many some any all each every both other another one two three first second first if without within since though "
    "dont don't doesn't didn't can't couldn't wasn't isn't aren't won't wouldn't hasn't haven't hadn't i'm i've i'd i'll it's "
    "he's she's they're we're you're that's there's what's let's im ive id hes shes thats cant wont didnt doesnt isnt wasnt "
    "really think thinks thought know knows knew feel feels felt see saw seen looks look like make made take took taken give "
    "gave work working worked job school class home mum mom dad sister brother friend friends people kid kids never always "
    "nothing something anything everyone someone anyone now through thru w b/c re please thanks sorry maybe check send sent "
    "notes note goals concerns agreed plan plans action actions reply late early morning night monday tuesday wednesday "
    "thursday friday saturday sunday hours hour mins min".split()
)
_FOREIGN_WORDS: Final[dict[str, frozenset[str]]] = {
    "fr": frozenset(
        "le la les un une des du de et ou où mais que qui quoi dont est sont était étaient être été ai as avons avez ont avait "
        "je tu il elle on nous vous ils elles mon ma mes ton ta tes son sa ses notre nos votre vos leur leurs ce cet cette ces "
        "ça ne pas plus rien jamais très bien avec sans pour par sur dans chez vers en au aux se si y lui moi toi c'est j'ai "
        "n'est n'a d'un d'une qu'il qu'elle qu'on s'est fait faire dit dire veut peut doit comme quand depuis trop peu tout "
        "a lundi mardi mercredi jeudi vendredi samedi dimanche prochain prochaine séance semaine semaines "
        "toute tous aussi encore déjà toujours parce même après avant aujourd'hui j'étais n'ai l'a m'a suis va vais alors".split()
    ),
    "es": frozenset(
        "el la los las un una unos unas de del al y o u pero que qué quien es son era eran ser estar está están estoy estaba fue "
        "ha han he había hay yo tú él ella nosotros ellos ellas mi mis tu tus su sus se me te le les lo nos no ni nunca nada muy "
        "bien con sin para por sobre en entre desde hasta como cuando donde porque más menos ya también todo toda todos esta "
        "a lunes martes miércoles jueves viernes sábado domingo semana semanas días "
        "este esto ese eso dice dijo quiere puede tiene tengo hace ahora aquí hoy ayer mañana si sí siempre mucho mucha".split()
    ),
    "de": frozenset(
        "der die das den dem des ein eine einen einem einer und oder aber dass daß ist sind war waren sein bin bist hat habe "
        "haben hatte ich du er sie es wir ihr mich mir dich dir ihn ihm uns euch mein meine sein seine ihre unser nicht kein "
        "keine nie nichts sehr gut mit ohne für von vom zu zum zur auf in im an am bei nach aus über unter vor seit wie wenn "
        "montag dienstag mittwoch donnerstag freitag samstag sonntag woche wochen uhr nächste nächstes "
        "wann wo weil als auch noch schon nur mehr so kann will muss soll wird werden wurde heute morgen gestern immer".split()
    ),
    "pt": frozenset(
        "o a os as um uma uns umas de do da dos das no na nos nas ao à e ou mas que quem é são era eram ser estar está estão "
        "estou foi tem têm tenho tinha há eu tu ele ela nós eles elas você vocês meu minha seu sua se me te lhe não nem nunca "
        "nada muito bem com sem para por pelo pela sobre em entre desde até como quando onde porque mais já também tudo todo "
        "esta este isso isto ele disse quer pode faz agora aqui hoje ontem amanhã sim sempre".split()
    ),
    "it": frozenset(
        "il lo la i gli le un uno una di del della dei delle dello al alla ai alle dal dalla nel nella sul sulla e ed o ma che "
        "chi è sono era erano essere stato stata ho hai ha abbiamo hanno aveva io tu lui lei noi voi loro mio mia suo sua si mi "
        "ti ci vi non né mai niente molto bene con senza per su in tra fra da come quando dove perché più già anche tutto tutti "
        "questo questa quello dice detto vuole può fa fare adesso qui oggi ieri domani sempre c'è".split()
    ),
    "nl": frozenset(
        "de het een en of maar dat die deze dit is zijn was waren ben bent heeft heb hebben had ik jij je hij zij ze wij we "
        "jullie mij me jou hem haar ons mijn jouw zijn hun niet geen nooit niets heel goed met zonder voor van te naar op in aan "
        "bij uit over onder sinds hoe als wanneer waar omdat ook nog al meer kan wil moet zal wordt worden werd nu hier vandaag "
        "gisteren morgen altijd er om dan door zegt".split()
    ),
    "sv": frozenset(
        "och att det som en ett är var har hade jag du han hon vi ni de den inte på av med för till från om men eller när där "
        "här så mycket bra nu idag igår också bara kan vill ska måste min mitt sin sitt hennes hans".split()
    ),
    "pl": frozenset(
        "i w z na do nie się że to jest są był była było jak ale czy po o od za przez dla ja ty on ona my oni mnie mi go jej ich "
        "tym tego ten ta już jeszcze tylko bardzo dobrze kiedy gdzie bo co może musi chce ma mam dzisiaj wczoraj zawsze nigdy".split()
    ),
    "tr": frozenset(
        "ve bir bu şu o da de ben sen biz siz onlar çok değil için ile ama gibi daha var yok ne nasıl neden kadar sonra önce "
        "bana beni benim onun her hiç şimdi bugün dün yarın iyi kötü".split()
    ),
    "id": frozenset(
        "yang dan di ke dari untuk dengan tidak ini itu saya aku kamu dia kami kita mereka ada sudah belum akan bisa karena juga "
        "atau tapi tetapi sangat lebih lagi pada hari kalau".split()
    ),
    "tl": frozenset(
        "ang ng sa na mga ay hindi ako ikaw siya kami tayo sila ko mo niya namin natin nila ito iyon po opo kasi pero kung para "
        "lang din rin naman wala may".split()
    ),
    "sw": frozenset(
        "na ya wa kwa ni za la katika yeye mimi wewe sisi wao hii hiyo huyo si sana lakini kama bado leo kesho jana tu pia".split()
    ),
    "vi": frozenset(
        "và là của có không được một những các cho với này đó tôi em anh chị bạn người rất khi đã đang sẽ thì mà nhưng ở trong".split()
    ),
    "ro": frozenset(
        "și în nu este sunt era un o de la cu pe pentru din ca că să se mă te el ea noi voi ei ele mai foarte bine dar sau când "
        "unde acum azi ieri mâine am ai are avem".split()
    ),
}


_LANGUAGES_OF: Final[dict[str, tuple[str, ...]]] = {}
"""The languages of which each of these words is."""
for _code, _known in _FOREIGN_WORDS.items():
    for _word in _known:
        _LANGUAGES_OF[_word] = (*_LANGUAGES_OF.get(_word, ()), _code)

_PARTICLES: Final = frozenset("de la le los las del da do dos di van von el al du des".split())


class _Identifier(Protocol):
    def classify(self, instance: str) -> tuple[str, float]: ...


def guess(text: str) -> str:
    """ISO 639-1 code of a sentence; "en" where it is too short or the evidence is weak."""
    scripted = by_script(text)
    if scripted:
        return scripted
    words = [w.replace("’", "'") for w in _WORD.findall(normalize("NFC", text))]
    letters = sum(map(len, words))
    if letters < SHORTEST or len(words) < 3:
        return ENGLISH
    settled = _by_words(_without_particles(words))
    if settled:
        return settled
    accented = any(w.islower() and not w.isascii() for w in words)
    if letters < (SHORTEST if accented else SHORTEST_STATISTICAL) or len(words) < 4:
        return ENGLISH
    return _statistical(text, SURE_ACCENTED if accented else SURE)


def note_language(sentences: Iterable[Sentence]) -> str:
    """The language in which most of the note's letters stand; English wins a tie, and where there is nothing."""
    letters: Counter[str] = Counter()
    for sentence in sentences:
        letters[sentence.language] += sum(map(str.isalpha, sentence.text))
    if not letters or letters[ENGLISH] == max(letters.values()):
        return ENGLISH
    return letters.most_common(1)[0][0]


def is_read(language: str) -> bool:
    """Whether the trained reader reads this language."""
    return language in READ


def _without_particles(words: list[str]) -> list[str]:
    """The words in lower case; the "de la" of "Ana de la Cruz" is blanked, because names are no sign of a language."""
    if _PARTICLES.isdisjoint(words):
        return [word.lower() for word in words]
    kept: list[str] = []
    named = False
    for word in reversed(words):
        named = word[0].isupper() or (named and word in _PARTICLES)
        kept.append("" if named and word in _PARTICLES else word.lower())
    return kept[::-1]


def _by_words(words: list[str]) -> str | None:
    """The language that function words settle; None where there are too few of them either way.

    A word that English and the other language share ("on", "me") counts for the other one only beside words that it alone has.
    """
    hits = Counter(code for w in words for code in _LANGUAGES_OF.get(w, ()))
    foreign = max(hits.values(), default=0)
    language = next((code for code in _FOREIGN_WORDS if foreign and hits[code] == foreign), ENGLISH)
    known = _FOREIGN_WORDS.get(language, frozenset())
    own = sum(w in known and w not in _ENGLISH_WORDS for w in words)
    english = sum(w in _ENGLISH_WORDS for w in words)
    only_english = sum(w in _ENGLISH_WORDS and w not in known for w in words)
    if own >= 2 and foreign >= 0.3 * len(words) and foreign > 2 * only_english:
        return language
    if english and (english >= foreign or only_english >= 0.15 * len(words)) and only_english:
        return ENGLISH
    return ENGLISH if english > own else None


def _statistical(text: str, sure: float) -> str:
    """py3langid's guess where its probability is at least `sure`, else English."""
    code, probability = _identifier().classify(text)
    return code if probability >= sure else ENGLISH


@cache
def _identifier() -> _Identifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier: _Identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    return identifier
