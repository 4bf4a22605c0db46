// Search by keyboard: / or Ctrl+K opens it, arrows choose, Enter goes there. The server sends what is found.

const palette = document.getElementById("palette");
const typed = palette?.querySelector("input");

function isTyping(target) {
  return target.closest?.("input, select, textarea, [contenteditable]");
}

function open() {
  palette.showModal();
  typed.select();
  typed.dispatchEvent(new Event("opened"));
}

function choose(step) {
  const options = [...palette.querySelectorAll('[role="option"]')];
  const now = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
  const next = options.length ? options[(now + step + options.length) % options.length] : null;
  options.forEach((option) => option.setAttribute("aria-selected", String(option === next)));
  if (!next) return typed.removeAttribute("aria-activedescendant");
  typed.setAttribute("aria-activedescendant", next.id);
  next.scrollIntoView({ block: "nearest" });
}

function onKey(event) {
  const asked = (event.key === "k" && (event.ctrlKey || event.metaKey)) || (event.key === "/" && !isTyping(event.target));
  if (asked && !document.querySelector("dialog[open]")) {
    event.preventDefault();
    open();
  }
}

function onTyped(event) {
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    choose(event.key === "ArrowDown" ? 1 : -1);
  } else if (event.key === "Enter") {
    event.preventDefault();
    palette.querySelector('[aria-selected="true"]')?.click();
  }
}

if (palette) {
  document.addEventListener("keydown", onKey);
  document.querySelectorAll("[data-palette]").forEach((button) => button.addEventListener("click", open));
  typed.addEventListener("keydown", onTyped);
  palette.addEventListener("htmx:afterSwap", () => choose(1));
}
