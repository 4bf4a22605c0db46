// Copies the link to a number; the button says that it has done so.

document.addEventListener("click", async (event) => {
  const pressed = event.target.closest("[data-copy]");
  if (!pressed) return;
  await navigator.clipboard.writeText(new URL(pressed.dataset.copy, location.href.split("#")[0].split("?")[0]).href);
  pressed.classList.add("is-copied");
  pressed.setAttribute("aria-label", `${pressed.textContent.trim()} ✓`);
  setTimeout(() => { pressed.classList.remove("is-copied"); pressed.removeAttribute("aria-label"); }, 2000);
});
