// The element: its form, its token, its report. Joined with the other parts by files.py. Nothing of a note or a report is ever
// set as markup, neither can be reached through the page's own DOM, and no note stands in an address.
class ConversationCoach extends HTMLElement {
  static observedAttributes = ["lang", "scheme", "follow-ups"];
  #root = attach(this, { mode: "closed" });
  #labels = []; // { node, table, code, attribute? }: what is said again in another language
  #at = { __proto__: null }; // the nodes of the form
  #begun = false;
  #token = null; // { value, claims, until }
  #asking = false; // for a token
  #waiting = false; // for an answer
  #sent = { __proto__: null, body: "", once: "" };
  #answer = null;
  #frame = null;

  connectedCallback() {
    if (!this.#begun) {
      this.#begun = true;
      adopt(this.#root, [sheet]);
      if (getAttr(this, "frame") === null) this.#form();
      else this.#frame = new Framed(this.#root, this.#say("name"), (name, detail) => this.#tell(name, detail), () => this.#dress());
    }
    if (this.#frame) return undefined;
    if (document.readyState === "complete") return this.#ask();
    // after the page's own scripts, so that their listeners are there; of the two only `load` may be left to come
    on(document, "DOMContentLoaded", () => this.#ask());
    return on(window, "load", () => this.#ask());
  }

  /** A first token, so that the person is told what becomes of a note before writing it. */
  #ask() {
    if (this.#token || this.#asking || !this.isConnected) return;
    this.#asking = true;
    const end = () => { this.#asking = false; };
    this.#need("first", end, end);
  }

  attributeChangedCallback() {
    if (!this.#begun) return;
    if (this.#frame) this.#dress();
    else this.#speak();
  }

  get #lang() {
    const found = getAttr(closest(this, "[lang]") ?? this, "lang") ?? getAttr(document.documentElement, "lang") ?? "";
    return matches(/^fr\b/i, found) ? "fr" : "en";
  }

  #word(table, code) {
    return WORDS[this.#lang][table][code] ?? code;
  }

  #say(code) {
    return this.#word("say", code);
  }

  #tell(name, detail) {
    fire(this, new Custom(name, { detail, bubbles: true, composed: true, cancelable: false }));
  }

  /** A new token from the page: `then` with it known, `fail` where none came. */
  #need(reason, then, fail) {
    let done = false;
    const end = (token) => {
      if (done) return;
      done = true;
      Never(limit);
      const claims = typeof token === "string" ? this.#taken(token) : null;
      if (claims) then();
      else fail();
    };
    const limit = Later(() => end(null), 20_000);
    let given = false;
    const give = (token) => {
      given = true;
      When.resolve(token).then(end, () => end(null));
    };
    this.#tell("coach:token-needed", { reason, give });
    if (!given) end(null);
  }

  #taken(token) {
    let claims = null;
    try { claims = claimsOf(token); } catch { /* no token at all */ }
    if (!claims) return null;
    this.#token = { __proto__: null, value: token, claims, until: soon() + (claims.exp - claims.iat - 10) * 1000 };
    this.#speak();
    return claims;
  }

  #may(scope) {
    const scopes = this.#token?.claims.scopes ?? [];
    for (let i = 0; i < scopes.length; i++) if (scopes[i] === scope) return true;
    return false;
  }

  #form() {
    const at = this.#at;
    at.form = box("form");
    at.title = this.#said("h2", "say", "title");
    at.note = box("textarea");
    attrs(at.note, { dir: "auto", id: "note", rows: "9", "aria-describedby": "kept place", autocomplete: "off", spellcheck: "true" });
    this.#labels[this.#labels.length] = { node: at.note, table: "say", code: "example", attribute: "placeholder" };
    const label = this.#said("label", "say", "note");
    setAttr(label, "for", "note");
    at.kept = box("p", "hint");
    at.place = box("p", "hint");
    setAttr(at.kept, "id", "kept");
    setAttr(at.place, "id", "place");
    at.more = add(box("div", "row"), this.#choice("region"), this.#choice("age"));
    at.main = box("button", "main");
    at.forget = this.#said("button", "say", "forget", "quiet");
    setAttr(at.forget, "type", "button");
    at.busy = box("p", "hint busy");
    setAttr(at.busy, "role", "status");
    at.fault = box("p", "fault");
    setAttr(at.fault, "role", "alert");
    setAttr(at.form, "aria-labelledby", "title");
    setAttr(at.title, "id", "title");
    add(at.form, at.title, this.#said("p", "say", "lead"), label, at.note, at.kept, at.place, at.more,
      add(box("p", "row"), at.main, at.forget), at.fault);
    at.report = box("div", "report");
    setHidden(at.report, true);
    at.foot = add(box("div", "foot"), this.#said("p", "say", "guess"), this.#said("p", "say", "danger"));
    append(this.#root, add(box("div", "coach"), at.form, at.busy, at.report, at.foot));
    on(at.form, "submit", (event) => { hold(event); this.#submit(this.#may("notes:write")); });
    on(at.note, "focus", () => this.#ask());
    on(at.forget, "click", () => this.#submit(false));
    this.#speak();
  }

  #said(tag, table, code, kind) {
    const node = box(tag, kind);
    this.#labels[this.#labels.length] = { node, table, code };
    return node;
  }

  #choice(name) {
    const label = box("label"), select = box("select"), codes = keys(WORDS.en[name]);
    for (let i = 0; i < codes.length; i++) {
      const option = this.#said("option", name, codes[i]);
      setAttr(option, "value", codes[i]);
      append(select, option);
    }
    this.#at[name] = select;
    return add(label, this.#said("span", "say", name), select);
  }

  /** Every word again: another language, or a token that says what becomes of a note. */
  #speak() {
    if (this.#frame || !this.#at.form) return;
    const at = this.#at, keeps = this.#may("notes:write");
    for (let i = 0; i < this.#labels.length; i++) {
      const { node, table, code, attribute } = this.#labels[i];
      if (attribute) setAttr(node, attribute, this.#word(table, code));
      else setText(node, this.#word(table, code));
    }
    setAttr(at.form, "lang", this.#lang);
    setText(at.main, this.#say(keeps ? "keep" : "read"));
    setText(at.kept, this.#token ? this.#say(keeps ? "kept" : "forgotten") : this.#say("waiting"));
    const where = swap(this.#say(PARENT ? "frame" : "page"), "{service}", () => new URL(SERVICE).host);
    setText(at.place, swap(where, "{page}", () => location.host));
    setHidden(at.more, keeps);
    setHidden(at.forget, !(keeps && this.#may("analyze")));
    if (this.#answer) this.#show(false);
  }

  #fault(code, status, detail) {
    const known = WORDS.en.fault[code] !== undefined;
    setText(this.#at.busy, "");
    setText(this.#at.fault, known ? this.#word("fault", code) : detail || this.#word("fault", "other"));
    if (known) dropAttr(this.#at.fault, "lang");
    else setAttr(this.#at.fault, "lang", "en");
    this.#waiting = false;
    this.#tell("coach:error", { code, status, detail: detail ?? "" });
  }

  #submit(keep) {
    if (this.#waiting) return undefined;
    const at = this.#at;
    if (trim(noteOf(at.note)) === "") { // no regular expression: RegExp.input would keep the note for the page
      setText(at.fault, this.#say("empty"));
      return focus(at.note);
    }
    setText(at.fault, "");
    setText(at.busy, this.#say("reading"));
    this.#waiting = true;
    const meant = this.#token !== null;
    if (this.#token && soon() < this.#token.until) return this.#send(keep, false);
    // who was told that nothing is kept must not have a note kept by a token that came later, nor the other way round
    return this.#need(this.#token ? "expired" : "first", () => {
      if (meant || !this.#may("notes:write")) return this.#send(keep, false);
      this.#waiting = false;
      return setText(at.busy, "");
    }, () => this.#fault("no_token", 0));
  }

  #send(keep, again) {
    const at = this.#at, { claims, value } = this.#token;
    if (claims.origin !== (PARENT ?? location.origin) || claims.aud !== (PARENT ? "frame" : "component")) {
      return this.#fault("other_origin", 0, "The token's origin or audience is not this page's.");
    }
    const age = chosen(at.age), whole = { __proto__: null, text: noteOf(at.note), keep, parent: PARENT ?? null };
    if (!this.#may("notes:write")) {
      whole.region = chosen(at.region) || null;
      whole.minor = age === "minor" ? true : age === "adult" ? false : null;
    }
    const body = stringify(whole);
    if (this.#sent.body !== body) this.#sent = { __proto__: null, body, once: fresh() };
    whole.once = this.#sent.once;
    whole.token = value;
    const call = new Request();
    open(call, "POST", `${SERVICE}/embed/notes`);
    setLimit(call, 60_000);
    on(call, "load", () => this.#heard(keep, again, statusOf(call), parsed(replyOf(call)) ?? bare({})));
    const lost = () => this.#fault("unreachable", 0);
    on(call, "error", lost);
    on(call, "timeout", lost);
    return send(call, stringify(whole));
  }

  #heard(keep, again, status, reply) {
    if (status === 200) {
      this.#waiting = false;
      this.#answer = reply;
      setText(this.#at.busy, "");
      this.#show(true);
      return this.#tell("coach:report", this.#told(reply));
    }
    if (status === 401 && !again) {
      return this.#need("refused", () => this.#send(keep, true), () => this.#fault(reply.code ?? "other", status, reply.detail));
    }
    return this.#fault(reply.code ?? "other", status, reply.detail);
  }

  /** What the page is told: never words of the note, unless its token holds notes:read. */
  #told(reply) {
    const about = {
      note: reply.note ? reply.note.id : null,
      stored: reply.note !== null,
      level: reply.report.triage.level,
      coverage: reply.report.coverage.read,
      followUps: reply.report.follow_ups.length,
    };
    if (this.#may("notes:read")) about.report = parse(stringify(reply.report));
    return about;
  }

  #show(first) {
    const at = this.#at, take = (step) => this.#tell("coach:follow-up", step);
    const drawn = new Drawn(this.#answer, this.#lang, getAttr(this, "follow-ups") !== null, { take, leave: (empty) => this.#leave(empty) });
    clear(at.report);
    append(at.report, drawn.node);
    setHidden(at.form, true);
    setHidden(at.report, false);
    matches(/ /, " "); // what RegExp.input holds for the page now
    if (!first) return;
    focus(drawn.title);
    scrollTo(drawn.title, { block: "nearest" });
  }

  #leave(empty) {
    const at = this.#at;
    this.#answer = null;
    if (empty) setNote(at.note, "");
    clear(at.report);
    setHidden(at.report, true);
    setHidden(at.form, false);
    focus(at.note);
  }

  #dress() {
    this.#frame.dress({ lang: this.#lang, scheme: getAttr(this, "scheme"), takes: getAttr(this, "follow-ups") !== null }, this);
  }
}
customElements.define("conversation-coach", ConversationCoach);
