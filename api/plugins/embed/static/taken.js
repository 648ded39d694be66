// What the page may change later, as it is now. The parts are joined by files.py: SERVICE, WORDS and STYLE stand before this one.
const HOME = new URL(SERVICE).origin;
const PARENT = location.origin === HOME ? document.documentElement.dataset.parent : undefined;
const THEME = "paper card ink soft line accent on-accent mark font font-size radius".split(" ").map((name) => `--coach-${name}`);

// free(f)(self, ...) is self.f(...)
const { bind, call } = Function.prototype;
const free = bind.bind(call);
const part = (kind, name, way) => free(Object.getOwnPropertyDescriptor(kind.prototype, name)[way]);
const create = free(Document.prototype.createElement).bind(null, document);
const attach = free(Element.prototype.attachShadow);
const setAttr = free(Element.prototype.setAttribute), getAttr = free(Element.prototype.getAttribute);
const dropAttr = free(Element.prototype.removeAttribute), closest = free(Element.prototype.closest);
const append = free(Node.prototype.appendChild), clear = free(Element.prototype.replaceChildren);
const setText = part(Node, "textContent", "set"), setHidden = part(HTMLElement, "hidden", "set");
const noteOf = part(HTMLTextAreaElement, "value", "get"), setNote = part(HTMLTextAreaElement, "value", "set");
const chosen = part(HTMLSelectElement, "value", "get");
const focus = free(HTMLElement.prototype.focus), scrollTo = free(Element.prototype.scrollIntoView);
const on = free(EventTarget.prototype.addEventListener), fire = free(EventTarget.prototype.dispatchEvent);
const hold = free(Event.prototype.preventDefault);
const Custom = CustomEvent, Request = XMLHttpRequest, Later = setTimeout, Never = clearTimeout, When = Promise;
const open = free(Request.prototype.open), send = free(Request.prototype.send);
const statusOf = part(Request, "status", "get"), replyOf = part(Request, "responseText", "get");
const setLimit = part(Request, "timeout", "set");
const { parse, stringify } = JSON;
const { isArray } = Array, { keys, setPrototypeOf: over } = Object;
const matches = free(RegExp.prototype.exec), swap = free(String.prototype.replace), trim = free(String.prototype.trim);
const random = crypto.getRandomValues.bind(crypto), soon = performance.now.bind(performance), unbase = atob;
const adopt = part(ShadowRoot, "adoptedStyleSheets", "set");

/** JSON as values that inherit nothing, so that no getter of the page is asked for what is not there. */
const bare = (value) => {
  if (value === null || typeof value !== "object") return value;
  const names = keys(value);
  for (let i = 0; i < names.length; i++) bare(value[names[i]]);
  return isArray(value) ? value : over(value, null);
};
const parsed = (text) => {
  try { return bare(parse(text)); } catch { return null; }
};
const claimsOf = (token) => parsed(unbase(token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/")));
const fresh = () => {
  const bytes = new Uint8Array(16);
  random(bytes);
  let text = "";
  for (let i = 0; i < 16; i++) text += (bytes[i] < 16 ? "0" : "") + bytes[i].toString(16);
  return text;
};

const sheet = new CSSStyleSheet();
sheet.replaceSync(STYLE);

const box = (tag, kind, text) => {
  const node = create(tag);
  if (kind) setAttr(node, "class", kind);
  if (text !== undefined && text !== null) setText(node, text);
  return node;
};
const attrs = (node, given) => {
  const names = keys(given);
  for (let i = 0; i < names.length; i++) setAttr(node, names[i], given[names[i]]);
  return node;
};
const add = (parent, ...nodes) => {
  for (let i = 0; i < nodes.length; i++) if (nodes[i]) append(parent, nodes[i]);
  return parent;
};
