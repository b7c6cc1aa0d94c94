/* What the components of the page have in common. */
import { useEffect, useRef, useState } from "react";
import { useParams } from "react-router";
import { market, watchStanding, watchTicker } from "./feed.js";

/** The market in the page's address: undefined while it is looked up, null when there is none. */
export function useMarket() {
  const { symbol } = useParams();
  const [found, setFound] = useState({ symbol, market: undefined });
  useEffect(() => {
    let gone = false;
    setFound({ symbol, market: undefined });
    market(symbol).then(
      (answer) => gone || setFound({ symbol, market: answer }),
      () => gone || setFound({ symbol, market: null }),
    );
    return () => {
      gone = true;
    };
  }, [symbol]);
  /* Who shows a market follows its ticker too, and the socket is open by the time the market is known. */
  const missing = found.symbol === symbol && found.market === null;
  useEffect(() => (missing ? undefined : watchTicker(symbol, () => {})), [symbol, missing]);
  return found.symbol === symbol ? found.market : undefined;
}

/** Every market's status by its symbol; null until it is known. */
export function useStandings() {
  const [found, setFound] = useState(null);
  useEffect(() => watchStanding(setFound), []);
  return found;
}

/** A function that runs `draw` once before the next frame, however often it is called. */
export function useFrame(draw) {
  const latest = useRef(draw);
  latest.current = draw;
  const frame = useRef(0);
  useEffect(() => () => cancelAnimationFrame(frame.current), []);
  const schedule = useRef(() => {
    if (frame.current) return;
    frame.current = requestAnimationFrame(() => {
      frame.current = 0;
      latest.current();
    });
  });
  return schedule.current;
}

/** An element with a class and text; children are elements or texts. */
export function element(tag, className, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

/** Change a text only when it differs, so that a still page costs nothing. */
export function write(node, text) {
  if (node.nodeValue !== text) node.nodeValue = text;
}
