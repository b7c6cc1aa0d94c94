/* The person's own orders and fills on the chart: violet lines with a label, to be moved or canceled, and marks. */
import { createSeriesMarkers, LineStyle } from "lightweight-charts";
import { dragged } from "./drag.js";
import { element } from "./hooks.js";

/** Keeps one line and one label per order; `set(orders)` changes them, labels follow each repaint of the chart. */
export function ownLines(series, box, words, market, { cancel: onCancel, amend: onAmend }) {
  const lines = new Map();
  let colors = null;

  const place = () => {
    const taken = [];
    for (const { tag, price } of [...lines.values()].sort((a, b) => b.price - a.price)) {
      const at = series.priceToCoordinate(price);
      tag.hidden = at === null || at < 0 || at > box.clientHeight - 8;
      if (tag.hidden || tag.dataset.moving) continue;
      /* Labels of near orders stand below one another. */
      const top = Math.max(at - 9, ...taken.filter((other) => Math.abs(other - (at - 9)) < 19).map((other) => other + 19));
      taken.push(top);
      tag.style.top = `${Math.round(top)}px`;
    }
  };

  const make = (order) => {
    const line = series.createPriceLine({ price: Number(order.price_plain), lineWidth: 1, lineStyle: LineStyle.LargeDashed, axisLabelVisible: true, title: "", ...colors });
    const cancel = element("button", "", "×");
    cancel.type = "button";
    const label = document.createTextNode(order.chart_label);
    const tag = element("span", "otag", element("span", "", label), cancel);
    tag.dataset.order = order.id;
    cancel.addEventListener("click", () => {
      tag.classList.add("quiet");
      onCancel(order.id);
    });
    box.append(tag);
    const release = dragged({ tag, line, series, box, order, words, market, onAmend, place });
    return { line, tag, label, release, price: Number(order.price_plain) };
  };

  const name = ({ label, tag }, text) => {
    if (label.nodeValue === text && tag.lastChild.ariaLabel) return;
    label.nodeValue = text;
    tag.lastChild.setAttribute("aria-label", words.cancel_order.replace("{order}", text));
  };

  const drop = (id) => {
    const { line, tag, release } = lines.get(id);
    release();
    series.removePriceLine(line);
    tag.remove();
    lines.delete(id);
  };

  const primitive = { updateAllViews: place };
  series.attachPrimitive(primitive);

  return {
    set(orders) {
      const wanted = new Map(orders.map((order) => [order.id, order]));
      for (const id of [...lines.keys()]) if (!wanted.has(id)) drop(id);
      for (const [id, order] of wanted) {
        const known = lines.get(id);
        if (known && known.price !== Number(order.price_plain)) drop(id);
        if (!lines.has(id)) lines.set(id, make(order));
        name(lines.get(id), order.chart_label);
      }
      place();
    },
    paint({ accent, tint }) {
      colors = { color: accent, axisLabelColor: tint, axisLabelTextColor: accent };
      for (const { line } of lines.values()) line.applyOptions(colors);
    },
    end() {
      for (const id of [...lines.keys()]) drop(id);
    },
  };
}

/** Marks where the person's orders were filled: below a candle for a buy, above it for a sell. */
export function fillMarks(series) {
  const marks = createSeriesMarkers(series, []);
  return {
    set(fills, starts, color) {
      const at = (time) => {
        let low = 0;
        let high = starts.length;
        while (low < high) {
          const middle = (low + high) >> 1;
          if (starts[middle] <= time) low = middle + 1;
          else high = middle;
        }
        return starts[low - 1];
      };
      const found = new Map();
      for (const fill of fills) {
        const time = at(Math.floor(Date.parse(fill.time) / 1000));
        if (time !== undefined) found.set(`${time} ${fill.side}`, { time, side: fill.side });
      }
      marks.setMarkers(
        [...found.values()]
          .sort((a, b) => a.time - b.time)
          .map(({ time, side }) => ({ time, color, size: 0.6, position: side === "BUY" ? "belowBar" : "aboveBar", shape: side === "BUY" ? "arrowUp" : "arrowDown" })),
      );
    },
  };
}
