/* How the panels of the Trade page share a wide window: kept in the browser, and applied before the first paint. */
(() => {
  const root = document.documentElement;
  const PLACE = "rialto-layout";
  const COLUMNS = ["chart", "book", "ticket"];
  const HIDEABLE = ["book", "trades", "ticket", "dock"];
  const SIZES = { book: [240, 720], ticket: [280, 480], dock: [120, 640], trades: [100, 1200] };
  const WIDTHS = { chart: "minmax(320px,1fr)", book: "var(--book-size,var(--book-usual))", ticket: "var(--ticket-size,var(--ticket-usual))" };
  const BOOK_ROWS = "minmax(0,540px) minmax(140px,1fr)";
  const listeners = new Set();
  const usual = () => ({ sizes: {}, hidden: [], columns: COLUMNS, tradesFirst: false, locked: false });

  /** What is kept, and nothing that could not have been chosen. */
  function checked(kept) {
    const found = usual();
    for (const [name, [least, most]] of Object.entries(SIZES)) {
      const size = kept?.sizes?.[name];
      if (Number.isFinite(size)) found.sizes[name] = Math.max(least, Math.min(most, Math.round(size)));
    }
    if (Array.isArray(kept?.hidden)) found.hidden = HIDEABLE.filter((name) => kept.hidden.includes(name));
    const columns = Array.isArray(kept?.columns) ? COLUMNS.filter((name) => kept.columns.includes(name)) : [];
    if (columns.length === COLUMNS.length && kept.columns.length === COLUMNS.length) found.columns = kept.columns;
    found.tradesFirst = kept?.tradesFirst === true;
    found.locked = kept?.locked === true;
    return found;
  }

  let chosen = usual();
  try {
    chosen = checked(JSON.parse(localStorage.getItem(PLACE) ?? "{}"));
  } catch {
    /* Without storage the layout lasts as long as the page. */
  }

  function apply() {
    const { sizes, hidden, columns, tradesFirst } = chosen;
    const gone = (name) => hidden.includes(name);
    const alone = gone("book") || gone("trades");
    const shown = columns.filter((name) => (name === "book" ? !(gone("book") && gone("trades")) : !gone(name)));
    const row = (under) => `"${shown.map((name) => (name === "chart" ? under : name)).join(" ")}"`;
    const set = (name, value) => (value === undefined ? root.style.removeProperty(`--${name}`) : root.style.setProperty(`--${name}`, value));
    for (const name of Object.keys(SIZES)) set(`${name}-size`, sizes[name] && `${sizes[name]}px`);
    set("areas", [`"${shown.map(() => "tick").join(" ")}"`, row("chart"), ...(gone("dock") ? [] : [row("dock")])].join(" "));
    set("columns", shown.map((name) => WIDTHS[name]).join(" "));
    set("rows", `52px minmax(200px,1fr)${gone("dock") ? "" : " min(var(--dock-size,var(--dock-usual)),60vh)"}`);
    const rows = sizes.trades ? ["minmax(120px,1fr)", "min(var(--trades-size),70%)"] : BOOK_ROWS.split(" ");
    const halves = ["1.15fr", "1fr"];
    set("book-rows", alone ? "minmax(0,1fr)" : (tradesFirst ? rows.reverse() : rows).join(" "));
    set("book-columns", alone ? "1fr" : (tradesFirst ? halves.reverse() : halves).join(" "));
    root.dataset.hides = hidden.join(" ");
    root.dataset.tradesFirst = tradesFirst ? "yes" : "no";
  }

  function choose(next) {
    chosen = next;
    try {
      localStorage.setItem(PLACE, JSON.stringify(chosen));
    } catch {
      /* See above. */
    }
    apply();
    for (const listener of listeners) listener();
  }

  apply();
  window.rialtoLayout = {
    limits: SIZES,
    hideable: HIDEABLE,
    get: () => chosen,
    set: (change) => choose(checked({ ...chosen, ...change })),
    reset: () => choose(usual()),
    watch(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
})();
