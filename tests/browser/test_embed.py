"""`<conversation-coach>` in Chromium, in pages of another origin: a host that is kind, one that is hostile, and the frame."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.api.conftest import GRAVE
from tests.browser.conftest import DESK, PHONE, UNSPOKEN
from tests.browser.platform import HOST, OPEN, Platform, coach, heard, platform_on, read, visit
from tests.browser.test_flows import fits, violations
from tests.plugins.test_embed import README, key

WORDS = "We met at the Zanzibar. He told me he has a plan to end his life tonight."
MARKUP = (
    "<img src=x onerror=window.owned=1><script>window.owned=2</script> He says <b onclick=window.owned=3>he wants to die</b>. "
    "{{7*7}} javascript:window.owned=4 " + "a" * 3000
)


@pytest.fixture(scope="module")
def running(require: Callable[[str], None], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    require("reader")
    with platform_on(tmp_path_factory.mktemp("embed")) as made:
        yield made


@pytest.fixture
def platform(running: Platform) -> Platform:
    """The platform with a key and a page as new."""
    running.key = key(running.house, "embed", "analyze", "notes:write", "notes:read")
    running.given, running.tokens = {}, []
    running.shows()
    return running


@pytest.mark.parametrize(
    ("size", "scheme"),
    [pytest.param(PHONE, "light", id="light-phone"), pytest.param(DESK, "dark", id="dark-desk", marks=pytest.mark.long)],
)
def test_a_note_is_read_in_a_page_of_another_origin(browser: Browser, platform: Platform, size: Any, scheme: Any) -> None:
    with visit(browser, platform.url, viewport=size, color_scheme=scheme) as page:
        expect(coach(page)).to_contain_text("Nothing is stored and nobody is told.")
        expect(coach(page)).to_contain_text(f"It goes to {platform.service.removeprefix('http://')} and nowhere else.")
        assert violations(page) == [] and fits(page)
        read(page, GRAVE)
        expect(page.get_by_role("heading", name="Please act today")).to_be_focused()
        order = ["Please act today", "Help now", "How the relationship stands", "What to do next"]
        found = page.get_by_role("heading").all_inner_texts()
        assert [h for h in found if h in order] == order
        for fold in page.locator("summary").all():
            fold.click()
        assert violations(page) == [] and fits(page)
        told = heard(page, "coach:report")
        assert told["level"] == "urgent" and told["stored"] is False and "report" not in told
        page.get_by_role("button", name="Read another note").click()
        expect(page.get_by_label("Your note")).to_have_value("")
        expect(page.get_by_label("Your note")).to_be_focused()


def test_the_quick_start_works_in_a_page(browser: Browser, platform: Platform) -> None:
    """The README's page side, as it stands there; its inline script in a file, since this page's policy is stricter."""
    found = re.search(r"```html\n(.*?)```", README.read_text(encoding="utf-8"), re.S)
    assert found
    element, script = re.findall(r"<conversation-coach></conversation-coach>|(?<=<script>).*(?=</script>)", found[1])
    platform.shows(element, HOST.split('addEventListener("coach:token-needed"')[0] + script.replace("/coach-token", "/token"))
    with visit(browser, platform.url) as page:
        read(page, UNSPOKEN)
        assert heard(page, "coach:report")["level"] == "watch"


def test_a_step_is_handed_to_the_page_when_the_person_says_so(browser: Browser, platform: Platform) -> None:
    platform.given = {"scopes": ["analyze", "notes:read"]}
    with visit(browser, platform.url) as page:
        read(page, UNSPOKEN)
        report = heard(page, "coach:report")["report"]  # this token may hand it over
        assert report["expectations"]
        assert not [h for h in page.evaluate("heard") if h[0] == "coach:follow-up"]
        expect(coach(page)).to_contain_text("is handed to the page you are on, with the words of your note")
        page.get_by_role("button", name="Put on my list").first.click()
        step = heard(page, "coach:follow-up")
        assert step["text"] == report["follow_ups"][0]["text"] and step["note"] is None
        expect(page.get_by_role("button", name="On your list")).to_have_attribute("aria-pressed", "true")


def test_a_note_is_kept_in_the_pair_and_the_person_is_told_so_before(browser: Browser, platform: Platform) -> None:
    pair = platform.house.pair()
    platform.given = {"scopes": ["analyze", "notes:write"], "pair": pair}
    with visit(browser, platform.url, viewport=PHONE) as page:
        expect(coach(page)).to_contain_text("This note will be kept, encrypted, for you.")
        expect(page.get_by_label("Where the mentee lives")).to_be_hidden()
        read(page, UNSPOKEN, "Keep and read")
        ident = heard(page, "coach:report")["note"]
        assert platform.house.people["mentor"].get(f"/v1/notes/{ident}").json()["text"] == UNSPOKEN
        page.get_by_role("button", name="Read another note").click()
        read(page, GRAVE, "Only read it, keep nothing")
        expect(page.get_by_role("heading", name="Please act today")).to_be_visible()
        assert [h[1]["stored"] for h in page.evaluate("heard")] == [True, False]
        assert len(platform.house.people["mentor"].get(f"/v1/notes?pair={pair}").json()) == 1


@pytest.mark.long
def test_the_component_speaks_french_and_changes_on_the_way(browser: Browser, platform: Platform) -> None:
    platform.shows('<conversation-coach lang="fr"></conversation-coach>')
    with visit(browser, platform.url) as page:
        expect(page.get_by_role("heading", name="Que s'est-il passé")).to_be_visible()
        page.locator("textarea").fill(GRAVE)
        page.locator("button.main").click()
        heard(page, "coach:report")
        assert violations(page) == []
        expect(page.get_by_role("heading", name="Appeler de l'aide")).to_have_count(0)
        assert page.locator(".level li").first.get_attribute("lang") == "en"  # the library's own words
        page.evaluate("document.querySelector('conversation-coach').lang = 'en'")
        expect(page.get_by_role("heading", name="Please act today")).to_be_visible()
        page.get_by_role("button", name="Back to the note").click()
        expect(page.get_by_label("Your note")).to_have_value(GRAVE)


@pytest.mark.long
def test_the_theme_is_the_pages_but_not_for_what_must_be_seen(browser: Browser, platform: Platform) -> None:
    colours = (
        "--coach-accent: rgb(120, 0, 60); --coach-ink: rgb(255, 255, 255); --coach-card: rgb(255, 255, 255); --coach-paper: white"
    )
    platform.shows(css=f"main {{ {colours} }}")
    with visit(browser, platform.url) as page:
        expect(page.locator("button.main")).to_have_css("background-color", "rgb(120, 0, 60)")
        read(page, GRAVE)
        expect(page.locator(".help strong").first).to_have_css("color", "rgb(35, 40, 43)")
        expect(page.locator(".level p").first).to_have_css("color", "rgb(35, 40, 43)")


def test_markup_in_a_note_is_text(browser: Browser, platform: Platform) -> None:
    with visit(browser, platform.url, viewport=PHONE) as page:
        read(page, MARKUP)
        expect(page.get_by_role("heading", name="Please act today")).to_be_visible()
        for fold in page.locator("summary").all():
            fold.click()
        assert page.evaluate("window.owned") is None and fits(page)
        assert (
            page.evaluate("document.querySelector('conversation-coach').shadowRoot.querySelectorAll('img, script, b').length")
            == 0
        )
        assert {a.get_attribute("href").split(":")[0] for a in page.locator(".report a").all()} <= {"tel", "sms", "https", "http"}  # type: ignore[union-attr]


def test_an_expired_token_is_renewed_and_the_note_is_not_lost(browser: Browser, platform: Platform) -> None:
    platform.given = {"seconds": 60}
    with visit(browser, platform.url, told=("401 (Unauthorized)",)) as page:
        expect(coach(page)).to_contain_text("Nothing is stored")
        platform.house.clock.on(minutes=2)
        read(page, GRAVE)
        heard(page, "coach:report")
        assert page.evaluate("asked") == ["first", "refused"] and len(platform.tokens) == 2


@pytest.mark.long
def test_a_token_that_is_about_to_end_is_renewed_before_the_note_is_sent(browser: Browser, platform: Platform) -> None:
    late = "window.late = 0; const now = performance.now.bind(performance); performance.now = () => now() + window.late;"
    with visit(browser, platform.url, before=OPEN + late) as page:
        expect(coach(page)).to_contain_text("Nothing is stored")
        page.evaluate("late = 595_000")
        read(page, GRAVE)
        heard(page, "coach:report")
        assert page.evaluate("asked") == ["first", "expired"]


@pytest.mark.long
def test_a_page_that_gives_an_old_token_again_is_told_and_the_note_stays(browser: Browser, platform: Platform) -> None:
    script = HOST.replace('fetch("/token")', 'window.kept ??= fetch("/token")').replace("answer.text()", "answer.clone().text()")
    platform.shows(script=script)
    with visit(browser, platform.url, told=("401 (Unauthorized)",)) as page:
        expect(coach(page)).to_contain_text("Nothing is stored")
        platform.house.clock.on(minutes=11)
        read(page, GRAVE)
        assert heard(page, "coach:error") == {
            "code": "token_expired",
            "status": 401,
            "detail": "This token has ended. Ask the page's server for a new one.",
        }
        expect(page.get_by_role("alert")).to_contain_text("The page's sign-in has ended.")
        expect(page.get_by_label("Your note")).to_have_value(GRAVE)


def test_a_revoked_key_ends_its_tokens(browser: Browser, platform: Platform) -> None:
    with visit(browser, platform.url, told=("401 (Unauthorized)", "403 (Forbidden)")) as page:
        expect(coach(page)).to_contain_text("Nothing is stored")
        platform.house.people["admin"].delete(f"/v1/keys/{platform.key['id']}")
        read(page, GRAVE)
        assert heard(page, "coach:error")["code"] == "wrong_credentials"
        expect(page.get_by_role("alert")).to_contain_text("This page may not use the coach any more.")
        expect(page.get_by_label("Your note")).to_have_value(GRAVE)


def test_a_token_for_another_origin_sends_no_note(browser: Browser, platform: Platform) -> None:
    platform.given = {"origin": "https://elsewhere.example"}
    with visit(browser, platform.url) as page:
        sent: list[str] = []
        page.on("request", lambda r: sent.append(r.url) if r.method == "POST" else None)
        read(page, GRAVE)
        assert heard(page, "coach:error")["code"] == "other_origin"
        assert sent == []
        expect(page.get_by_role("alert")).to_contain_text("Your note was not sent")


@pytest.mark.long
def test_no_answer_of_the_service_can_be_read_by_another_page(browser: Browser, platform: Platform) -> None:
    """The browser's own check: the embed with a token for elsewhere, and every other route with a token for this very page."""
    own = platform.token()
    platform.given = {"origin": "https://elsewhere.example"}
    body = json.dumps({"token": platform.token(), "text": GRAVE, "keep": False, "once": "0" * 16})
    calls = [
        ["/embed/notes", {"method": "POST", "body": body}],
        ["/v1/version", {}],
        ["/v1/notes", {"headers": {"Authorization": f"Bearer {own}"}}],
        ["/v1/embed-tokens", {"method": "POST", "body": "{}"}],
    ]
    with visit(browser, platform.url, told=("blocked by CORS policy", "Failed to load resource")) as page:
        fetched = "([at, given]) => fetch(at, given).then((a) => a.status, (fault) => fault.name)"
        for at, given in calls:
            assert page.evaluate(fetched, [platform.service + str(at), given]) == "TypeError", at


@pytest.mark.long
def test_nobody_gives_a_token(browser: Browser, platform: Platform) -> None:
    platform.shows(script=HOST.replace("event.detail.give", "(() => {})"))
    with visit(browser, platform.url) as page:
        expect(coach(page)).to_contain_text("The coach is waiting for this page to sign it in.")
        read(page, GRAVE)
        assert heard(page, "coach:error")["code"] == "no_token"
        expect(page.get_by_label("Your note")).to_have_value(GRAVE)


HOSTILE = (
    HOST
    + """
window.stolen = [];
const write = JSON.stringify, words = Object.getOwnPropertyDescriptor(Node.prototype, "textContent").get;
let busy = false;
const keep = (...found) => {
  if (busy) return;
  busy = true; // what is called from here is not spied upon
  for (let i = 0; i < found.length; i++) {
    const one = found[i];
    try { stolen[stolen.length] = one instanceof Node ? words.call(one) + one.value : write(one) ?? String(one); } catch { /* a circle */ }
  }
  busy = false;
};
const spy = (place, name) => {
  const real = place[name];
  place[name] = function (...given) { keep(this, ...given); return real.apply(this, given); };
};
const peek = (place, name) => {
  const real = Object.getOwnPropertyDescriptor(place, name);
  Object.defineProperty(place, name, { ...real,
    get() { const found = real.get.call(this); keep(found); return found; },
    set(value) { keep(value); return real.set?.call(this, value); } });
};
Element.prototype.attachShadow = function (init) { stolen[stolen.length] = "ROOT"; return null; };
for (const name of ["fetch", "atob", "setTimeout"]) spy(window, name);
for (const name of ["stringify", "parse"]) spy(JSON, name);
for (const name of ["open", "send"]) spy(XMLHttpRequest.prototype, name);
for (const name of ["trim", "replace", "split", "slice", "match"]) spy(String.prototype, name);
for (const name of ["exec", "test"]) spy(RegExp.prototype, name);
for (const name of ["appendChild", "insertBefore"]) spy(Node.prototype, name);
for (const name of ["append", "replaceChildren", "setAttribute"]) spy(Element.prototype, name);
for (const name of ["then", "catch"]) spy(Promise.prototype, name);
for (const name of ["addEventListener", "dispatchEvent"]) spy(EventTarget.prototype, name);
spy(Document.prototype, "createElement");
spy(Event.prototype, "preventDefault");
peek(Node.prototype, "textContent");
peek(HTMLTextAreaElement.prototype, "value");
peek(XMLHttpRequest.prototype, "responseText");
Object.defineProperty(Promise.prototype, "constructor", { get() { keep(this); return Promise; } });
Object.prototype.toJSON = function () { keep(this); return this; };
for (const name of ["handoff", "corrections", "caveat", "language_model", "then"])
  Object.defineProperty(Object.prototype, name, { configurable: true, get() { keep(this); return undefined; } });
const walk = Array.prototype[Symbol.iterator];
Array.prototype[Symbol.iterator] = function () { for (let i = 0; i < this.length; i++) keep(this[i]); return walk.call(this); };
const late = document.createElement("conversation-coach");
document.getElementById("place").replaceChildren(late);
"""
)
HIDING = """* { color: red !important; font-size: 2px !important; visibility: hidden !important; }
conversation-coach { display: none !important; opacity: 0 !important; height: 0 !important; position: fixed !important; left: -9999px !important;
  transform: scale(0) !important; clip-path: inset(50%) !important; pointer-events: none !important; --coach-card: transparent; }
html, body, main, #place { visibility: visible !important; } textarea, h2, .help { display: none !important; }"""


def names(page: Page) -> list[tuple[str, str]]:
    """(role, name) of everything that a screen reader is given, closed roots included."""
    nodes = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    return [(n["role"]["value"], n.get("name", {}).get("value", "")) for n in nodes if not n.get("ignored")]


def type_and_send(page: Page) -> None:
    """By keyboard alone: the box, the two choices, the button."""
    page.keyboard.press("Tab")
    page.keyboard.type(WORDS)
    for _ in range(3):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")


def test_a_hostile_page_neither_hides_the_component_nor_reads_the_note_out_of_it(browser: Browser, platform: Platform) -> None:
    platform.shows(script=HOSTILE, css=HIDING)
    with visit(browser, platform.url, before="") as page:
        page.wait_for_function("asked.length === 1")
        before = page.evaluate(
            "JSON.stringify({ text: 'CONTROL' }); document.createElement('textarea').value = 'CONTROL 2'; stolen.join()"
        )
        assert "CONTROL" in before and "CONTROL 2" in before  # the spies work
        shape = coach(page).bounding_box()
        assert shape and shape["x"] >= 0 and shape["width"] > 300 and shape["height"] > 400
        assert {("textbox", "Your note"), ("button", "Read it"), ("combobox", "The mentee's age")} <= set(names(page))
        type_and_send(page)
        assert heard(page, "coach:report")["level"] == "emergency"
        assert ("heading", "Act now") in names(page) and ("heading", "Help now") in names(page)
        shape = coach(page).bounding_box()
        assert shape and shape["height"] > 600
        for reach in (
            "stolen.join('\\n')",
            "JSON.stringify(heard)",
            "document.documentElement.outerHTML + document.body.innerText",
            "[RegExp.input, RegExp.lastMatch, RegExp.leftContext, RegExp.rightContext].join()",
            "String(document.querySelector('conversation-coach').shadowRoot)",
        ):
            found = page.evaluate(reach)
            assert "Zanzibar" not in found and "wants to die" not in found, (reach, found[:300])
        assert page.evaluate("document.querySelector('conversation-coach').shadowRoot") is None
        assert "ROOT" not in page.evaluate("stolen")


def test_the_frame_reads_a_note_that_the_page_cannot(browser: Browser, platform: Platform) -> None:
    platform.given = {"audience": "frame"}
    keys = 'window.typed = ""; addEventListener("keydown", (event) => { window.typed += event.key; }, true);'
    platform.shows("<conversation-coach frame follow-ups></conversation-coach>", script=HOST + keys)
    with visit(browser, platform.url, viewport=PHONE) as page:
        inside = page.frame_locator("iframe")
        expect(inside.get_by_text("The page around this box cannot read it.")).to_be_visible()
        inside.get_by_label("Your note").fill("")
        page.keyboard.type(WORDS)
        inside.get_by_role("button", name="Read it").click()
        expect(inside.get_by_role("heading", name="Act now")).to_be_visible()
        assert heard(page, "coach:report")["level"] == "emergency"
        assert page.evaluate("typed") == ""
        inside.get_by_role("button", name="Put on my list").first.click()
        assert heard(page, "coach:follow-up")["text"]
        framed = page.frames[1]
        assert platform.tokens[0] and all(platform.tokens[0] not in f.url for f in page.frames)
        page.wait_for_function(  # it is as high as what is in it
            "(h) => Math.abs(document.querySelector('conversation-coach').getBoundingClientRect().height - h) < 2",
            arg=framed.evaluate("document.body.getBoundingClientRect().height"),
        )
        assert violations(page) == [] and fits(page)
        assert framed.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.long
def test_the_frame_heeds_messages_of_its_own_page_alone(browser: Browser, platform: Platform) -> None:
    platform.given = {"audience": "frame"}
    platform.shows("<conversation-coach frame></conversation-coach>")
    with visit(browser, platform.url) as page:
        inside = page.frame_locator("iframe")
        expect(inside.get_by_text("Nothing is stored")).to_be_visible()
        other = {"coach": {"kind": "dress", "lang": "fr", "scheme": None, "takes": False, "theme": {}}}
        framed = page.frames[1]
        framed.evaluate("(m) => window.postMessage(m, location.origin)", other)  # of its own origin, but not the page around it
        framed.evaluate(
            "(m) => new Promise((done) => { addEventListener('message', done, { once: true }); window.postMessage(m, '*'); })",
            other,
        )
        expect(inside.get_by_role("button", name="Read it")).to_be_visible()
        page.evaluate("document.querySelector('conversation-coach').lang = 'fr'")
        expect(inside.get_by_role("heading", name="Que s'est-il passé")).to_be_visible()


def test_the_frame_is_not_shown_by_a_page_of_another_origin_nor_is_any_other_page(browser: Browser, platform: Platform) -> None:
    frames = "".join(
        f'<iframe src="{platform.service}{path}"></iframe>'
        for path in ("/embed/frame?origin=https://elsewhere.example", "/", "/sign-in")
    )
    platform.shows(frames)
    with visit(browser, platform.url, told=("frame-ancestors",)) as page:
        page.wait_for_load_state("networkidle")
        assert len(page.frames) == 4
        assert [f.url for f in page.frames[1:]] == ["chrome-error://chromewebdata/"] * 3
