// Search by keyboard: / or Ctrl+K opens it, arrows choose, Enter goes there. The server sends what is found.

const palette = document.getElementById("palette");

function isTyping(target) {
  return target.closest?.("input, select, textarea, [contenteditable]");
}

function choose(step) {
  const links = [...palette.querySelectorAll(".found a")];
  if (!links.length) return;
  const now = links.findIndex((link) => link.getAttribute("aria-selected") === "true");
  const next = links[(now + step + links.length) % links.length];
  links.forEach((link) => link.setAttribute("aria-selected", String(link === next)));
  palette.querySelector("input").setAttribute("aria-activedescendant", next.id);
  next.scrollIntoView({ block: "nearest" });
}

function onKey(event) {
  const asked = (event.key === "k" && (event.ctrlKey || event.metaKey)) || (event.key === "/" && !isTyping(event.target));
  if (asked && !document.querySelector("dialog[open]")) {
    event.preventDefault();
    palette.showModal();
    return;
  }
  if (!palette.open) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    choose(event.key === "ArrowDown" ? 1 : -1);
  } else if (event.key === "Enter" && event.target.matches("input")) {
    event.preventDefault();
    palette.querySelector('.found a[aria-selected="true"]')?.click();
  }
}

if (palette) {
  document.addEventListener("keydown", onKey);
  palette.addEventListener("htmx:afterSwap", () => choose(1));
}
