// Toggles of the sidebar have a picture only: give screen readers a name.
document.addEventListener("DOMContentLoaded", () => {
  for (const toggle of document.querySelectorAll("details > summary:has(.toctree-toggle)")) {
    const link = toggle.closest("li")?.querySelector("a");
    toggle.setAttribute("aria-label", `Pages of ${link?.textContent.trim() ?? "this section"}`);
  }
});
