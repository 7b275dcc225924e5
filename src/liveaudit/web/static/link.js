// A one-time link carries its code behind the #: it is taken from there, and out of the address and the history.
const code = decodeURIComponent(location.hash.slice(1));
if (code) {
  history.replaceState(null, "", location.pathname);
  document.getElementById("code").value = code;
  document.getElementById("link").requestSubmit();
}
