// The attribute `frame`: the same component in a page of the service, which the page around it cannot look into. Messages go to and
// come from the service's origin alone; only tokens, looks, heights and events are in them.
class Framed {
  #frame = create("iframe");
  #tell;

  /** `tell(name, detail)` fires an event at the element, `ready()` is called when the frame can be dressed. */
  constructor(root, title, tell, ready) {
    this.#tell = tell;
    const src = `${SERVICE}/embed/frame?origin=${encodeURIComponent(location.origin)}`;
    attrs(this.#frame, { src, title, referrerpolicy: "no-referrer" });
    let opened = false;
    on(window, "message", (event) => {
      if (event.source !== this.#frame.contentWindow || event.origin !== HOME) return;
      const { kind, ...given } = event.data?.coach ?? {};
      if (kind === "ready") {
        opened = true;
        ready();
      } else this.#heard(kind, given);
    });
    Later(() => { if (!opened) tell("coach:error", { code: "frame", status: 0, detail: "The frame did not open." }); }, 15_000);
    append(root, this.#frame);
  }

  #heard(kind, given) {
    if (kind === "height") this.#frame.style.height = `${Number(given.value)}px`;
    if (kind === "event" && ["coach:report", "coach:follow-up", "coach:error"].includes(given.name)) this.#tell(given.name, given.detail);
    if (kind !== "token-needed") return;
    const pass = (token) => this.#post({ kind: "token", token });
    this.#tell("coach:token-needed", { reason: given.reason, give: (token) => When.resolve(token).then(pass, () => pass(null)) });
  }

  #post(message) {
    this.#frame.contentWindow?.postMessage({ coach: message }, HOME);
  }

  /** Language, scheme and colours, as the element has them. */
  dress(looks, element) {
    const style = getComputedStyle(element), theme = {};
    for (const name of THEME) if (style.getPropertyValue(name)) theme[name] = style.getPropertyValue(name).trim();
    this.#post({ kind: "dress", ...looks, theme });
  }
}
