// A one-time link holds its token behind the #, which never reaches a server's log; it is put into the form here.
const field = document.querySelector("input[name=token]");
const token = location.hash.slice(1);
if (field && token) {
  field.value = token;
  document.querySelector("[data-token]").hidden = true;
  history.replaceState(null, "", location.pathname);
}
