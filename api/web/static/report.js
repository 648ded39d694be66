// A report: its draft is done with; opening what a mark points at, taking the words that are selected.
if (document.querySelector(".report")) sessionStorage.removeItem("coach-draft");

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
