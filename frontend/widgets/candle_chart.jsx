/* Candles with volume, in the interval that is chosen above them. */
import { CandlestickSeries, ColorType, createChart, HistogramSeries, LineStyle } from "lightweight-charts";
import { useEffect, useMemo, useRef, useState } from "react";
import { DepthChart } from "./depth_chart.jsx";
import { watchCandles, watchFills } from "./feed.js";
import { useMarket } from "./hooks.js";
import { brief, group, percent, places } from "./numbers.js";
import { fillMarks, ownLines } from "./own_lines.js";
import { Sign } from "./signs.jsx";
import { recall, remember } from "./storage.js";

const INTERVALS = [["M1", "1m"], ["M5", "5m"], ["M15", "15m"], ["M30", "30m"], ["H1", "1h"], ["H4", "4h"], ["D1", "1D"], ["W1", "1W"]];

/* Few lines are calmer: about one each 60 pixels. */
const TICK_DENSITY = 5;

const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/* The chart draws on a canvas, so the colours are read from the tokens and given to it again when they change. */
function palette() {
  return {
    chart: {
      layout: { background: { type: ColorType.Solid, color: token("--panel") }, textColor: token("--ink-3"), fontSize: 11, fontFamily: token("--sans"), attributionLogo: false },
      grid: { vertLines: { color: token("--line") }, horzLines: { color: token("--line") } },
      rightPriceScale: { borderColor: token("--line"), tickMarkDensity: TICK_DENSITY },
      timeScale: { borderColor: token("--line"), timeVisible: true, secondsVisible: false, rightOffset: 3, barSpacing: 7 },
      crosshair: { vertLine: { color: token("--edge"), labelBackgroundColor: token("--line-2") }, horzLine: { color: token("--edge"), labelBackgroundColor: token("--line-2") } },
    },
    candles: { upColor: token("--up"), downColor: token("--down"), wickUpColor: token("--up"), wickDownColor: token("--down"), borderVisible: false },
    last: { color: token("--ink-3"), axisLabelColor: token("--ink"), axisLabelTextColor: token("--panel") },
    own: { accent: token("--accent"), tint: token("--accent-tint") },
    volume: { up: `${token("--up")}48`, down: `${token("--down")}48` },
  };
}

const seconds = (iso) => Math.floor(Date.parse(iso) / 1000);
const bar = (candle) => ({ time: seconds(candle.start), open: Number(candle.open), high: Number(candle.high), low: Number(candle.low), close: Number(candle.close) });
const column = (candle, colors) => ({ time: seconds(candle.start), value: Number(candle.baseVolume), color: Number(candle.close) >= Number(candle.open) ? colors.up : colors.down });

function legend(box, candle, words) {
  /* A chart that is taken away still tells that the pointer has left it. */
  if (!box) return;
  box.replaceChildren();
  if (!candle) return;
  const up = Number(candle.close) >= Number(candle.open);
  const change = Number(candle.open) ? ((Number(candle.close) - Number(candle.open)) / Number(candle.open)) * 100 : 0;
  const part = (label, text, className = "") => {
    const span = document.createElement("span");
    const value = document.createElement("b");
    value.className = className;
    value.textContent = text;
    span.append(label ? `${label} ` : "", value);
    box.append(span);
  };
  part(words.open, group(candle.open));
  part(words.high, group(candle.high));
  part(words.low, group(candle.low));
  part(words.close, group(candle.close));
  part("", percent(String(change)), up ? "up" : "down");
  part(words.volume, brief(candle.baseVolume));
  box.lastChild.className = "hidem";
}

function Canvas({ market, interval, words, own, signedIn, onCancel, onAmend }) {
  const box = useRef(null);
  const tags = useRef(null);
  const parts = useRef(null);
  const canceling = useRef(onCancel);
  canceling.current = onCancel;
  const amending = useRef(onAmend);
  amending.current = onAmend;
  const facts = useRef(null);
  const note = useRef(null);

  useEffect(() => {
    let colors = palette();
    const precision = places(market.tickSize);
    const chart = createChart(box.current, { autoSize: true, ...colors.chart, localization: { locale: "en-GB", priceFormatter: (price) => group(price.toFixed(precision)) } });
    const candles = chart.addSeries(CandlestickSeries, { ...colors.candles, priceLineVisible: false, lastValueVisible: false, priceFormat: { type: "price", precision, minMove: Number(market.tickSize) } });
    const last = candles.createPriceLine({ price: 0, lineWidth: 1, lineStyle: LineStyle.SparseDotted, lineVisible: false, axisLabelVisible: false, title: "", ...colors.last });
    const volume = chart.addSeries(HistogramSeries, { priceFormat: { type: "volume" }, priceScaleId: "", lastValueVisible: false, priceLineVisible: false });
    candles.priceScale().applyOptions({ scaleMargins: { top: 0.1, bottom: 0.22 } });
    volume.priceScale().applyOptions({ scaleMargins: { top: 0.83, bottom: 0 } });

    const lines = ownLines(candles, tags.current, words, market, {
      cancel: (id) => canceling.current?.(id),
      amend: (id, change) => amending.current?.(id, change),
    });
    const marks = fillMarks(candles);
    lines.paint(colors.own);
    let fills = [];
    const mark = () => marks.set(fills, everything().map((candle) => seconds(candle.start)), colors.own.accent);

    const known = new Map();
    let latest = "";
    let newest = 0;
    let frame = 0;
    let pending = [];
    let whole = false;
    const everything = () => [...known.values()].sort((a, b) => (a.start < b.start ? -1 : 1));
    const draw = () => {
      frame = 0;
      if (whole) {
        const all = everything();
        candles.setData(all.map(bar));
        mark();
        volume.setData(all.map((candle) => column(candle, colors.volume)));
      } else {
        for (const candle of pending) {
          const behind = seconds(candle.start) < newest;
          candles.update(bar(candle), behind);
          volume.update(column(candle, colors.volume), behind);
          newest = Math.max(newest, seconds(candle.start));
        }
      }
      newest = Math.max(newest, latest ? seconds(latest) : 0);
      pending = [];
      whole = false;
      const now = known.get(latest);
      if (now) last.applyOptions({ price: Number(now.close), lineVisible: true, axisLabelVisible: true });
      legend(facts.current, now, words);
      note.current.hidden = known.size > 0;
    };
    const schedule = () => {
      frame ||= requestAnimationFrame(draw);
    };
    const stop = watchCandles(market.symbol, interval, (message) => {
      if (message.missing) return;
      for (const candle of message.candles) {
        known.set(candle.start, candle);
        if (candle.start > latest) latest = candle.start;
      }
      if (message.all) whole = true;
      else pending.push(...message.candles);
      schedule();
    });
    chart.subscribeCrosshairMove(({ time }) => {
      const pointed = time && [...known.values()].find((candle) => seconds(candle.start) === time);
      legend(facts.current, pointed || known.get(latest), words);
    });
    const theme = new MutationObserver(() => {
      colors = palette();
      chart.applyOptions(colors.chart);
      candles.applyOptions(colors.candles);
      last.applyOptions(colors.last);
      lines.paint(colors.own);
      whole = true;
      schedule();
    });
    theme.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme", "data-palette"] });
    parts.current = {
      lines,
      setFills: (found) => {
        fills = found;
        mark();
      },
    };
    return () => {
      parts.current = null;
      cancelAnimationFrame(frame);
      lines.end();
      theme.disconnect();
      stop();
      chart.remove();
    };
  }, [market.symbol, interval]);

  useEffect(() => parts.current?.lines.set(own), [own, market.symbol, interval]);
  useEffect(() => {
    if (!signedIn) {
      parts.current?.setFills([]);
      return undefined;
    }
    return watchFills(market.symbol, (fills) => parts.current?.setFills(fills));
  }, [signedIn, market.symbol, interval]);

  return (
    <div className="canvas">
      <div className="c" ref={box} role="figure" aria-label={`${words.title} ${market.symbol}`} data-testid="chart" />
      <div className="otags" ref={tags} data-testid="own-lines" />
      <div className="ohlc" ref={facts} />
      <p className="note" ref={note} hidden>
        {words.empty}
      </p>
    </div>
  );
}

const kept = (name, choices, fallback) => (choices.includes(recall(name, fallback)) ? recall(name, fallback) : fallback);

export function CandleChart({ words, own, signedIn, onCancel, onAmend }) {
  const market = useMarket();
  const panel = useRef(null);
  const [interval, setInterval] = useState(() => kept("interval", INTERVALS.map(([name]) => name), "M15"));
  const [mode, setMode] = useState(() => kept("chart", ["price", "depth"], "price"));
  const mine = useMemo(() => (own ?? []).filter((order) => order.market === market?.symbol && order.price_plain), [own, market]);
  const choose = (name) => {
    setInterval(name);
    remember("interval", name);
  };
  const show = (name) => {
    setMode(name);
    remember("chart", name);
  };
  /* On a phone the tabs above say which of the two is seen; that is no choice for wider windows. */
  useEffect(() => {
    const look = ({ detail }) => {
      if (detail === "depth") setMode("depth");
      else if (detail === "chart") setMode(matchMedia("(max-width: 767px)").matches ? "price" : kept("chart", ["price", "depth"], "price"));
    };
    addEventListener("rialto-view", look);
    return () => removeEventListener("rialto-view", look);
  }, []);
  const enlarge = () => {
    if (document.fullscreenElement) document.exitFullscreen();
    else panel.current.requestFullscreen?.();
  };
  const Picture = mode === "depth" ? DepthChart : Canvas;
  return (
    <section className="panel chartp" aria-label={words.title} ref={panel} data-mode={mode}>
      <div className="cbar">
        <div role="group" aria-label={words.interval} className="row ivs">
          {INTERVALS.map(([name, label]) => (
            <button key={name} type="button" className="iv" aria-pressed={name === interval} onClick={() => choose(name)} disabled={mode === "depth"}>
              {label}
            </button>
          ))}
        </div>
        <span className="grow" />
        <div className="seg sm hidem" role="group" aria-label={words.mode}>
          {["price", "depth"].map((name) => (
            <button key={name} type="button" aria-pressed={mode === name} onClick={() => show(name)} data-mode={name}>
              {words[name]}
            </button>
          ))}
        </div>
        <button type="button" className="ico hidem" aria-label={words.full_screen} onClick={enlarge}>
          <Sign name="max" />
        </button>
      </div>
      {market ? <Picture market={market} interval={interval} words={words} own={mine} signedIn={signedIn} onCancel={onCancel} onAmend={onAmend} /> : <div className="canvas" />}
    </section>
  );
}
