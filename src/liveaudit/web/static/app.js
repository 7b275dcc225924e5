// What every page does: the theme, fresh times, the live stream's state, the token that changes need, copying.
import { drawAll } from "./charts.js";

const root = document.documentElement;

function toggleTheme() {
  const next = root.getAttribute("data-bs-theme") === "dark" ? "light" : "dark";
  localStorage.setItem("theme", next);
  root.setAttribute("data-bs-theme", next);
  drawAll();
}

function ago(seconds) {
  for (const [unit, size] of [["d", 86400], ["h", 3600], ["m", 60]]) {
    if (seconds >= size) return `${Math.round(seconds / size)}${unit} ago`;
  }
  return `${Math.max(0, Math.round(seconds))}s ago`;
}

function freshen() {
  const now = Date.now() / 1000;
  for (const each of document.querySelectorAll("time[data-seconds]:not([data-fixed])")) {
    each.textContent = ago(now - Number(each.dataset.seconds));
  }
}

const TOLD = { live: "live", waiting: "connecting", lost: "connection lost, trying again" };

function tellState(state) {
  const live = document.getElementById("live");
  if (!live) return;
  live.dataset.state = state;
  live.querySelector(".live-text").textContent = TOLD[state];
}

export function notice(text, kind = "info") {
  const made = document.createElement("div");
  made.className = `notice notice-${kind}`;
  made.textContent = text;
  document.getElementById("notices").append(made);
  setTimeout(() => made.remove(), 6000);
}

async function copy(button) {
  const from = document.getElementById(button.dataset.copy);
  if (!from) return;
  await navigator.clipboard.writeText(from.value ?? from.textContent);
  notice("Copied");
}

document.addEventListener("click", (event) => {
  if (event.target.closest("#theme")) toggleTheme();
  const button = event.target.closest("[data-copy]");
  if (button) copy(button);
});

// htmx sends the token with whatever changes something
document.addEventListener("htmx:config:request", (event) => {
  const token = document.querySelector('meta[name="csrf"]')?.content;
  if (token) event.detail.ctx.request.headers["X-CSRF-Token"] = token;
});
// a list in which somebody chooses, writes or goes by keyboard stays as it is
document.addEventListener("htmx:before:request", (event) => {
  const list = event.target.closest?.("#list");
  if (list?.querySelector("input:checked") || list?.contains(document.activeElement)) event.preventDefault();
});
document.addEventListener("htmx:sse:after:connection", () => tellState("live"));
document.addEventListener("htmx:sse:error", () => tellState("lost"));
document.addEventListener("htmx:sse:close", () => tellState("lost"));
document.addEventListener("htmx:after:swap", () => { freshen(); drawAll(); });

setInterval(freshen, 15000);
drawAll();
