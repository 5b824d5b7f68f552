// Runs before the first paint, so that a light theme does not flash dark.
(function () {
  var kept = null;
  try {
    kept = localStorage.getItem("dramatis.scheme");
  } catch {
    // Storage may be forbidden; then the default stands.
  }
  var scheme = kept === "light" || (kept === "auto" && matchMedia("(prefers-color-scheme: light)").matches) ? "light" : "dark";
  document.documentElement.setAttribute("data-mantine-color-scheme", scheme);
})();
