// Copying and printing. Their buttons are not there where scripts do not run (style.css), nor where the browser cannot copy.
for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    const words = document.getElementById(button.dataset.copy).textContent.trim().replace(/^(“|«\s*)|(”|\s*»)$/g, "");
    await navigator.clipboard.writeText(words);
    button.textContent = "✓ " + button.textContent.replace(/^✓ /, "");
  });
}
for (const button of document.querySelectorAll("[data-print]")) button.addEventListener("click", () => print());
