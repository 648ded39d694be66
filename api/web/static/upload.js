// A document on its way: how much of it has been sent, then that it is being read. Without this the form works as it is.
const form = document.querySelector("[data-upload]");
const part = (name) => form.querySelector(`[data-${name}]`);
let busy = false;

const stop = (words) => {
  busy = false;
  part("progress").hidden = true;
  part("fault").textContent = words;
  part("fault").hidden = false;
  form.querySelector("input[type=file]").focus();
};

const said = (request) => {
  if (request.getResponseHeader("Content-Type")?.includes("json")) return JSON.parse(request.responseText).detail;
  return new DOMParser().parseFromString(request.responseText, "text/html").querySelector(".fault:not([hidden])")?.textContent;
};

form?.addEventListener("submit", (event) => {
  event.preventDefault();
  if (busy) return;
  const { sending, reading, lost, large, upload } = form.dataset;
  if (form.querySelector("input[type=file]").files[0].size > upload * 1_000_000) return stop(large);
  busy = true;
  const bar = form.querySelector("progress"), request = new XMLHttpRequest();
  const arrived = () => { bar.removeAttribute("value"); part("says").textContent = reading; };
  bar.value = 0;
  part("fault").hidden = true;
  part("progress").hidden = false;
  part("says").textContent = sending;
  request.upload.addEventListener("progress", (now) => { if (now.lengthComputable) bar.value = now.loaded / now.total; });
  request.upload.addEventListener("load", arrived);
  request.addEventListener("error", () => stop(lost));
  request.addEventListener("load", () => {
    if (request.status < 400) location.assign(`${request.responseURL}#handbook`);
    else stop(said(request) ?? lost);
  });
  request.open("POST", form.action);
  request.setRequestHeader("Accept", "text/html");
  request.send(new FormData(form));
});
