/* Warnings about the draft that keep nobody from sending it: what the book lacks, and one's own order in the way. */
import { useSyncExternalStore } from "react";
import { decimal, group, places, units } from "./numbers.js";
import { Sign } from "./signs.jsx";

/* Kinds of orders that meet the book at once; others wait for their price first. */
const TAKING = new Set(["LIMIT", "MARKET"]);
const listeners = new Set();
let latest = {};

const watch = (listener) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

/** Tell the fields what there is to say about them: `{price, amount}`. */
export function caution(next) {
  if (latest.price === next.price && latest.amount === next.amount) return;
  latest = next;
  for (const listener of listeners) listener();
}

/** Whether the book ends before the order does. A spend ends with a rest that buys no lot, which is none. */
function short(draft, preview, lot) {
  if (draft.quantity) {
    const digits = Math.max(places(draft.quantity), places(preview.filledQuantity));
    return units(preview.filledQuantity, digits) < units(draft.quantity, digits);
  }
  return Number(preview.total) + Number(preview.averagePrice ?? 0) * Number(lot) < Number(draft.quoteQuantity);
}

/** The best of one's own orders that an order of this draft would meet; null when there is none. */
function inTheWay(draft, own) {
  const buying = draft.side === "BUY";
  const digits = Math.max(0, ...[draft.price, ...own.map((order) => order.price_plain)].map((price) => places(price ?? "0")));
  const limit = draft.price ? units(draft.price, digits) : null;
  const prices = own.filter((order) => order.market === draft.market && order.resting && order.buy !== buying).map((order) => units(order.price_plain, digits));
  const met = prices.filter((price) => limit === null || (buying ? price <= limit : price >= limit)).sort((a, b) => (a < b ? -1 : 1));
  if (!met.length) return null;
  return decimal(buying ? met[0] : met.at(-1), digits);
}

/** What is to be said about a draft and what it would do now. */
export function cautions(draft, preview, own, facts, words) {
  if (!preview || !TAKING.has(draft.type) || draft.timeInForce === "FOK" || draft.postOnly || !short(draft, preview, facts.lot || "1")) return {};
  const met = inTheWay(draft, own);
  if (met) {
    const text = words[`own_${draft.side}`].replace("{price}", group(decimal(units(met, places(facts.tick || "1")), places(facts.tick || "1"))));
    return draft.price ? { price: text } : { amount: text };
  }
  if (draft.type === "LIMIT" && ["GTC", "GTD"].includes(draft.timeInForce)) return {};
  const lot = places(facts.lot || "1");
  return { amount: words.short_book.replace("{amount}", `${group(decimal(units(preview.filledQuantity, lot), lot))} ${facts.base}`) };
}

/** What is to be said about a field, below it. */
export function Caution({ field }) {
  const text = useSyncExternalStore(watch, () => latest[field]);
  if (!text) return null;
  return (
    <p className="msg care" id={`${field}-care`} data-testid={`${field}-care`}>
      <Sign name="alert" />
      <span>{text}</span>
    </p>
  );
}
