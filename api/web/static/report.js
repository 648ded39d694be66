// A report: its draft is done with; copying, printing, opening what a mark points at, taking the words that are selected.
if (document.querySelector(".report")) sessionStorage.removeItem("coach-draft");

for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) break;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const words = document.getElementById(button.dataset.copy).textContent.trim().replace(/^“|”$/g, "");
    await navigator.clipboard.writeText(words);
    button.textContent = "✓ " + button.textContent.replace(/^✓ /, "");
  });
}
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
const unfold = () => {
  const details = location.hash && document.getElementById(location.hash.slice(1))?.querySelector(":scope > details");
  if (details) details.open = true;
};
addEventListener("hashchange", unfold);
unfold();

const note = document.querySelector(".thenote .note");
const quote = document.querySelector("[data-quote]");
document.addEventListener("selectionchange", () => {
  const chosen = getSelection();
  if (quote && note && !chosen.isCollapsed && note.contains(chosen.anchorNode)) quote.value = chosen.toString().slice(0, 400).trim();
});
