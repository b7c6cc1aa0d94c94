/* What a person chooses for this browser; theme.js keeps it and applies it. */
import { useSyncExternalStore } from "react";

const CHOICES = {
  theme: ["dark", "light", "system"],
  palette: ["green-up", "red-up", "blue-up"],
  time: ["utc", "local"],
  language: ["en", "de"],
  sound: ["on", "off"],
  confirm: ["on", "off"],
  keys: ["on", "off"],
};

/* The theme is changed from the top bar as well, and this page must say so. */
const watch = (listener) => {
  addEventListener("rialto-settings", listener);
  return () => removeEventListener("rialto-settings", listener);
};

function Choice({ name, words }) {
  const value = useSyncExternalStore(watch, () => window.rialtoSettings.get()[name]);
  const choose = (option) => window.rialtoSettings.set(name, option);
  return (
    <fieldset className="choice">
      <legend>{words[name]}</legend>
      <div className="seg">
        {CHOICES[name].map((option) => (
          <label key={option}>
            <input type="radio" name={name} value={option} checked={value === option} onChange={() => choose(option)} />
            <span lang={name === "language" ? option : undefined}>{words[`${name}_${option}`]}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

export function Settings({ words }) {
  return (
    <div className="card settings" data-testid="settings">
      {Object.keys(CHOICES).map((name) => (
        <Choice key={name} name={name} words={words} />
      ))}
      <p className="msg between">
        {words.note}
        <a className="quiet-link" href="https://www.tradingview.com/">
          {words.charts}
        </a>
      </p>
    </div>
  );
}
