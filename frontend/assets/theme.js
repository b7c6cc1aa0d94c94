/* Applies what the person has chosen before the first paint, and keeps what is chosen later. */
(() => {
  const root = document.documentElement;
  const languages = ["en", "de"];
  const defaults = { theme: "dark", palette: "green-up", time: "utc", sound: "off", confirm: "on", keys: "on", language: "" };
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const chosen = { ...defaults };
  try {
    const kept = JSON.parse(localStorage.getItem("rialto-settings") ?? "{}");
    for (const name of Object.keys(defaults)) if (typeof kept[name] === "string") chosen[name] = kept[name];
  } catch {
    /* Without storage the settings last as long as the page. */
  }

  function apply() {
    const theme = chosen.theme === "system" ? (dark.matches ? "dark" : "light") : chosen.theme;
    if (root.dataset.theme !== theme) root.dataset.theme = theme;
    for (const name of ["palette", "time", "sound", "confirm", "keys"]) root.dataset[name] = chosen[name];
  }

  /* The server writes some texts and times itself; it learns the choice from two cookies. */
  function tell() {
    const rest = "; path=/; max-age=31536000; samesite=lax";
    const write = (name, value) => (document.cookie = `${name}=${value}${value ? rest : "; path=/; max-age=0"}`);
    write("rialto_language", chosen.language);
    write("rialto_zone", chosen.time === "local" ? Intl.DateTimeFormat().resolvedOptions().timeZone : "");
  }

  const known = (name) => languages.find((language) => language === name.split("-")[0].toLowerCase());
  const language = known(chosen.language) ?? navigator.languages.map(known).find(Boolean) ?? languages[0];
  root.lang = language;
  /* The page comes in the first language: another is unseen until its words are there, but never for long. */
  if (language !== languages[0]) {
    root.dataset.words = "waiting";
    setTimeout(() => delete root.dataset.words, 3000);
  }
  apply();
  dark.addEventListener("change", apply);

  /* A page that the browser kept to go back to is of the time before, perhaps of a session that is over: it is made anew, unseen. */
  addEventListener("pagehide", (event) => (root.hidden = event.persisted));
  addEventListener("pageshow", (event) => event.persisted && location.reload());

  window.rialtoSettings = {
    get: () => ({ ...chosen, language: chosen.language || language }),
    set(name, value) {
      chosen[name] = value;
      try {
        localStorage.setItem("rialto-settings", JSON.stringify(chosen));
      } catch {
        /* See above. */
      }
      apply();
      dispatchEvent(new Event("rialto-settings"));
      if (name === "language" || name === "time") {
        tell();
        location.reload();
      }
    },
  };
})();
