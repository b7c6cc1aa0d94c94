/* The handles between the panels of the Trade page, and the menu that hides, orders and locks them; layout.js keeps the choice. */
import { useRef, useSyncExternalStore } from "react";
import { Sign } from "./signs.jsx";

const KEY_STEP = 16;
const PANELS = { book: ".bookcol", ticket: ".ticket", dock: ".dock", trades: ".tapep" };

const layout = window.rialtoLayout;
/* The size that the style sheet gives it at this width. */
const usual = (name) => parseInt(getComputedStyle(document.documentElement).getPropertyValue(`--${name}-usual`), 10) || undefined;
const useLayout = () => useSyncExternalStore(layout.watch, layout.get);

/** An edge of a panel, to be pulled: the one towards the chart, or towards the book for the trades. */
function Handle({ name, axis, edge, words }) {
  const start = useRef(null);
  const { sizes } = useLayout();
  const [least, most] = layout.limits[name];
  const panel = () => document.querySelector(PANELS[name]);
  const now = () => (axis === "x" ? panel().offsetWidth : panel().offsetHeight);
  const size = (value) => layout.set({ sizes: { ...layout.get().sizes, [name]: value } });
  const towards = axis === "x" && getComputedStyle(document.documentElement).direction === "rtl" ? -1 : 1;
  const outwards = edge === "end" ? towards : -towards;
  const down = (event) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    start.current = { at: axis === "x" ? event.clientX : event.clientY, size: now() };
  };
  const move = (event) => {
    if (!start.current) return;
    const moved = (axis === "x" ? event.clientX : event.clientY) - start.current.at;
    size(start.current.size + moved * outwards);
  };
  const key = (event) => {
    const moved = (axis === "x" ? { ArrowLeft: -1, ArrowRight: 1 } : { ArrowUp: -1, ArrowDown: 1 })[event.key];
    if (!moved) return;
    event.preventDefault();
    event.stopPropagation();
    size(now() + moved * outwards * KEY_STEP);
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
      aria-valuenow={sizes[name] ?? usual(name) ?? least}
      data-handle={name}
      data-edge={edge}
      onPointerDown={down}
      onPointerMove={move}
      onPointerUp={() => (start.current = null)}
      onDoubleClick={() => size(undefined)}
      onKeyDown={key}
    />
  );
}

export function Handles({ words }) {
  const { columns, hidden, locked } = useLayout();
  if (locked) return null;
  const shown = ["book", "ticket"].filter((name) => (name === "book" ? !(hidden.includes("book") && hidden.includes("trades")) : !hidden.includes(name)));
  return (
    <>
      {shown.map((name) => (
        <Handle key={name} name={name} axis="x" edge={columns.indexOf(name) > columns.indexOf("chart") ? "start" : "end"} words={words} />
      ))}
      {hidden.includes("dock") ? null : <Handle name="dock" axis="y" edge="start" words={words} />}
    </>
  );
}

/** Between the book and the trades. */
export function SplitHandle({ words }) {
  const { hidden, locked, tradesFirst } = useLayout();
  if (locked || hidden.includes("book") || hidden.includes("trades")) return null;
  return <Handle name="trades" axis="y" edge={tradesFirst ? "end" : "start"} words={words} />;
}

export function LayoutMenu({ words }) {
  const { columns, hidden, locked, tradesFirst } = useLayout();
  const show = (name, on) => layout.set({ hidden: on ? hidden.filter((other) => other !== name) : [...hidden, name] });
  const move = (name, by) => {
    const at = columns.indexOf(name);
    const next = columns.toSpliced(at, 1).toSpliced(at + by, 0, name);
    layout.set({ columns: next });
  };
  const arrow = (name, by, at) => (
    <button type="button" className="ico" disabled={!columns[at + by]} aria-label={words[by < 0 ? "earlier" : "later"].replace("{panel}", words[name])} data-move={`${name}${by}`} onClick={() => move(name, by)}>
      <Sign name={by < 0 ? "left" : "right"} />
    </button>
  );
  return (
    <details className="menu lay">
      <summary className="ico" aria-label={words.menu} title={words.menu} data-testid="layout-menu">
        <Sign name="layout" />
      </summary>
      <div>
        <fieldset disabled={locked}>
          <legend>{words.panels}</legend>
          {layout.hideable.map((name) => (
            <label key={name} className="check">
              <input type="checkbox" checked={!hidden.includes(name)} onChange={(event) => show(name, event.target.checked)} data-panel={name} />
              {words[name]}
            </label>
          ))}
        </fieldset>
        <fieldset disabled={locked}>
          <legend>{words.order}</legend>
          {columns.map((name, at) => (
            <div key={name} className="row">
              <span className="grow">{words[name]}</span>
              {arrow(name, -1, at)}
              {arrow(name, 1, at)}
            </div>
          ))}
          <label className="check">
            <input type="checkbox" checked={tradesFirst} onChange={(event) => layout.set({ tradesFirst: event.target.checked })} data-testid="trades-first" />
            {words.trades_first}
          </label>
        </fieldset>
        <div className="row">
          <label className="check grow">
            <input type="checkbox" checked={locked} onChange={(event) => layout.set({ locked: event.target.checked })} data-testid="lock-layout" />
            {words.lock}
          </label>
          <button type="button" className="btn sm" disabled={locked} onClick={layout.reset} data-testid="reset-layout">
            {words.reset}
          </button>
        </div>
      </div>
    </details>
  );
}
