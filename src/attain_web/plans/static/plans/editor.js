// The editor of plans: line numbers with marks, colours, and completion, laid around the text area that does the writing.
// Without this script the same form works: its buttons check and save.

const area = document.getElementById("text");
const sheet = area?.closest(".sheet");
const form = area?.form;
const checks = document.getElementById("checks");
if (sheet && form && checks) begin();

function begin() {
  const painted = made("pre", "painted", { "aria-hidden": "true" });
  const gutter = made("div", "gutter", { "aria-hidden": "true" });
  const list = made("ul", "completes", { id: "completes", role: "listbox", "aria-label": form.dataset.listed || "Words" });
  list.hidden = true;
  sheet.prepend(painted);
  sheet.append(gutter, list);
  sheet.classList.add("is-live");
  area.setAttribute("aria-autocomplete", "list");
  area.setAttribute("aria-controls", "completes");
  form.querySelectorAll(".scriptless").forEach((one) => (one.hidden = true));
  document.querySelectorAll('.scriptless[form="writing"]').forEach((one) => (one.hidden = true));

  const saved = area.value;
  let leaving = false;
  const draw = () => {
    painted.innerHTML = painted_(area.value);
    mark(gutter);
    follow();
  };
  const follow = () => {
    painted.scrollTop = gutter.scrollTop = area.scrollTop;
    painted.scrollLeft = area.scrollLeft;
  };
  const words = completion(list, draw);
  area.addEventListener("input", () => { draw(); words.suggest(false); });
  area.addEventListener("scroll", () => { follow(); words.close(); });
  area.addEventListener("blur", () => setTimeout(words.close, 150));
  area.addEventListener("click", words.close);
  area.addEventListener("keydown", (event) => words.onKey(event) || onKey(event, draw));
  checks.addEventListener("htmx:afterSwap", () => mark(gutter));
  document.addEventListener("click", (event) => jump(event));
  form.addEventListener("submit", () => (leaving = true));
  addEventListener("beforeunload", (event) => { if (!leaving && area.value !== saved) event.preventDefault(); });
  new ResizeObserver(follow).observe(area);
  draw();
}

function made(tag, name, attributes) {
  const one = document.createElement(tag);
  one.className = name;
  for (const [key, value] of Object.entries(attributes)) one.setAttribute(key, value);
  return one;
}

// Colours: notes, keys, numbers, texts in quotes. Everything is escaped first.
function painted_(text) {
  const escaped = text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  const token = /(^|[\s])(#.*$)|('[^'\n]*'|"[^"\n]*")|([A-Za-z_][\w ]*)(?=:(?:\s|$))|(?<![\w.])(-?\d[\d_.,-]*(?:\s?%)?)(?![\w])/gm;
  return escaped.replace(token, (whole, before, note, quoted, key, number) => {
    if (note) return `${before}<span class="c">${note}</span>`;
    if (quoted) return `<span class="s">${quoted}</span>`;
    if (key) return `<span class="k">${key}</span>`;
    return `<span class="n">${number}</span>`;
  }) + "\n";
}

function mark(gutter) {
  const worst = new Map();
  for (const fault of checks.querySelectorAll("[data-line]")) {
    const line = Number(fault.dataset.line);
    if (line && worst.get(line) !== "error") worst.set(line, fault.className);
  }
  const count = area.value.split("\n").length;
  gutter.replaceChildren(...Array.from({ length: count }, (_, at) => {
    const one = document.createElement("span");
    one.textContent = at + 1;
    if (worst.has(at + 1)) one.className = worst.get(at + 1);
    return one;
  }));
  gutter.scrollTop = area.scrollTop;
}

function jump(event) {
  const fault = event.target.closest?.(".faults .at")?.closest("[data-line]");
  if (!fault) return;
  event.preventDefault();
  const lines = area.value.split("\n");
  const line = Math.min(Number(fault.dataset.line), lines.length);
  const start = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
  const column = Math.min(Number(fault.dataset.column) - 1, lines[line - 1].length);
  const word = /^[^\s,:{}[\]]*/.exec(lines[line - 1].slice(column))[0].length;
  area.focus();
  area.setSelectionRange(start + column, start + column + word);
  area.scrollTop = Math.max(0, (line - 8) * lineHeight());
}

function lineHeight() {
  return parseFloat(getComputedStyle(area).lineHeight);
}

// Ctrl S saves; a new line begins where the one before did, and deeper behind a colon.
function onKey(event, draw) {
  if ((event.ctrlKey || event.metaKey) && event.key === "s") {
    event.preventDefault();
    document.querySelector('[form="writing"][value="save"]').click();
  } else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey && !event.isComposing) {
    event.preventDefault();
    const line = area.value.slice(0, area.selectionStart).split("\n").pop();
    const deeper = /:\s*(#.*)?$/.test(line) ? "  " : "";
    write("\n" + /^\s*/.exec(line)[0] + deeper);
    draw();
  }
}

// As if it were typed, so that it can be undone.
function write(text) {
  area.focus();
  if (!document.execCommand("insertText", false, text)) {
    area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

// Completion: which words fit is told by the key on the line, or by the part of the plan that the line is in.
function completion(list, draw) {
  let known = null, fitting = [], chosen = 0, typed = "";
  const close = () => {
    list.hidden = true;
    area.removeAttribute("aria-activedescendant");
  };
  const load = async () => (known ??= fetch(form.dataset.words, { headers: { Accept: "application/json" } })
    .then((answer) => (answer.ok ? answer.json() : {})).catch(() => ({})));

  async function suggest(asked) {
    const all = await load();
    const before = area.value.slice(0, area.selectionStart);
    const place = placeOf(before);
    typed = place.typed;
    const words = place.kinds.flatMap((kind) => all[kind] || []);
    const low = typed.toLowerCase();
    fitting = words.filter((one) => one.word.toLowerCase().includes(low) && one.word !== typed)
      .sort((one, other) => other.word.toLowerCase().startsWith(low) - one.word.toLowerCase().startsWith(low)).slice(0, 40);
    if (!fitting.length || (!asked && !typed)) return close();
    show(before);
  }

  function show(before) {
    chosen = 0;
    list.replaceChildren(...fitting.map((one, at) => {
      const item = made("li", "", { role: "option", id: `word-${at}`, "aria-selected": String(at === 0) });
      const word = document.createElement("b"), told = document.createElement("span");
      word.textContent = one.word;
      told.textContent = one.told;
      item.append(word, told);
      item.addEventListener("mousedown", (event) => { event.preventDefault(); take(at); });
      return item;
    }));
    list.hidden = false;
    const lines = before.split("\n"), style = getComputedStyle(area);
    const wide = widthOf(lines.at(-1).slice(0, lines.at(-1).length - typed.length), style);
    const left = parseFloat(style.paddingLeft) + wide - area.scrollLeft;
    const top = parseFloat(style.paddingTop) + lines.length * lineHeight() - area.scrollTop;
    const room = sheet.clientHeight - top;
    list.style.left = `${Math.max(8, Math.min(left, sheet.clientWidth - list.offsetWidth - 8))}px`;
    list.style.top = `${room < list.offsetHeight ? Math.max(4, top - lineHeight() - list.offsetHeight) : top}px`;
    choose(0);
  }

  function choose(at) {
    chosen = (at + fitting.length) % fitting.length;
    [...list.children].forEach((one, place) => one.setAttribute("aria-selected", String(place === chosen)));
    list.children[chosen].scrollIntoView({ block: "nearest" });
    area.setAttribute("aria-activedescendant", `word-${chosen}`);
  }

  function take(at) {
    const { word } = fitting[at];
    area.setSelectionRange(area.selectionStart - typed.length, area.selectionStart);
    close();
    write(word.endsWith(":") ? `${word} ` : word);
    close();
    draw();
  }

  function onKey(event) {
    if (event.ctrlKey && event.code === "Space") {
      event.preventDefault();
      suggest(true);
      return true;
    }
    if (list.hidden || event.isComposing) return false;
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 };
    if (event.key in steps) choose(chosen + steps[event.key]);
    else if (event.key === "Enter" || event.key === "Tab") take(chosen);
    else if (event.key === "Escape") close();
    else return false;
    event.preventDefault();
    return true;
  }
  return { suggest, close, onKey };
}

function widthOf(text, style) {
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  return pen.measureText(text.replace(/\t/g, "  ")).width;
}

function placeOf(before) {
  const lines = before.split("\n"), line = lines.at(-1);
  if (/(^|\s)#/.test(line)) return { kinds: [], typed: "" };
  const value = /(?:^|[\s{,-])([a-z_]+):\s*(?:\[[^\]]*?)?['"]?([^,{}'":]*)$/.exec(line);
  if (value) {
    const word = /[A-Za-z_][\w]*$/.exec(value[2])?.[0] ?? "";
    const whole = value[2].trimStart();
    const names = { measure: ["measure"], ratio: ["measure"], difference: ["measure"], rollup: ["measure"],
      given: ["measure"], pays: ["pays"], every: ["every"], quota: ["quota"], boundary: ["boundary"],
      processing: ["processing"], participants: ["participants", "column"], sum: ["column"], where: ["column"],
      average: ["column"], count_distinct: ["column"], date: ["column"], credited: ["column"], rate: ["column"],
      amount: ["column"], target: ["column"], beyond: ["beyond"] };
    return { kinds: names[value[1]] || [], typed: value[1] === "quota" ? whole : word };
  }
  const typed = /[A-Za-z_]*$/.exec(line)[0];
  const inside = /[{,]\s*[a-z_]*$/.test(line);
  const depth = /^\s*/.exec(line)[0].length;
  if (!depth && !inside && !/^-/.test(line)) return { kinds: ["key"], typed };
  const parts = [];
  let least = inside ? depth + 1 : depth;
  for (const one of lines.slice(0, inside ? undefined : -1).reverse()) {
    const found = /^(\s*)(?:- )?([a-z_]+):/.exec(one);
    if (found && (found[1].length < least || (inside && !parts.length)) && !/^\s*#/.test(one)) {
      parts.push(found[2]);
      least = found[1].length;
      if (!least) break;
    }
  }
  const known = ["components", "tiers", "steps", "points", "measures", "credits", "gate", "multiplier", "by", "pool",
    "payment", "clawbacks", "holds", "maximums", "holdbacks", "draws", "recovery", "minimum", "proration", "ramp",
    "examples", "attainment"];
  if (inside && /given:\s*\{[^}]*$/.test(line)) return { kinds: ["measure"], typed };
  const part = parts.find((one) => known.includes(one));
  return { kinds: part ? [`key ${part}`] : ["key"], typed };
}
