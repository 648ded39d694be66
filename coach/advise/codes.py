"""The codes that help services are written with: countries, subdivisions and languages.

ISO 3166-1 alpha-2 (with XK, which is in common use for Kosovo), ISO 3166-2 for the countries whose services we tell apart, ISO 639-1.
Checked against Babel's data (Unicode CLDR) by tests/advise/test_codes.py.
"""

import re
from typing import Final

COUNTRIES: Final = frozenset(
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG "
    "CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL "
    "GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA "
    "LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP "
    "NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV "
    "SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW".split()
)
SUBDIVISIONS: Final[dict[str, frozenset[str]]] = {
    "AU": frozenset("ACT NSW NT QLD SA TAS VIC WA".split()),
    "CA": frozenset("AB BC MB NB NL NS NT NU ON PE QC SK YT".split()),
    "GB": frozenset("ENG NIR SCT WLS".split()),
    "US": frozenset(
        "AK AL AR AS AZ CA CO CT DC DE FL GA GU HI IA ID IL IN KS KY LA MA MD ME MI MN MO MP MS MT NC ND NE NH NJ NM NV NY OH OK "
        "OR PA PR RI SC SD TN TX UM UT VA VI VT WA WI WV WY".split()
    ),
}
"""Of other countries any subdivision of the right form is taken."""
LANGUAGES: Final = frozenset(
    "aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo es et eu fa "
    "ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko "
    "kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa "
    "pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty "
    "ug uk ur uz ve vi vo wa wo xh yi yo za zh zu".split()
)
WIDER: Final = frozenset({"EU", "INTERNATIONAL"})
"""Regions of services that are of no one country."""

_REGION: Final = re.compile(r"(?P<country>[A-Z]{2})(?:-(?P<part>[A-Z0-9]{1,3}))?")
_THREE: Final = re.compile(r"[a-z]{3}")


def is_region(code: str) -> bool:
    """Whether a service can be of it: "CA", "CA-QC", "EU", "INTERNATIONAL"; no "QC-CA" and no "CA-XX"."""
    if code in WIDER:
        return True
    found = _REGION.fullmatch(code)
    if not found or found["country"] not in COUNTRIES:
        return False
    parts = SUBDIVISIONS.get(found["country"])
    return found["part"] is None or parts is None or found["part"] in parts


def turned(code: str) -> str | None:
    """The region that has its halves the other way round: "CA-QC" for "QC-CA"."""
    other = "-".join(reversed(code.split("-")))
    return other if other != code and is_region(other) else None


def is_language(code: str) -> bool:
    """ISO 639-1, or three small letters as ISO 639-3 has them."""
    return code in LANGUAGES or _THREE.fullmatch(code) is not None
