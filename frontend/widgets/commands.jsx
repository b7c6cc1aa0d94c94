/* The keyboard of the whole app: search, commands, ways to pages, help. */
import { useEffect, useRef, useState } from "react";
import { useLocation, useNavigate } from "react-router";
import { ask } from "./socket.js";

const PAGES = { markets: ["/", "m"], trade: ["/trade", "t"], orders: ["/orders", "o"], wallet: ["/wallet", "w"], settings: ["/settings", "a"], signin: ["/signin", null] };
const CHORD_MS = 1500;
const SHOWN_MAX = 12;
const HELP = [
  ["/", "say_search"],
  ["Ctrl K", "say_commands"],
  ["G M T O W A", "say_go"],
  ["B S", "say_side"],
  ["L M", "say_type"],
  ["P A", "say_fields"],
  ["↑ ↓", "say_step"],
  ["Enter", "say_enter"],
  ["Esc", "say_close"],
  ["X", "say_cancel"],
  ["Shift X", "say_cancel_all"],
  ["[ ]", "say_grouping"],
  ["?", "say_help"],
];

const writing = (target) => target instanceof Element && target.closest("input:not([type=checkbox],[type=radio],[type=range]),textarea,select,[contenteditable]") !== null;

function actions() {
  const { get, set } = window.rialtoSettings;
  return {
    theme: () => set("theme", document.documentElement.dataset.theme === "light" ? "dark" : "light"),
    time: () => set("time", get().time === "local" ? "utc" : "local"),
    language: () => set("language", document.documentElement.lang === "de" ? "en" : "de"),
  };
}

function CommandList({ words, close, help }) {
  const navigate = useNavigate();
  const [typed, setTyped] = useState("");
  const [markets, setMarkets] = useState([]);
  const [at, setAt] = useState(0);
  useEffect(() => {
    let gone = false;
    ask("query Names { markets { symbol } }").then(
      (data) => gone || setMarkets(data.markets.map((market) => market.symbol)),
      () => {},
    );
    return () => {
      gone = true;
    };
  }, []);
  const all = [
    ...Object.entries(PAGES).map(([name, [path]]) => ({ kind: "page", name: words[`go_${name}`], run: () => navigate(path) })),
    ...markets.map((symbol) => ({ kind: "market", name: symbol, run: () => navigate(`/trade/${symbol}`) })),
    ...Object.entries(actions()).map(([name, run]) => ({ kind: "action", name: words[name], run })),
    { kind: "action", name: words.help, run: help },
  ];
  const wanted = typed.trim().toLowerCase();
  const found = all.filter(({ name }) => name.toLowerCase().includes(wanted)).slice(0, SHOWN_MAX);
  const chosen = Math.min(at, found.length - 1);
  const run = (item) => {
    close();
    item.run();
  };
  const press = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && found.length) {
      event.preventDefault();
      setAt((chosen + step + found.length) % found.length);
    } else if (event.key === "Enter" && found[chosen]) {
      event.preventDefault();
      run(found[chosen]);
    }
  };
  return (
    <>
      <label className="box">
        <span className="sr">{words.commands}</span>
        <input
          type="search"
          role="combobox"
          aria-expanded="true"
          aria-controls="commands"
          aria-activedescendant={found.length ? `command-${chosen}` : undefined}
          autoComplete="off"
          placeholder={words.ask}
          value={typed}
          autoFocus
          onChange={(event) => {
            setTyped(event.target.value);
            setAt(0);
          }}
          onKeyDown={press}
        />
      </label>
      <ul id="commands" role="listbox" aria-label={words.commands}>
        {found.map((item, index) => (
          <li key={`${item.kind} ${item.name}`} id={`command-${index}`} role="option" aria-selected={index === chosen} onClick={() => run(item)}>
            <span>{item.name}</span>
            <span className="q">{words[item.kind]}</span>
          </li>
        ))}
      </ul>
      {found.length ? null : <p className="note">{words.nothing}</p>}
    </>
  );
}

export function Commands({ words }) {
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const [shown, setShown] = useState(null);
  const dialog = useRef(null);
  const chord = useRef(-Infinity);
  const state = useRef(null);
  state.current = shown;

  useEffect(() => {
    if (shown && !dialog.current.open) dialog.current.showModal();
    if (!shown && dialog.current.open) dialog.current.close();
  }, [shown]);

  useEffect(() => {
    const press = (event) => {
      if (event.defaultPrevented || event.isComposing || !event.key) return;
      const key = event.key.toLowerCase();
      if ((event.ctrlKey || event.metaKey) && !event.altKey && key === "k") {
        event.preventDefault();
        setShown(state.current === "commands" ? null : "commands");
        return;
      }
      const menus = event.key === "Escape" ? document.querySelectorAll("details.menu[open]") : [];
      if (menus.length) event.preventDefault();
      for (const menu of menus) menu.open = false;
      const single = document.documentElement.dataset.keys !== "off";
      if (!single || event.ctrlKey || event.metaKey || event.altKey || writing(event.target) || document.querySelector("dialog[open]")) return;
      if (performance.now() - chord.current < CHORD_MS) {
        chord.current = -Infinity;
        const page = Object.values(PAGES).find(([, letter]) => letter === key);
        if (page) {
          /* The letter has a meaning of its own on the Trade page. */
          event.preventDefault();
          event.stopImmediatePropagation();
          navigate(page[0]);
        }
      } else if (key === "g") {
        chord.current = performance.now();
      } else if (event.key === "?") {
        event.preventDefault();
        setShown("help");
      } else if (event.key === "/") {
        const field = document.getElementById("market-search");
        if (!field && document.querySelector("#main.terminal")) return;
        event.preventDefault();
        if (field) field.focus();
        else setShown("commands");
      }
    };
    const point = (event) => {
      for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
    };
    /* Before other listeners, so that a chord's second letter is not taken for an order of its own. */
    window.addEventListener("keydown", press, { capture: true });
    window.addEventListener("pointerdown", point);
    return () => {
      window.removeEventListener("keydown", press, { capture: true });
      window.removeEventListener("pointerdown", point);
    };
  }, []);

  /* Says which page hears keys now: a browser that is driven by a program has no other way to know. */
  useEffect(() => {
    document.documentElement.dataset.listening = pathname;
    return () => delete document.documentElement.dataset.listening;
  }, [pathname]);

  const close = () => setShown(null);
  return (
    <>
      <button type="button" className="find" onClick={() => setShown("commands")} aria-label={words.find} data-testid="find">
        <svg className="i s" viewBox="0 0 24 24" aria-hidden="true">
          <path d="M10.500 4a6.500 6.500 0 100 13 6.500 6.500 0 000-13zM15.500 15.500L20.500 20.500" />
        </svg>
        <span>{words.find}</span>
        <kbd aria-hidden="true">/</kbd>
      </button>
      <dialog className="palette" ref={dialog} onClose={close} onClick={(event) => event.target === dialog.current && close()} aria-label={shown === "help" ? words.help : words.commands}>
        {shown === "commands" ? <CommandList words={words} close={close} help={() => setShown("help")} /> : null}
        {shown === "help" ? (
          <div className="helping">
            <div className="row between">
              <h2>{words.help}</h2>
              <button type="button" className="ico" onClick={close} aria-label={words.close} autoFocus>
                <svg className="i s" viewBox="0 0 24 24" aria-hidden="true">
                  <path d="M6 6l12 12M18 6L6 18" />
                </svg>
              </button>
            </div>
            <dl>
              {HELP.map(([keys, name]) => (
                <div key={name} className="kv">
                  <dt>{words[name]}</dt>
                  <dd>
                    {keys.split(" ").map((key) => (
                      <kbd key={key}>{key}</kbd>
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </div>
        ) : null}
      </dialog>
    </>
  );
}

/** The search of a page that is not there: it leads to the markets. */
export function LostSearch({ words }) {
  const navigate = useNavigate();
  const go = (event) => {
    event.preventDefault();
    navigate(`/?search=${encodeURIComponent(new FormData(event.currentTarget).get("search"))}`);
  };
  return (
    <form className="row" role="search" onSubmit={go}>
      <label className="box">
        <span className="sr">{words.search}</span>
        <input id="market-search" type="search" name="search" placeholder={words.search} autoComplete="off" />
      </label>
      <button className="btn" type="submit">
        {words.go}
      </button>
    </form>
  );
}
