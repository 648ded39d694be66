// A draft survives a reload and a lost connection: in this tab's session storage alone. It goes when the note is kept or read
// (report.js), and at sign-out.
const KEY = "coach-draft";
const form = document.querySelector("[data-draft]");
const out = document.querySelector("[data-forget]");
out?.addEventListener("submit", () => sessionStorage.removeItem(KEY));
if (new URLSearchParams(location.search).has("out")) sessionStorage.removeItem(KEY);

if (form) {
  const box = form.querySelector("textarea");
  if (!box.value) box.value = sessionStorage.getItem(KEY) ?? "";
  const keep = () => sessionStorage.setItem(KEY, box.value);
  box.addEventListener("input", keep);
  form.addEventListener("submit", keep);

  const place = form.querySelector("[data-file]");
  const take = async (file) => {
    if (!file || file.size > 2_000_000) return;
    box.value = await file.text();
    keep();
    box.focus();
  };
  place.querySelector("input").addEventListener("change", (event) => take(event.target.files[0]));
  box.addEventListener("dragover", (event) => event.preventDefault());
  box.addEventListener("drop", (event) => {
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    take(event.dataTransfer.files[0]);
  });
}
