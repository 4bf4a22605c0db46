// The grid of quotas by keyboard, as in a spreadsheet; without this it is a form that is saved as a whole.

let last = null;

const fields = (row) => [...row.querySelectorAll("input[data-was]")];
const rowsOf = (field) => [...field.closest("tbody").rows].filter((row) => row.querySelector("input[data-was]"));

function go(field, down, right) {
  const rows = rowsOf(field), row = field.closest("tr");
  const aim = fields(rows[rows.indexOf(row) + down] ?? row)[field.closest("td").cellIndex - 1 + right];
  if (aim) aim.focus();
  return Boolean(aim) && aim !== field;
}

// Left and right leave a cell only from its ends, or while all of it is selected.
function isAtEnd(field, right) {
  const all = field.selectionStart === 0 && field.selectionEnd === field.value.length;
  return all || (right > 0 ? field.selectionStart === field.value.length : field.selectionEnd === 0);
}

function note(field) {
  field.classList.toggle("is-changed", field.value.trim() !== field.dataset.was);
  const form = field.form, told = form.querySelector("[data-count]");
  const count = form.querySelectorAll("input.is-changed").length;
  told.textContent = count === 0 ? "" : count === 1 ? told.dataset.one : told.dataset.many.replace("{n}", count);
}

function onKey(event) {
  const field = event.target;
  if (!field.matches?.("[data-grid] input[data-was]")) return;
  if (event.altKey && event.code === "KeyH") { event.preventDefault(); return showHistory(field.dataset.history); }
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const ways = { ArrowUp: [-1, 0], ArrowDown: [1, 0], Enter: [event.shiftKey ? -1 : 1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  const way = ways[event.key];
  if (event.key === "Escape") { field.value = field.dataset.was; note(field); field.select(); }
  else if (way && (way[1] === 0 || (!event.shiftKey && isAtEnd(field, way[1])))) { event.preventDefault(); go(field, ...way); }
}

// A block from a spreadsheet fills the cells from here to the right and down.
function onPaste(event) {
  const field = event.target;
  if (!field.matches?.("[data-grid] input[data-was]")) return;
  const lines = event.clipboardData.getData("text").replace(/\r/g, "").replace(/\n$/, "").split("\n").map((line) => line.split("\t"));
  if (lines.length === 1 && lines[0].length === 1) return;
  event.preventDefault();
  const rows = rowsOf(field), first = rows.indexOf(field.closest("tr")), left = field.closest("td").cellIndex - 1;
  lines.forEach((line, down) => line.forEach((text, right) => {
    const cell = rows[first + down] && rows[first + down].cells[left + right + 1]?.querySelector("input[data-was]");
    if (cell) { cell.value = text.trim(); note(cell); }
  }));
}

async function showHistory(address) {
  const dialog = document.getElementById("cell-history");
  const answer = await fetch(address, { headers: { "HX-Request": "true" } });
  if (!answer.ok) return location.assign(address);
  dialog.querySelector("[data-versions]").innerHTML = await answer.text();
  dialog.showModal();
}

function onClick(event) {
  const cell = event.target.closest("a[data-cell]");
  if (cell && !event.ctrlKey && !event.metaKey) { event.preventDefault(); showHistory(cell.href); }
  if (event.target.closest("[data-history-of]") && last) showHistory(last.dataset.history);
}

function onFocus(event) {
  const field = event.target;
  if (!field.matches?.("[data-grid] input[data-was]")) return;
  last = field;
  field.select();
  field.form.querySelector("[data-history-of]").hidden = false;
}

// What was typed is not lost by leaving; saving leaves with it.
let isSaving = false;
function warn(event) {
  if (!isSaving && document.querySelector("[data-grid] input.is-changed")) event.preventDefault();
}

document.addEventListener("keydown", onKey);
document.addEventListener("paste", onPaste);
document.addEventListener("click", onClick);
document.addEventListener("focusin", onFocus);
document.addEventListener("input", (event) => event.target.matches?.("[data-grid] input[data-was]") && note(event.target));
document.addEventListener("submit", (event) => { if (event.target.matches("[data-grid]")) isSaving = true; });
document.querySelectorAll("[data-grid] input.is-changed").forEach(note);
addEventListener("beforeunload", warn);
