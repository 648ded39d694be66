// The desk by keyboard (j, k), news by server-sent events without moving what one reads; on a flag, c takes it.
const links = [...document.querySelectorAll("[data-flag]")];
const step = (by) => {
  const at = links.indexOf(document.activeElement);
  links[Math.min(Math.max(at + by, 0), links.length - 1)]?.focus();
};
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, textarea, select")) return;
  if (event.key === "j") step(1);
  else if (event.key === "k") step(-1);
  else document.querySelector(`[data-key="${CSS.escape(event.key)}"]`)?.click();
});

const desk = document.querySelector("[data-desk]");
if (desk) {
  const news = desk.querySelector("[data-news]");
  news.querySelector("a").href = location.href;
  const source = new EventSource("/flags/events");
  source.onmessage = (event) => { news.hidden = event.data === desk.dataset.desk; };
  addEventListener("pagehide", () => source.close());
}
