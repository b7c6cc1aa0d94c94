/* The order book's panel: which side, how coarse, and the ladder. */
import { useEffect, useMemo, useState } from "react";
import { groupSizes } from "./book.js";
import { useMarket } from "./hooks.js";
import { Ladder } from "./ladder.jsx";
import { decimal, group, places, units } from "./numbers.js";
import { Sign } from "./signs.jsx";
import { recall, remember } from "./storage.js";

const VIEWS = ["both", "bids", "asks"];

/** A group's size as people write it: no zeros that say nothing. */
function written(multiple, market) {
  const digits = places(market.tickSize);
  const text = decimal(units(market.tickSize, digits) * multiple, digits);
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

function useGrouping(market) {
  const [index, setIndex] = useState(0);
  useEffect(() => {
    if (market) setIndex(Math.min(groupSizes().length - 1, Math.max(0, Number(recall(`grouping-${market.symbol}`, 0)) || 0)));
  }, [market]);
  const choose = (next) => {
    if (next < 0 || next >= groupSizes().length) return;
    setIndex(next);
    remember(`grouping-${market.symbol}`, next);
  };
  return [index, choose];
}

export function OrderBook({ words, own, onPick }) {
  const market = useMarket();
  const [view, setView] = useState(() => (VIEWS.includes(recall("book-view", "both")) ? recall("book-view", "both") : "both"));
  const [index, choose] = useGrouping(market);
  const codes = market ? [market.quote.code, market.base.code] : ["–", "–"];
  const mine = useMemo(() => (own ?? []).filter((order) => order.market === market?.symbol && order.price_plain), [own, market]);
  const show = (name) => {
    setView(name);
    remember("book-view", name);
  };
  return (
    <section className="panel bookp" aria-label={words.title} data-testid="order-book">
      <div className="phead">
        <h2>{words.title}</h2>
        <span className="grow" />
        <span className="row views" role="group" aria-label={words.views}>
          {VIEWS.map((name) => (
            <button key={name} type="button" className="ico" aria-label={words[`view_${name}`]} aria-pressed={view === name} onClick={() => show(name)}>
              <Sign name={name} />
            </button>
          ))}
        </span>
        <span className="row grouping" role="group" aria-label={words.grouping}>
          <button type="button" className="ico" data-key="finer" aria-label={words.finer} disabled={!market || index === 0} onClick={() => choose(index - 1)}>
            <Sign name="minus" size="xs" />
          </button>
          <span className="size" data-testid="grouping">{market ? group(written(groupSizes()[index], market)) : "–"}</span>
          <button type="button" className="ico" data-key="coarser" aria-label={words.coarser} disabled={!market || index === groupSizes().length - 1} onClick={() => choose(index + 1)}>
            <Sign name="plus" size="xs" />
          </button>
        </span>
      </div>
      <div className="bhead">
        <span>{`${words.price} (${codes[0]})`}</span>
        <span className="n">{`${words.amountHead} (${codes[1]})`}</span>
        <span className="n">{`${words.totalHead} (${codes[1]})`}</span>
      </div>
      {market ? <Ladder market={market} words={words} own={mine} view={view} multiple={groupSizes()[index]} onPick={onPick} /> : <div className="ladder" />}
    </section>
  );
}
