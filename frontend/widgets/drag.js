/* Moving an order's line in the chart: the label is pulled, and a question asks before anything is sent. */
import { element } from "./hooks.js";
import { decimal, group, places, units } from "./numbers.js";

const MOVE_PIXELS_MIN = 4;

/** The tick nearest to a price of the chart, never below the first. */
function onTick(price, market) {
  const digits = places(market.tickSize);
  const size = units(market.tickSize, digits);
  const steps = BigInt(Math.max(1, Math.round(price / Number(market.tickSize))));
  return decimal(steps * size, digits);
}

/**
 * Lets a label be pulled. `line` follows it; where it is let go a bubble asks, and `onAmend` gets the new price.
 * Who uses the keyboard amends the order in its row.
 */
export function dragged({ tag, line, series, box, order, words, market, onAmend, place }) {
  let from = null;
  let price = null;
  let bubble = null;
  if (order.line) tag.classList.add("movable");

  const back = () => {
    bubble?.remove();
    from = price = bubble = null;
    delete tag.dataset.moving;
    line.applyOptions({ price: Number(order.price_plain) });
    place();
  };
  const escape = (event) => {
    if (event.key !== "Escape" || from === null) return;
    event.stopPropagation();
    back();
  };
  const move = (event) => {
    if (from === null || bubble || Math.abs(event.clientY - from) < MOVE_PIXELS_MIN) return;
    const y = event.clientY - box.getBoundingClientRect().top;
    const at = series.coordinateToPrice(y);
    if (at === null || at <= 0) return;
    price = onTick(at, market);
    tag.dataset.moving = "yes";
    tag.style.top = `${Math.round(y - 9)}px`;
    line.applyOptions({ price: Number(price) });
  };
  const ask = () => {
    const text = words.move_order.replace("{order}", order.chart_label).replace("{price}", `${group(price)} ${market.quote.code}`);
    const go = element("button", "btn sm primary", words.move_go);
    const keep = element("button", "btn sm", words.move_keep);
    go.type = keep.type = "button";
    go.dataset.testid = "confirm-move";
    bubble = element("div", "movebubble", element("span", "", text), element("span", "row", keep, go));
    bubble.setAttribute("role", "dialog");
    bubble.setAttribute("aria-label", text);
    bubble.style.top = `${Math.max(4, Math.min(parseInt(tag.style.top, 10) + 22, box.clientHeight - 76))}px`;
    const wanted = price;
    keep.addEventListener("click", back);
    go.addEventListener("click", () => {
      back();
      onAmend(order.id, { [order.line]: wanted });
    });
    box.append(bubble);
    go.focus();
  };
  const drop = () => {
    if (from === null || bubble) return;
    if (price === null || price === order.price_plain) back();
    else ask();
  };
  const take = (event) => {
    if (!order.line || event.button !== 0 || bubble || event.target.closest("button")) return;
    event.preventDefault();
    from = event.clientY;
    tag.setPointerCapture(event.pointerId);
  };
  tag.addEventListener("pointerdown", take);
  tag.addEventListener("pointermove", move);
  tag.addEventListener("pointerup", drop);
  tag.addEventListener("pointercancel", back);
  addEventListener("keydown", escape, true);
  return () => {
    bubble?.remove();
    removeEventListener("keydown", escape, true);
  };
}
