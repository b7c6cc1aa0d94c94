/* Live figures of markets for the operator's table. */
import { useEffect, useRef, useState } from "react";
import { watchMarkets } from "./feed.js";
import { useFrame, useStandings } from "./hooks.js";
import { brief, group } from "./numbers.js";
import { Standing } from "./status.jsx";

const FIGURES = {
  last: ({ ticker }) => group(ticker?.last),
  volume: ({ ticker, market }) => `${brief(ticker?.quoteVolume24h)} ${market.quote.code}`,
  auction: ({ ticker, market }) => (ticker?.indicativePrice ? `${group(ticker.indicativePrice)} · ${group(ticker.indicativeQuantity)} ${market.base.code}` : "–"),
};

/** One figure of one market. */
export function MarketFigure({ market, figure }) {
  const [text, setText] = useState("–");
  const row = useRef(null);
  const draw = useFrame(() => row.current && setText(FIGURES[figure](row.current)));
  useEffect(
    () =>
      watchMarkets((rows) => {
        if (Array.isArray(rows)) row.current = rows.find((found) => found.market.symbol === market) ?? null;
        draw();
      }),
    [market],
  );
  return <span data-figure={figure}>{text}</span>;
}

/** Its status, with the reason. */
export function MarketStanding({ market, words }) {
  return <Standing standing={useStandings()?.get(market)} words={words} />;
}
