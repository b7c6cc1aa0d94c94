/* Applies the chosen appearance before the first paint. */
try {
  const chosen = localStorage.getItem("rialto-theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
} catch {
  /* Without storage the page stays dark. */
}
