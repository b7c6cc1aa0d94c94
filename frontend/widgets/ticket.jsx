/* The parts of the ticket that follow the market or the keyboard: receipt, slider, question, warning. */
import { useEffect, useRef, useState } from "react";
import { caution, cautions } from "./cautions.jsx";
import { watchTicker } from "./feed.js";
import { cut, decimal, group, places, share, units } from "./numbers.js";
import { ask } from "./socket.js";
import { useAge } from "./status.jsx";
import { Sign } from "./signs.jsx";
import { recall, remember } from "./storage.js";

const DEBOUNCE_MS = 250;
const REFRESH_MS_MIN = 3000;
const PREVIEW = `query Preview($input: PlaceOrderInput!) { previewOrder(input: $input) {
  preview { filledQuantity averagePrice slippage fee feeAsset total availableAfter } errors { message path } } }`;

/** What the draft would do now: asked a moment after it changed, and again as the market moves. */
function usePreview(draft, market, available, onRefused) {
  const [answer, setAnswer] = useState(null);
  const report = useRef(onRefused);
  report.current = onRefused;
  const key = draft?.market ? JSON.stringify(draft) : "";
  useEffect(() => {
    setAnswer((now) => (now?.key === key ? now : null));
    if (!key) return undefined;
    let over = false;
    let asked = 0;
    /* The first answer about a draft is always told: one about the draft before may have come after it. */
    let told = null;
    let timer = null;
    const load = async () => {
      timer = null;
      asked = Date.now();
      let found;
      try {
        found = (await ask(PREVIEW, { input: draft })).previewOrder;
      } catch {
        /* The receipt stays as it was; sending tells what is wrong. */
        return;
      }
      if (over || !found) return;
      setAnswer({ key, preview: found.preview });
      const refusals = JSON.stringify(found.errors);
      if (refusals !== told) report.current?.(found.errors);
      told = refusals;
    };
    const soon = (wait) => {
      timer ??= setTimeout(load, wait);
    };
    soon(DEBOUNCE_MS);
    const stop = watchTicker(market, () => soon(Math.max(DEBOUNCE_MS, asked + REFRESH_MS_MIN - Date.now())));
    return () => {
      over = true;
      clearTimeout(timer);
      stop();
    };
  }, [key, available]);
  return answer?.key === key ? answer.preview : null;
}

/** What neither is taken now nor canceled at once. */
function resting(draft, filled) {
  if (draft.type !== "LIMIT" || !["GTC", "GTD"].includes(draft.timeInForce)) return "0";
  const digits = Math.max(places(draft.quantity), places(filled));
  const left = units(draft.quantity, digits) - units(filled, digits);
  return decimal(left > 0n ? left : 0n, digits);
}

/** What changes hands in the quote asset: a seller gets the total less the fee. */
function net({ total, fee, feeAsset }, { side, quote }) {
  if (side === "BUY" || feeAsset !== quote) return total;
  const digits = Math.max(places(total), places(fee));
  return decimal(units(total, digits) - units(fee, digits), digits);
}

export function Receipt({ draft, facts, words, available, own, onRefused }) {
  const preview = usePreview(draft, facts.market, available, onRefused);
  const said = cautions(draft, preview, own ?? [], facts, words);
  useEffect(() => caution(said));
  useEffect(() => () => caution({}), []);
  const filled = preview && /[1-9]/.test(preview.filledQuantity);
  const rests = preview && !said.price ? resting(draft, preview.filledQuantity) : "0";
  const waits = /[1-9]/.test(rests);
  const lot = places(facts.lot || "1");
  const amount = (text) => group(decimal(units(text, lot), lot));
  const money = (text, asset) => `${group(asset === facts.quote ? cut(text, places(facts.quote_step || "1")) : text)} ${asset}`;
  const paid = facts.side === "BUY" ? facts.quote : facts.base;
  const feeName = !preview
    ? words.fee
    : filled && waits
      ? words.fee_both
      : (filled ? words.fee_taker : words.fee_maker).replace("{percent}", share(filled ? facts.taker_fee : facts.maker_fee, 2));
  /* An order that waits for its price takes nothing now and pays no fee: only what it holds is known. */
  const atOnce = ["LIMIT", "MARKET"].includes(facts.kind);
  const line = (name, value, label, className = "kv") => (
    <div className={className}>
      <dt>{label}</dt>
      <dd data-receipt={name}>{preview ? value() : "–"}</dd>
    </div>
  );
  return (
    <dl className="receipt" aria-label={words.title} data-testid="receipt">
      {atOnce && line("average", () => (preview.averagePrice === null ? "–" : `${group(preview.averagePrice)} ${facts.quote}`), words.average)}
      {atOnce && line("slippage", () => (filled && preview.slippage !== null ? share(preview.slippage, 3) : words.none_rests), words[`slippage_${facts.side}`])}
      {atOnce && line("takes", () => `${amount(preview.filledQuantity)} / ${amount(rests)} ${facts.base}`, words.takes)}
      {atOnce && line("fee", () => money(preview.fee, preview.feeAsset), feeName)}
      {line("total", () => money(net(preview, facts), facts.quote), words[`total_${facts.side}`], "kv tot")}
      {line("after", () => money(preview.availableAfter, paid), words.after)}
    </dl>
  );
}

/** The warning above the button while prices are old; sending stays possible. */
export function StaleNote({ words }) {
  const age = useAge();
  if (age === null) return null;
  return (
    <p className="msg care" role="status" data-testid="stale-note">
      <Sign name="alert" />
      <span>{words.stale.replace("{seconds}", age)}</span>
    </p>
  );
}

/** The rail below the amount; it follows the ticket and tells it only where it was let go or rested. */
export function ShareRail({ percent, words, onShare }) {
  const [moved, setMoved] = useState(null);
  const timer = useRef(null);
  useEffect(() => setMoved(null), [percent]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const value = moved ?? percent;
  const move = (event) => {
    const next = Number(event.target.value);
    setMoved(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => onShare?.(next), 120);
  };
  return (
    <div className="rail" style={{ "--v": `${value}%` }}>
      <i />
      <input type="range" min="0" max="100" step="1" value={value} aria-label={words.share} onChange={move} data-testid="share" />
    </div>
  );
}

/* Whether an order is asked about before it is sent; kept in the browser, in the settings of the page where it has some. */
const confirms = () => (window.rialtoSettings ? window.rialtoSettings.get().confirm : recall("confirm", "on")) !== "off";

function keepConfirms(on) {
  if (window.rialtoSettings) window.rialtoSettings.set("confirm", on ? "on" : "off");
  else remember("confirm", on ? "on" : "off");
}

/** A field of the form that says at the moment of sending whether the person wants to be asked. */
export function ConfirmField() {
  const field = useRef(null);
  useEffect(() => {
    const form = field.current.form;
    const fill = () => (field.current.value = confirms() ? "on" : "off");
    fill();
    form?.addEventListener("submit", fill, true);
    return () => form?.removeEventListener("submit", fill, true);
  }, []);
  return <input type="hidden" name="confirm" ref={field} />;
}

/** The question before an order is sent. */
export function ConfirmDialog({ question, words, onSend, onClose }) {
  const dialog = useRef(null);
  const go = useRef(null);
  const [asks, setAsks] = useState(true);
  useEffect(() => {
    if (question && !dialog.current.open) {
      setAsks(confirms());
      dialog.current.showModal();
      go.current.focus();
    } else if (!question && dialog.current.open) {
      dialog.current.close();
    }
  }, [question]);
  const choose = (event) => {
    setAsks(event.target.checked);
    keepConfirms(event.target.checked);
  };
  return (
    <dialog className="ask" ref={dialog} aria-labelledby="ask-title" onClose={() => question && onClose?.()} data-testid="confirm">
      <h2 id="ask-title">{words.confirm_title}</h2>
      <p className="what">{question}</p>
      {words.confirm_switch ? (
        <label className="check">
          <input type="checkbox" checked={asks} onChange={choose} />
          {words.confirm_switch}
        </label>
      ) : null}
      <div className="row">
        <button type="button" className="btn" onClick={() => dialog.current.close()}>
          {words.confirm_back}
        </button>
        <button type="button" className="btn primary" ref={go} onClick={() => onSend?.()} data-testid="confirm-order">
          {words.confirm_go}
        </button>
      </div>
    </dialog>
  );
}
