/* What is wrong when the exchange is not ready, and since when; goes on by itself. */
import { useEffect, useRef, useState } from "react";
import { clock } from "./numbers.js";
import { Sign } from "./signs.jsx";

const LOOK_MS = 3000;
const GLANCE_MS = 30000;

/** The reasons why the exchange is not ready: null when it is ready, "silent" when nobody answers. */
async function look() {
  try {
    const answer = await fetch("/readyz", { cache: "no-store" });
    if (answer.ok) return null;
    const body = await answer.json();
    return Object.entries(body.reasons ?? {});
  } catch {
    return "silent";
  }
}

function useReadiness(every) {
  const [found, setFound] = useState(undefined);
  const since = useRef(null);
  useEffect(() => {
    let gone = false;
    let timer;
    const go = async () => {
      const reasons = await look();
      if (gone) return;
      if (reasons !== null) since.current ??= new Date().toISOString();
      setFound(reasons);
      timer = setTimeout(go, every);
    };
    go();
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, []);
  return [found, since.current];
}

export function Maintenance({ words }) {
  const [found, since] = useReadiness(LOOK_MS);
  if (found === undefined) return <h1 aria-busy="true">{words.checking}</h1>;
  if (found === null) {
    return (
      <>
        <h1 role="status">{words.ready}</h1>
        <a className="btn primary" href="/">{words.back}</a>
      </>
    );
  }
  const reasons = found === "silent" ? [["", words.silent]] : found;
  return (
    <>
      <h1>{words.heading}</h1>
      <div className="card stack" data-testid="maintenance">
        <ul aria-label={words.more}>
          {reasons.map(([part, reason]) => (
            <li key={part} className="msg care">
              <Sign name="alert" />
              <span>{part ? `${part}: ${reason}` : reason}</span>
            </li>
          ))}
        </ul>
        <p>{words.safe}</p>
      </div>
      <p className="q">{words.since.replace("{time}", clock(since))}</p>
    </>
  );
}

/** A line at the top of every page while the exchange answers that it is not ready. */
export function NotReady({ words }) {
  const [found] = useReadiness(GLANCE_MS);
  if (!Array.isArray(found)) return null;
  return (
    <p className="banner" role="status">
      {words.heading} <a className="link" href="/maintenance">{words.more}</a>
    </p>
  );
}
