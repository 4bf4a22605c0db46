// While a definition is written: a fault leads to its place in the text.

const text = document.querySelector("textarea#text");

function showWays() {
  if (text) for (const way of document.querySelectorAll("[data-line]")) way.hidden = false;
}

function goThere(event) {
  const way = event.target.closest("[data-line]");
  if (!way || !text) return;
  const lines = text.value.split("\n").slice(0, Number(way.dataset.line) - 1);
  const place = lines.reduce((sum, line) => sum + line.length + 1, 0) + Number(way.dataset.column) - 1;
  text.focus();
  text.setSelectionRange(place, place);
}

showWays();
document.addEventListener("htmx:afterSettle", showWays);
document.addEventListener("click", goThere);
