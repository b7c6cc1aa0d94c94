/* How the panels of the Trade page share the window: resized by handles, switched by tabs on a phone. */
import { useEffect, useRef, useState } from "react";
import { Sign } from "./signs.jsx";
import { recall, remember } from "./storage.js";

const CHOICE = "layout";
/* Each handle is the near edge of a panel: pulled away from it, the panel grows. */
const HANDLES = [
  { name: "book", axis: "x", least: 240, most: 720, usual: 284 },
  { name: "ticket", axis: "x", least: 280, most: 480, usual: 312 },
  { name: "dock", axis: "y", least: 120, most: 640, usual: 252 },
];
const KEY_STEP = 16;

function sizes() {
  const found = recall(CHOICE, {});
  const kept = {};
  for (const { name, least, most } of HANDLES) {
    if (typeof found?.[name] === "number") kept[name] = Math.max(least, Math.min(most, Math.round(found[name])));
  }
  return kept;
}

function apply(chosen) {
  const main = document.getElementById("main");
  for (const { name } of HANDLES) {
    if (chosen[name] === undefined) main?.style.removeProperty(`--${name}-size`);
    else main?.style.setProperty(`--${name}-size`, `${chosen[name]}px`);
  }
}

function Handle({ handle, value, words, onSize }) {
  const start = useRef(null);
  const { name, axis, least, most } = handle;
  const panel = () => document.querySelector({ book: ".bookcol", ticket: ".ticket", dock: ".dock" }[name]);
  const now = () => (axis === "x" ? panel().offsetWidth : panel().offsetHeight);
  const grow = (by) => onSize(name, Math.max(least, Math.min(most, now() + by)));
  const against = axis === "x" && getComputedStyle(document.documentElement).direction === "rtl" ? 1 : -1;
  const down = (event) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    start.current = { at: axis === "x" ? event.clientX : event.clientY, size: now() };
  };
  const move = (event) => {
    if (!start.current) return;
    const moved = (axis === "x" ? event.clientX : event.clientY) - start.current.at;
    onSize(name, Math.max(least, Math.min(most, start.current.size + moved * against)));
  };
  const key = (event) => {
    const moved = (axis === "x" ? { ArrowLeft: -1, ArrowRight: 1 } : { ArrowUp: -1, ArrowDown: 1 })[event.key];
    if (!moved) return;
    event.preventDefault();
    event.stopPropagation();
    grow(moved * against * KEY_STEP);
  };
  return (
    <div
      className={`handle of-${name}`}
      role="separator"
      tabIndex={0}
      aria-orientation={axis === "x" ? "vertical" : "horizontal"}
      aria-label={words[`resize_${name}`]}
      aria-valuemin={least}
      aria-valuemax={most}
      aria-valuenow={value ?? handle.usual}
      data-handle={name}
      onPointerDown={down}
      onPointerMove={move}
      onPointerUp={() => (start.current = null)}
      onDoubleClick={() => onSize(name, undefined)}
      onKeyDown={key}
    />
  );
}

export function Handles({ words }) {
  const [chosen, setChosen] = useState(sizes);
  useEffect(() => apply(chosen), [chosen]);
  useEffect(() => {
    const reset = () => {
      remember(CHOICE, null);
      setChosen({});
    };
    addEventListener("rialto-reset-layout", reset);
    return () => removeEventListener("rialto-reset-layout", reset);
  }, []);
  const size = (name, value) => {
    setChosen((before) => {
      const next = { ...before, [name]: value === undefined ? undefined : Math.round(value) };
      remember(CHOICE, next);
      return next;
    });
  };
  return HANDLES.map((handle) => <Handle key={handle.name} handle={handle} value={chosen[handle.name]} words={words} onSize={size} />);
}

export function LayoutMenu({ words }) {
  const box = useRef(null);
  const reset = () => {
    dispatchEvent(new Event("rialto-reset-layout"));
    box.current.open = false;
  };
  return (
    <details className="menu lay" ref={box}>
      <summary className="ico" aria-label={words.menu} data-testid="layout-menu">
        <Sign name="layout" />
      </summary>
      <div>
        <button type="button" onClick={reset} data-testid="reset-layout">
          {words.reset}
        </button>
      </div>
    </details>
  );
}

const VIEWS = ["chart", "depth", "book", "trades"];

/** On a phone one view at a time; the chart is told when it should show the depth. */
export function ViewTabs({ words }) {
  const [view, setView] = useState("chart");
  useEffect(() => {
    document.getElementById("main").dataset.view = view;
    dispatchEvent(new CustomEvent("rialto-view", { detail: view }));
  }, [view]);
  const key = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = VIEWS[(VIEWS.indexOf(view) + step + VIEWS.length) % VIEWS.length];
    setView(next);
    event.currentTarget.querySelector(`[data-view=${next}]`).focus();
  };
  return (
    <div className="vtabs tabs" role="tablist" aria-label={words.label} onKeyDown={key}>
      {VIEWS.map((name) => (
        <button key={name} type="button" role="tab" aria-selected={view === name} tabIndex={view === name ? 0 : -1} data-view={name} onClick={() => setView(name)}>
          {words[name]}
        </button>
      ))}
    </div>
  );
}

/** On a phone the ticket is a sheet over the page; nothing behind it can be reached while it is open. */
export function TicketSheet({ words }) {
  const [open, setOpen] = useState(false);
  const opener = useRef(null);
  useEffect(() => {
    const main = document.getElementById("main");
    main.dataset.sheet = open ? "open" : "";
    for (const part of document.querySelectorAll(".page > :is(header, footer, nav), #main > :not(.ticket, .scrim)")) part.inert = open;
    if (open) document.querySelector(".ticket .closer")?.focus();
    else opener.current?.focus();
    if (!open) return undefined;
    const close = () => setOpen(false);
    const escape = (event) => event.key === "Escape" && !document.querySelector("dialog[open]") && close();
    const wide = matchMedia("(min-width: 768px)");
    addEventListener("keydown", escape);
    addEventListener("rialto-close-sheet", close);
    wide.addEventListener("change", close);
    return () => {
      removeEventListener("keydown", escape);
      removeEventListener("rialto-close-sheet", close);
      wide.removeEventListener("change", close);
    };
  }, [open]);
  const show = (event, side) => {
    opener.current = event.currentTarget;
    document.querySelector(`.ticket [data-side=${side}]`)?.click();
    setOpen(true);
  };
  return (
    <>
      {open ? <div className="scrim" onClick={() => setOpen(false)} /> : null}
      <div className="sticky">
        <button type="button" className="btn buy" data-open="buy" onClick={(event) => show(event, "buy")}>
          {words.buy}
        </button>
        <button type="button" className="btn sell" data-open="sell" onClick={(event) => show(event, "sell")}>
          {words.sell}
        </button>
      </div>
    </>
  );
}

/** The head of the sheet. */
export function SheetHead({ words }) {
  return (
    <div className="row closeb between">
      <h2>{words.order}</h2>
      <button type="button" className="ico lg closer" aria-label={words.close} onClick={() => dispatchEvent(new Event("rialto-close-sheet"))}>
        <Sign name="x" size="" />
      </button>
    </div>
  );
}
