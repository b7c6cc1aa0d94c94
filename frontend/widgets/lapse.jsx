/* The dead man's switch: while it is on, every page renews it; when none does so any more, the exchange cancels. */
import { useEffect, useState, useSyncExternalStore } from "react";
import { ask } from "./socket.js";
import { recall, remember } from "./storage.js";

const CHOICES = [30, 60, 120, 300, 900, 3600];
const USUAL = 300;
const RENEW_SECONDS_MAX = 60;
const LAPSE = "mutation Lapse($seconds: Int!) { cancelAllAfter(seconds: $seconds) { cancelsAt errors { message } } }";

/* What this page knows: `until` is when the orders go, by this browser's clock; `trouble` is what the API said last. */
let state = { seconds: USUAL, on: false, until: null, renewed: 0, trouble: "" };
const listeners = new Set();

function set(change) {
  state = { ...state, ...change };
  for (const listener of listeners) listener();
}

const watch = (listener) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};
const useLapse = () => useSyncExternalStore(watch, () => state);

/* The choice belongs to one person: another one who signs in here has a choice of their own. */
function load(who) {
  const [seconds, on] = String(recall(`lapse-${who}`, "")).split(" ");
  const known = CHOICES.includes(Number(seconds));
  if (known && (state.seconds !== Number(seconds) || state.on !== (on === "on"))) set({ seconds: Number(seconds), on: on === "on", renewed: 0 });
  else if (!known && state.on) set({ seconds: USUAL, on: false, until: null });
}

async function send(seconds) {
  set({ renewed: Date.now() });
  const asked = Date.now();
  try {
    const { cancelAllAfter } = await ask(LAPSE, { seconds });
    const refused = cancelAllAfter.errors[0]?.message ?? "";
    set(refused ? { trouble: refused } : { trouble: "", until: seconds ? asked + seconds * 1000 : null });
    return !refused;
  } catch (problem) {
    set({ trouble: problem.message });
    return false;
  }
}

/** Without a face: renews the switch of `who` while it is on. */
export function LapseKeeper({ who }) {
  useEffect(() => {
    const look = () => {
      load(who);
      const every = Math.min(state.seconds / 3, RENEW_SECONDS_MAX) * 1000;
      if (state.on && Date.now() - state.renewed >= every) send(state.seconds);
    };
    look();
    const timer = setInterval(look, 1000);
    return () => clearInterval(timer);
  }, [who]);
  return null;
}

function left(until, now) {
  const seconds = Math.max(0, Math.ceil((until - now) / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** The switch itself. */
export function LapseSwitch({ words, who }) {
  const { seconds, on, until, trouble } = useLapse();
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const keep = (next, goes) => {
    remember(`lapse-${who}`, `${next} ${goes ? "on" : "off"}`);
    set({ seconds: next, on: goes });
  };
  const turn = async (event) => {
    const goes = event.target.checked;
    keep(seconds, goes);
    if (!(await send(goes ? seconds : 0)) && goes) keep(seconds, false);
  };
  const choose = (event) => {
    const next = Number(event.target.value);
    keep(next, on);
    if (on) send(next);
  };
  return (
    <section className="card settings" aria-labelledby="lapse-title" data-testid="lapse">
      <div className="row between lapse">
        <h2 id="lapse-title">{words.title}</h2>
        <span className="row">
          <label className="row lab">
            <span>{words.after}</span>
            <select className="sel" value={seconds} onChange={choose} data-testid="lapse-seconds">
              {CHOICES.map((choice) => (
                <option key={choice} value={choice}>
                  {choice < 60 ? words.seconds.replace("{count}", choice) : words.minutes.replace("{count}", choice / 60)}
                </option>
              ))}
            </select>
          </label>
          <label className="check">
            <input type="checkbox" checked={on} onChange={turn} data-testid="lapse-on" />
            {words.on}
          </label>
        </span>
      </div>
      <p className="msg">{words.about}</p>
      {on && until ? (
        <p className="msg care" data-testid="lapse-left">
          {words.left.replace("{time}", left(until, now))}
        </p>
      ) : null}
      {trouble ? (
        <p className="msg bad" role="alert">
          {trouble}
        </p>
      ) : null}
    </section>
  );
}
