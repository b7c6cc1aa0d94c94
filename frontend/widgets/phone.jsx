/* The Trade page of a phone: one view at a time, and the ticket as a sheet. */
import { useEffect, useRef, useState } from "react";
import { Sign } from "./signs.jsx";

const VIEWS = ["chart", "depth", "book", "trades"];

/** On a phone one view at a time; the chart is told when it should show the depth. */
export function ViewTabs({ words }) {
  const [view, setView] = useState("chart");
  useEffect(() => {
    document.getElementById("main").dataset.view = view;
    dispatchEvent(new CustomEvent("rialto-view", { detail: view }));
  }, [view]);
  return (
    <div className="vtabs tabs" role="tablist" aria-label={words.label}>
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
