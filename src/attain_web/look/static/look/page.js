// What every page does: the theme switch, dialogs, copying, toasts that go away, the drawer's opener.

const year = 60 * 60 * 24 * 365;

function switchTheme() {
  const root = document.documentElement;
  const dark = root.dataset.theme
    ? root.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  document.querySelector('meta[name="color-scheme"]').content = root.dataset.theme;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `theme=${root.dataset.theme}; Path=/; Max-Age=${year}; SameSite=Lax${secure}`;
}

async function copy(button) {
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copies).innerText.trim());
  button.querySelector("span").textContent = button.dataset.copied;
}

function onClick(event) {
  const pressed = event.target.closest("[data-theme-switch], [data-opens], [data-closes], [data-copies]");
  if (!pressed) return;
  if ("themeSwitch" in pressed.dataset) return switchTheme();
  if (pressed.dataset.copies) return copy(pressed);
  if (pressed.dataset.opens) return document.getElementById(pressed.dataset.opens)?.showModal();
  const closed = pressed.closest(pressed.dataset.closes);
  if (closed instanceof HTMLDialogElement) closed.close();
  else closed?.remove();
}

// Good news leaves by itself, unless somebody is reading it; what went wrong stays until it is closed.
function leaveInTime(toast) {
  if (toast.matches(".error, .warning")) return;
  setTimeout(function leave() {
    if (toast.matches(":hover, :focus-within")) setTimeout(leave, 2000);
    else toast.remove();
  }, 8000);
}

// A click beside a dialog closes it.
function onPress(event) {
  if (event.target instanceof HTMLDialogElement && event.target.open) {
    const box = event.target.getBoundingClientRect();
    const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
    if (!inside) event.target.close();
  }
}

// Fields left empty are no part of an address.
function leaveOutEmpty(event) {
  if (event.detail.verb !== "get") return;
  const given = event.detail.formData;
  for (const name of new Set(given.keys())) if (given.getAll(name).every((value) => value === "")) given.delete(name);
}

document.addEventListener("click", onClick);
document.addEventListener("htmx:configRequest", leaveOutEmpty);
document.addEventListener("mousedown", onPress);
document.querySelectorAll(".toast").forEach(leaveInTime);
if (navigator.clipboard) document.querySelectorAll("[data-copies]").forEach((button) => (button.hidden = false)); // not over plain http
const toasts = document.getElementById("toasts");
if (toasts) {
  new MutationObserver((changes) => {
    for (const change of changes) for (const made of change.addedNodes) if (made.matches?.(".toast")) leaveInTime(made);
  }).observe(toasts, { childList: true });
}
