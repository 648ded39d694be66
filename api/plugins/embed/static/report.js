// A report as nodes, in the order of the mentor's page: help first where it is needed, then what may be unspoken, how the
// relationship stands, what to do, what could not be told. Words of ours are in the person's language, the library's are English.
class Drawn {
  title; // the heading that takes the focus
  node;
  #lang;
  #takes;
  #on;

  /** `takes`: steps have a button that hands them to the page. `on.take(step)` and `on.leave(empty)` are called for buttons. */
  constructor(answer, lang, takes, on) {
    this.#lang = lang;
    this.#takes = takes;
    this.#on = on;
    this.node = attrs(this.#draw(answer), { lang });
  }

  #word(table, code) {
    return WORDS[this.#lang][table][code] ?? code;
  }

  #say(code) {
    return this.#word("say", code);
  }

  #english(tag, kind, text) {
    const node = box(tag, kind, text);
    if (this.#lang !== "en") setAttr(node, "lang", "en");
    return node;
  }

  #card(title, kind) {
    const card = box("section", `card ${kind ?? ""}`), id = `h-${title}`, head = box("h3", "", this.#say(title));
    setAttr(head, "id", id);
    setAttr(card, "aria-labelledby", id);
    return add(card, head);
  }

  #fold(title, ...nodes) {
    const fold = add(box("details"), box("summary", "", title));
    for (let i = 0; i < nodes.length; i++) if (nodes[i]) append(fold, nodes[i]);
    return fold;
  }

  #list(rows, make, kind) {
    const list = box(kind === "steps" ? "ol" : "ul", kind);
    for (let i = 0; i < rows.length; i++) append(list, make(rows[i]));
    return list;
  }

  #link(address, text, kind) {
    const link = box("a", kind, text);
    setAttr(link, "href", address);
    if (matches(/^https?:/, address)) {
      setAttr(link, "target", "_blank");
      setAttr(link, "rel", "noopener noreferrer");
      append(link, box("span", "hide", ` ${this.#say("new_tab")}`));
    }
    return link;
  }

  #draw(answer) {
    const { report, told, missing, note } = answer, level = report.triage.level;
    const calm = level === "none" || level === "watch", grave = level === "urgent" || level === "emergency";
    return add(box("div"), this.#head(report, told, missing, level),
      !calm && report.resources.length ? this.#help(report, grave ? "help_now" : "help") : null,
      report.corrections?.length ? this.#changed(report) : null,
      report.expectations.length ? this.#unspoken(report) : null,
      this.#relation(report),
      report.follow_ups.length ? this.#steps(report, note) : null,
      report.uncertain.length ? this.#unsure(report) : null,
      calm && report.resources.length ? this.#later(report) : null,
      this.#after(note));
  }

  #head(report, told, missing, level) {
    const head = box("section", `level ${level}`), title = this.title = box("h2", "", this.#word("level", level));
    attrs(title, { id: "level", tabindex: "-1" });
    setAttr(head, "aria-labelledby", "level");
    add(head, title, box("p", "", this.#word("to_do", level)));
    if (report.coverage.read !== "full") {
      add(head, add(box("p", "partly"), box("strong", "", `${this.#say("partly")} `), this.#english("span", "", report.coverage.reason)));
    }
    const second = report.language_model;
    if (second?.sent_to) append(head, box("p", "", `${this.#say("sent")} ${second.sent_to}.`));
    if (second?.fault) append(head, add(box("p"), this.#english("span", "", `${second.fault} `), box("span", "", this.#say("without"))));
    if (report.triage.reasons.length) append(head, this.#list(report.triage.reasons, (reason) => this.#english("li", "", reason)));
    const lines = [told.line, told.remind, missing];
    for (let i = 0; i < lines.length; i++) if (lines[i]) append(head, this.#english("p", "told", lines[i]));
    return head;
  }

  #help(report, title) {
    const card = add(this.#card(title, "help"), this.#list(report.resources, (one) => this.#line(one), "plain"));
    if (report.handoff?.length) {
      append(card, this.#fold(this.#say("handing"), this.#list(report.handoff, (one) => this.#english("li", "", one.text))));
    }
    return card;
  }

  #line(one) {
    const ways = box("p", "ways"), dialled = (number) => swap(swap(number, /[^0-9+]/g, ""), /(?!^)\+/g, "");
    if (one.call) append(ways, this.#link(`tel:${dialled(one.call)}`, `${this.#say("call")} ${one.call}`, "button call"));
    if (one.text) {
      const number = dialled(one.text), plain = number && number.length < 13 && matches(/^[+0-9]/, one.text);
      append(ways, plain ? this.#link(`sms:${number}`, `${this.#say("text")} ${one.text}`, "button") : box("span", "", `${this.#say("text")}: ${one.text}`));
    }
    const web = one.chat || one.url;
    if (web && matches(/^https:\/\//, web)) append(ways, this.#link(web, this.#say(one.chat ? "chat" : "web")));
    const item = add(box("li", "line"), box("strong", "", one.name), ways);
    const more = [one.hours, one.why, one.caveat];
    for (let i = 0; i < more.length; i++) if (more[i]) append(item, this.#english("p", "small", more[i]));
    return item;
  }

  #changed(report) {
    const card = this.#card("changed");
    for (let i = 0; i < report.corrections.length; i++) append(card, this.#english("p", "", report.corrections[i].message));
    return card;
  }

  #quotes(report, numbers) {
    if (!numbers?.length) return null;
    return this.#list(numbers, (i) => box("li", "quote", `“${report.signals[i].quote}”`), "plain");
  }

  #unspoken(report) {
    const card = this.#card("unspoken");
    for (let i = 0; i < report.expectations.length; i++) {
      const one = report.expectations[i], quotes = this.#quotes(report, one.signals);
      add(card, add(box("div", "item"),
        add(box("p"), box("strong", "", `${this.#word("holder", one.holder)}: `), this.#english("span", "", one.statement)),
        this.#english("p", "ask", `“${one.ask}”`),
        quotes && this.#fold(this.#say("seen_in"), quotes)));
    }
    return card;
  }

  #relation(report) {
    const card = add(this.#card("relation"), box("p", "", `${this.#say("stage")}: ${this.#word("stage", report.stage.name)}`));
    const list = box("ul", "plain");
    let any = false;
    for (let i = 0; i < report.signals.length; i++) {
      const one = report.signals[i];
      if (one.assertion !== "present" || WORDS.en.label[one.label] === undefined) continue;
      any = true;
      add(list, add(box("li"), box("span", "", this.#word("label", one.label)), box("p", "small", `“${one.quote}”`)));
    }
    return any ? add(card, list) : card;
  }

  #steps(report, note) {
    const hint = this.#takes ? box("p", "hint", this.#say("handed")) : null;
    return add(this.#card("next"), hint, this.#list(report.follow_ups, (one) => {
      const item = add(box("li"), add(box("p"), box("span", "kind", `${this.#word("kind", one.kind)} · `), this.#english("span", "", one.text)));
      if (this.#takes) append(item, this.#take(one, note));
      return add(item, this.#fold(this.#say("why"), this.#english("p", "", one.why), this.#cards(report, one.guidance)));
    }, "steps"));
  }

  /** The one button that hands words to the page: the step's, when the person presses it. */
  #take(one, note) {
    const button = box("button", "quiet", this.#say("take"));
    attrs(button, { type: "button", "aria-pressed": one.taken ? "true" : "false" });
    if (one.taken) setText(button, this.#say("taken"));
    on(button, "click", () => {
      if (one.taken) return;
      one.taken = true;
      setAttr(button, "aria-pressed", "true");
      setText(button, this.#say("taken"));
      this.#on.take({ kind: one.kind, text: one.text, guidance: parse(stringify(one.guidance)), note: note ? note.id : null });
    });
    return add(box("p"), button);
  }

  #cards(report, ids) {
    const list = box("ul", "plain");
    for (let i = 0; i < ids.length; i++) {
      for (let n = 0; n < report.guidance.length; n++) {
        const card = report.guidance[n];
        if (card.id !== ids[i]) continue;
        if (card.own) { // a passage of the program's own handbook: it has no page, and its language is its own
          add(list, add(box("li"), box("p", "", card.excerpt), add(box("p", "small"), box("strong", "", card.title), this.#english("span", "", ` · ${card.source}`))));
          continue;
        }
        const link = this.#link(`${SERVICE}/guidance/${encodeURIComponent(card.id)}`, card.title);
        add(list, add(box("li"), this.#english("p", "", card.excerpt), add(box("p", "small"), link, box("span", "", ` · ${card.source}`))));
      }
    }
    return list;
  }

  #unsure(report) {
    return add(this.#card("unsure"), this.#list(report.uncertain, (one) => add(box("li"),
      this.#english("span", "", one.question), box("p", "small", `“${report.signals[one.signal].quote}”`)), "plain"));
  }

  #later(report) {
    return add(this.#card("help_later"), this.#fold(this.#say("show"), this.#list(report.resources, (one) => this.#line(one), "plain")));
  }

  #after(note) {
    const back = box("button", "quiet", this.#say("back")), another = box("button", "", this.#say("another"));
    setAttr(back, "type", "button");
    setAttr(another, "type", "button");
    on(back, "click", () => this.#on.leave(false));
    on(another, "click", () => this.#on.leave(true));
    const row = add(box("p", "row"), another, note ? null : back);
    return add(box("div", "after"), row, note ? null : box("p", "hint", this.#say("gone")));
  }
}
