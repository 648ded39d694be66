"""The words that the changes of perturb.py rest on: names by group, pronouns, spellings."""

from typing import Final

NAMES: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "British and Irish": {
        "she": ("Emily", "Siobhan", "Grace", "Harriet", "Niamh", "Lucy", "Megan", "Alice"),
        "he": ("Oliver", "Callum", "Harry", "Declan", "George", "Rhys", "Thomas", "Ewan"),
    },
    "Black American": {
        "she": ("Latoya", "Ebony", "Keisha", "Imani", "Tamika", "Aaliyah", "Shanice", "Kiara"),
        "he": ("Jamal", "Darnell", "Tyrone", "DeShawn", "Malik", "Terrell", "Marquis", "Tyrell"),
    },
    "West African": {
        "she": ("Adaeze", "Abena", "Ngozi", "Folake", "Chiamaka", "Ama", "Yetunde", "Akosua"),
        "he": ("Chukwudi", "Kwame", "Emeka", "Babatunde", "Kofi", "Tunde", "Obinna", "Kojo"),
    },
    "Arabic": {
        "she": ("Fatima", "Layla", "Aisha", "Noura", "Zainab", "Samira", "Huda", "Yasmin"),
        "he": ("Mohammed", "Ahmed", "Youssef", "Omar", "Hassan", "Khalid", "Tariq", "Mustafa"),
    },
    "South Asian": {
        "she": ("Priya", "Ananya", "Lakshmi", "Sunita", "Kavita", "Meera", "Deepika", "Nisha"),
        "he": ("Rahul", "Arjun", "Vikram", "Sanjay", "Ravi", "Harpreet", "Suresh", "Anil"),
    },
    "East Asian": {
        "she": ("Mei", "Yuki", "Xiu", "Jiwoo", "Ling", "Sakura", "Minji", "Haruka"),
        "he": ("Wei", "Hiroshi", "Jun", "Minjun", "Chen", "Takeshi", "Seojun", "Kenji"),
    },
    "Spanish": {
        "she": ("Guadalupe", "Lucia", "Ximena", "Valentina", "Rosario", "Camila", "Marisol", "Elena"),
        "he": ("Jose", "Alejandro", "Miguel", "Santiago", "Carlos", "Diego", "Javier", "Luis"),
    },
    "Slavic": {
        "she": ("Oksana", "Katarzyna", "Svetlana", "Agnieszka", "Iryna", "Milena", "Olga", "Zofia"),
        "he": ("Dmitri", "Bogdan", "Vladimir", "Krzysztof", "Oleksandr", "Pavel", "Ivan", "Wojciech"),
    },
}
"""Where the names are common -> those that take the place of a note's own; eight each, so that two people of a note stay two."""

BESIDE_NAMES: Final = (
    "said says is was has had told asked came wants wanted thinks thought feels felt looked looks went got seems seemed did didn't"
    " doesn't hasn't wasn't isn't can't won't will would can could keeps kept brought talked laughed knows knew still just never"
    " sent sat took started needs needed works worked lost cried arrived showed turned texted called messaged mentioned admitted"
).split()
"""Words that follow a name more than anything else with a capital."""

BEFORE_NAMES: Final = "with met Met told asked saw called mentee helped rang messaged texted gave".split()

NO_NAMES: Final = frozenset(
    "i he she it they we you this that these those there here who what which when where why how mum mom dad mother father gran"
    " nan monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september"
    " october november december english french spanish christmas easter ramadan god everyone everybody nobody somebody someone"
    " nothing everything something one two three all both each session call meeting work school uni college university"
    " mentor mentee manager boss life money sleep home today tomorrow yesterday last next then now so but and or if not no yes"
    " his her their my our your its also still just never maybe mood stage plan rent mr mrs ms dr the a an at in on for from to"
    " prof professor officer director sir police men lad ex only children deputies mummy daddy asked let rain weather photocopier"
    " subject righto topics brief patenschaft intro malmö notes good great hi hello dear hey thanks peer mtg wed tue thu"
    " fri mon sat sun forwarded week day library brazil kharkiv"
    " zoom teams excel linkedin google word slack whatsapp python canada london".split()
)
"""Words that begin with a capital and are no person's name."""

FORMS: Final[dict[str, tuple[str, str, str, str, str]]] = {
    "he": ("he", "him", "his", "his", "himself"),
    "she": ("she", "her", "her", "hers", "herself"),
    "they": ("they", "them", "their", "theirs", "themselves"),
}
"""Subject, object, before a noun, by itself, reflexive."""

NO_NOUN: Final = frozenset(
    "and or but so to at in on for from with about of by as than if when while that what how why where who because before after"
    " until again back out up off over down into through not no a an the this these some any is was are were be been has had do"
    " did will would can could should may might today tomorrow yesterday tonight now then there here more most much too also"
    " either either i we you he she they it".split()
)
"""After "her" and "his" such a word shows that no noun follows."""

AGREE: Final = {
    "is": "are",
    "was": "were",
    "has": "have",
    "does": "do",
    "goes": "go",
    "isn't": "aren't",
    "wasn't": "weren't",
    "hasn't": "haven't",
    "doesn't": "don't",
}
HAS: Final = "been got had become started stopped asked told said made taken lost gone done never".split()
"""After "he's" and "she's" such a word shows that it is "has", not "is"."""
NO_VERB: Final = frozenset("always perhaps sometimes as this its us yes plus".split())
ADVERBS: Final = "just still also never always really only even now then sometimes often".split()

SPELLINGS: Final[tuple[tuple[str, str], ...]] = tuple(
    (pair.split("/")[0], pair.split("/")[1])
    for pair in (
        "mum/mom mums/moms programme/program programmes/programs organise/organize organised/organized organising/organizing"
        " realise/realize realised/realized realises/realizes apologise/apologize apologised/apologized apologising/apologizing"
        " recognise/recognize recognised/recognized prioritise/prioritize prioritised/prioritized criticise/criticize"
        " criticised/criticized summarise/summarize summarised/summarized finalise/finalize finalised/finalized"
        " behaviour/behavior behaviours/behaviors colour/color colours/colors favour/favor favours/favors favourite/favorite"
        " honour/honor honours/honors humour/humor labour/labor neighbour/neighbor neighbours/neighbors rumour/rumor"
        " centre/center centres/centers theatre/theater litre/liter metre/meter metres/meters practise/practice"
        " practised/practiced practising/practicing defence/defense offence/offense licence/license cancelled/canceled"
        " cancelling/canceling travelled/traveled travelling/traveling labelled/labeled modelling/modeling counsellor/counselor"
        " counselling/counseling cheque/check cheques/checks grey/gray tyre/tire tyres/tires jewellery/jewelry enrol/enroll"
        " fulfil/fulfill pyjamas/pajamas diary/calendar maths/math cv/resume flat/apartment rota/schedule"
        " holiday/vacation mobile/cellphone learnt/learned spelt/spelled dreamt/dreamed whilst/while towards/toward"
        " anaesthetist/anesthesiologist paediatric/pediatric ageing/aging judgement/judgment catalogue/catalog dialogue/dialog"
    ).split()
)
"""British, American."""
