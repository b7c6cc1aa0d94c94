/* Depth: how much could be bought and sold down to each price, on both sides of the middle. */
import { useEffect, useRef } from "react";
import { watchBook } from "./feed.js";
import { useFrame } from "./hooks.js";
import { cut, decimal, group, places, units } from "./numbers.js";

const DEPTH = 1000;
const REDRAW_MS_MIN = 250;
const AXIS = 66;
const FOOT = 24;
const HEAD = 34;
const SVG = "http://www.w3.org/2000/svg";

function shape(tag, attributes, text) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

function sums(levels) {
  let total = 0;
  return levels.map(({ price, quantity }) => [Number(price), (total += Number(quantity))]);
}

/** A round step that gives about `count` lines within a span. */
function roundStep(span, count) {
  const size = 10 ** Math.floor(Math.log10(span / count));
  return [1, 2, 5, 10].map((factor) => factor * size).find((step) => span / step <= count) ?? size * 10;
}

function geometry(book, width, height) {
  const mid = (Number(book.bids[0].price) + Number(book.asks[0].price)) / 2;
  const reach = Math.min(mid - Number(book.bids.at(-1).price), Number(book.asks.at(-1).price) - mid);
  const span = Math.max(reach, mid * 1e-6);
  const near = (levels) => levels.filter(([price]) => Math.abs(price - mid) <= span * 1.0001);
  const bids = near(sums(book.bids));
  const asks = near(sums(book.asks));
  const most = Math.max(bids.at(-1)?.[1] ?? 0, asks.at(-1)?.[1] ?? 0) * 1.12 || 1;
  const right = width - AXIS;
  const bottom = height - FOOT;
  return { mid, span, bids, asks, most, right, bottom, x: (price) => ((price - mid + span) / (2 * span)) * right, y: (sum) => bottom - (sum / most) * (bottom - HEAD) };
}

function grid(market, { mid, span, most, right, bottom, x, y }, width) {
  const parts = [];
  const amounts = roundStep(most, 6);
  for (let sum = amounts; sum < most; sum += amounts) {
    const at = Math.round(y(sum)) + 0.5;
    parts.push(shape("line", { class: "g", x1: 0, x2: right, y1: at, y2: at }));
    parts.push(shape("text", { x: width - 8, y: at + 4, "text-anchor": "end" }, `${group(String(Number(sum.toPrecision(4))))} ${market.base.code}`));
  }
  const prices = roundStep(2 * span, Math.max(2, Math.floor(right / 90)));
  const digits = Math.min(places(market.tickSize), Math.max(0, -Math.floor(Math.log10(prices))));
  for (let price = Math.ceil((mid - span) / prices) * prices; price <= mid + span; price += prices) {
    const at = x(price);
    if (at > 36 && at < right - 36) parts.push(shape("text", { x: at, y: bottom + 16, "text-anchor": "middle" }, group(price.toFixed(digits))));
  }
  return parts;
}

function stairs(levels, color, end, { mid, bottom, x, y }) {
  const path = levels.reduce((made, [price, sum]) => `${made}H${x(price).toFixed(1)}V${y(sum).toFixed(1)}`, `M${x(mid).toFixed(1)} ${bottom}`) + `H${end}`;
  return [shape("path", { d: `${path}V${bottom}Z`, fill: `var(--${color}-tint)` }), shape("path", { d: path, fill: "none", stroke: `var(--${color})`, "stroke-width": 1.5 })];
}

function orderLine(order, at, { bottom }) {
  const width = order.chart_label.length * 5.6 + 14;
  return [
    shape("line", { class: "ol", x1: at, x2: at, y1: HEAD, y2: bottom }),
    shape("rect", { class: "tagb", x: at - width / 2, y: HEAD + 0.5, width, height: 18, rx: 3 }),
    shape("text", { class: "tagt", x: at, y: HEAD + 13, "text-anchor": "middle" }, order.chart_label),
  ];
}

export function DepthChart({ market, words, own }) {
  const picture = useRef(null);
  const facts = useRef(null);
  const note = useRef(null);
  const book = useRef(null);

  const draw = useFrame(() => {
    if (!picture.current) return;
    const { clientWidth: width, clientHeight: height } = picture.current.parentNode;
    const now = book.current;
    const whole = now?.bids.length && now.asks.length && width > AXIS;
    note.current.hidden = !now || Boolean(whole);
    if (!whole) {
      picture.current.replaceChildren();
      facts.current.textContent = "";
      return;
    }
    const plan = geometry(now, width, height);
    const parts = [...grid(market, plan, width), ...stairs(plan.bids, "up", 0, plan), ...stairs(plan.asks, "down", plan.right, plan)];
    for (const order of own) {
      const at = plan.x(Number(order.price_plain));
      if (at >= 0 && at <= plan.right) parts.push(...orderLine(order, at, plan));
    }
    const middle = plan.x(plan.mid);
    parts.push(shape("line", { class: "ll", x1: middle, x2: middle, y1: HEAD, y2: plan.bottom }));
    parts.push(shape("line", { class: "g", x1: 0, x2: width, y1: plan.bottom + 0.5, y2: plan.bottom + 0.5 }));
    picture.current.replaceChildren(...parts);
    facts.current.textContent = described(market, now, plan, words);
  });

  useEffect(() => {
    let timer = null;
    const soon = () => {
      timer ??= setTimeout(() => {
        timer = null;
        draw();
      }, REDRAW_MS_MIN);
    };
    const stop = watchBook(market.symbol, DEPTH, (message) => {
      if (message.gap || message.missing) return;
      if (!book.current) draw();
      book.current = message;
      soon();
    });
    const sizes = new ResizeObserver(draw);
    sizes.observe(picture.current.parentNode);
    return () => {
      clearTimeout(timer);
      stop();
      sizes.disconnect();
    };
  }, [market.symbol]);
  useEffect(draw, [own]);

  return (
    <div className="canvas">
      <svg className="c" ref={picture} role="img" aria-label={`${words.depth_title} ${market.symbol}`} data-testid="depth" />
      <div className="ohlc" ref={facts} data-testid="depth-facts" />
      <p className="note" ref={note} hidden>
        {words.no_depth}
      </p>
    </div>
  );
}

function described(market, book, { mid, span, bids, asks }, words) {
  const tick = places(market.tickSize);
  const middle = decimal((units(book.bids[0].price, tick + 1) + units(book.asks[0].price, tick + 1)) / 2n, tick + 1);
  const amount = (levels) => `${group(cut((levels.at(-1)?.[1] ?? 0).toFixed(4), 4))} ${market.base.code}`;
  const share = `${group(((span / mid) * 100).toFixed(2))}\u2009%`;
  return `${words.mid} ${group(middle)}   ${words.bids} ${amount(bids)}   ${words.asks} ${amount(asks)}   ${words.within.replace("{percent}", share)}`;
}
