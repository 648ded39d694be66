// The frame's page: the component, and messages with the page around it. That page alone is heard and spoken to.
(() => {
  "use strict";
  const page = document.documentElement.dataset.parent;
  const coach = document.createElement("conversation-coach");
  const tell = (message) => parent.postMessage({ coach: message }, page);
  let give = null;

  coach.addEventListener("coach:token-needed", (event) => {
    event.detail.give(new Promise((resolve) => { give = resolve; }));
    tell({ kind: "token-needed", reason: event.detail.reason });
  });
  for (const name of ["coach:report", "coach:follow-up", "coach:error"]) {
    coach.addEventListener(name, (event) => tell({ kind: "event", name, detail: event.detail }));
  }

  const dress = ({ lang, scheme, takes, theme }) => {
    document.documentElement.lang = lang;
    coach.setAttribute("lang", lang);
    if (scheme) coach.setAttribute("scheme", scheme);
    else coach.removeAttribute("scheme");
    document.documentElement.style.colorScheme = scheme || "light dark";
    coach.toggleAttribute("follow-ups", Boolean(takes));
    for (const [name, value] of Object.entries(theme)) {
      if (name.startsWith("--coach-")) document.documentElement.style.setProperty(name, value);
    }
    if (!coach.isConnected) document.body.append(coach);
  };

  addEventListener("message", (event) => {
    if (event.source !== parent || event.origin !== page) return;
    const { kind, ...given } = event.data?.coach ?? {};
    if (kind === "dress") dress(given);
    if (kind === "token" && give) give(given.token);
  });

  const sheet = new CSSStyleSheet();
  sheet.replaceSync("html, body { margin: 0; background: transparent; overflow: hidden } conversation-coach { display: block }");
  document.adoptedStyleSheets = [sheet];
  new ResizeObserver(() => tell({ kind: "height", value: Math.ceil(document.body.getBoundingClientRect().height) })).observe(document.body);
  tell({ kind: "ready" });
})();
