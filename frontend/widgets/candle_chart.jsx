/* Candles with volume, in the interval that is chosen above them. */
import { CandlestickSeries, ColorType, createChart, HistogramSeries, LineStyle } from "lightweight-charts";
import { useEffect, useRef, useState } from "react";
import { watchCandles } from "./feed.js";
import { useMarket } from "./hooks.js";
import { brief, group, percent, places } from "./numbers.js";

const INTERVALS = [["M1", "1m"], ["M5", "5m"], ["M15", "15m"], ["M30", "30m"], ["H1", "1h"], ["H4", "4h"], ["D1", "1D"], ["W1", "1W"]];
const CHOICE = "rialto-interval";

const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/* The chart draws on a canvas, so the colours are read from the tokens and given to it again when they change. */
function palette() {
  return {
    chart: {
      layout: { background: { type: ColorType.Solid, color: token("--panel") }, textColor: token("--ink-3"), fontSize: 11, fontFamily: token("--sans"), attributionLogo: true },
      grid: { vertLines: { color: token("--line") }, horzLines: { color: token("--line") } },
      rightPriceScale: { borderColor: token("--line") },
      timeScale: { borderColor: token("--line"), timeVisible: true, secondsVisible: false, rightOffset: 3, barSpacing: 7 },
      crosshair: { vertLine: { color: token("--edge"), labelBackgroundColor: token("--line-2") }, horzLine: { color: token("--edge"), labelBackgroundColor: token("--line-2") } },
    },
    candles: { upColor: token("--up"), downColor: token("--down"), wickUpColor: token("--up"), wickDownColor: token("--down"), borderVisible: false, priceLineColor: token("--ink-3"), priceLineStyle: LineStyle.Dotted },
    volume: { up: `${token("--up")}48`, down: `${token("--down")}48` },
  };
}

const seconds = (iso) => Math.floor(Date.parse(iso) / 1000);
const bar = (candle) => ({ time: seconds(candle.start), open: Number(candle.open), high: Number(candle.high), low: Number(candle.low), close: Number(candle.close) });
const column = (candle, colors) => ({ time: seconds(candle.start), value: Number(candle.baseVolume), color: Number(candle.close) >= Number(candle.open) ? colors.up : colors.down });

function legend(box, candle, words) {
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

function Canvas({ market, interval, words }) {
  const box = useRef(null);
  const facts = useRef(null);
  const note = useRef(null);

  useEffect(() => {
    let colors = palette();
    const precision = places(market.tickSize);
    const chart = createChart(box.current, { autoSize: true, ...colors.chart, localization: { locale: "en-GB", priceFormatter: (price) => group(price.toFixed(precision)) } });
    const candles = chart.addSeries(CandlestickSeries, { ...colors.candles, priceFormat: { type: "price", precision, minMove: Number(market.tickSize) } });
    const volume = chart.addSeries(HistogramSeries, { priceFormat: { type: "volume" }, priceScaleId: "", lastValueVisible: false, priceLineVisible: false });
    candles.priceScale().applyOptions({ scaleMargins: { top: 0.1, bottom: 0.22 } });
    volume.priceScale().applyOptions({ scaleMargins: { top: 0.83, bottom: 0 } });

    const known = new Map();
    let newest = 0;
    let frame = 0;
    let pending = [];
    let whole = false;
    const everything = () => [...known.values()].sort((a, b) => seconds(a.start) - seconds(b.start));
    const draw = () => {
      frame = 0;
      if (whole) {
        const all = everything();
        candles.setData(all.map(bar));
        volume.setData(all.map((candle) => column(candle, colors.volume)));
      } else {
        for (const candle of pending) {
          const behind = seconds(candle.start) < newest;
          candles.update(bar(candle), behind);
          volume.update(column(candle, colors.volume), behind);
          newest = Math.max(newest, seconds(candle.start));
        }
      }
      newest = Math.max(newest, ...[...known.values()].slice(-2).map((candle) => seconds(candle.start)));
      pending = [];
      whole = false;
      legend(facts.current, everything().at(-1), words);
      note.current.hidden = known.size > 0;
    };
    const schedule = () => {
      frame ||= requestAnimationFrame(draw);
    };
    const stop = watchCandles(market.symbol, interval, (message) => {
      if (message.missing) return;
      for (const candle of message.candles) known.set(candle.start, candle);
      if (message.all) whole = true;
      else pending.push(...message.candles);
      schedule();
    });
    chart.subscribeCrosshairMove(({ time }) => {
      const pointed = time && [...known.values()].find((candle) => seconds(candle.start) === time);
      legend(facts.current, pointed || everything().at(-1), words);
    });
    const theme = new MutationObserver(() => {
      colors = palette();
      chart.applyOptions(colors.chart);
      candles.applyOptions(colors.candles);
      whole = true;
      schedule();
    });
    theme.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme", "data-palette"] });
    return () => {
      cancelAnimationFrame(frame);
      theme.disconnect();
      stop();
      chart.remove();
    };
  }, [market.symbol, interval]);

  return (
    <div className="canvas" role="img" aria-label={`${words.title} ${market.symbol}`}>
      <div className="c" ref={box} data-testid="chart" />
      <div className="ohlc" ref={facts} />
      <p className="note" ref={note} hidden>
        {words.empty}
      </p>
    </div>
  );
}

const remembered = () => {
  try {
    return localStorage.getItem(CHOICE);
  } catch {
    return null;
  }
};

export function CandleChart({ words }) {
  const market = useMarket();
  const [interval, setInterval] = useState(() => (INTERVALS.some(([name]) => name === remembered()) ? remembered() : "M1"));
  const choose = (name) => {
    setInterval(name);
    try {
      localStorage.setItem(CHOICE, name);
    } catch {
      /* Without storage the choice lasts as long as the page. */
    }
  };
  return (
    <section className="panel chartp" aria-label={words.title}>
      <div className="cbar">
        <div role="group" aria-label={words.interval} className="row" style={{ gap: "1px" }}>
          {INTERVALS.map(([name, label]) => (
            <button key={name} type="button" className="iv" aria-pressed={name === interval} onClick={() => choose(name)}>
              {label}
            </button>
          ))}
        </div>
      </div>
      {market ? <Canvas market={market} interval={interval} words={words} /> : <div className="canvas" />}
    </section>
  );
}
