/* Signing in and up, signing out, and the ear for the user's own updates. */
import { useEffect, useRef, useState } from "react";
import { watchAccount } from "./feed.js";
import { ask, Refused } from "./socket.js";

const REPORT_MS_MIN = 150;
const RETRY_MS = 3000;

/** Where to go after signing in: only ever a path of this site. */
function destination() {
  const next = new URLSearchParams(location.search).get("next") ?? "";
  try {
    const target = new URL(next, location.origin);
    if (next.startsWith("/") && target.origin === location.origin) return target.pathname + target.search;
  } catch {
    /* Not an address: go to the terminal. */
  }
  return "/trade";
}

function Field({ name, label, type, autoComplete, refusal, hint, eye }) {
  const [seen, setSeen] = useState(false);
  return (
    <div className="field">
      <label htmlFor={name}>{label}</label>
      <div className={refusal ? "box bad" : "box"}>
        <input id={name} name={name} type={seen ? "text" : type} autoComplete={autoComplete} required aria-invalid={Boolean(refusal)} aria-describedby={`${name}-note`} />
        {eye ? (
          <button type="button" className="ico" aria-label={seen ? eye.hide_password : eye.show_password} aria-pressed={seen} onClick={() => setSeen(!seen)}>
            <svg className="i" viewBox="0 0 24 24" aria-hidden="true">
              <path d="M2.500 12c4-7.500 15-7.500 19 0-4 7.500-15 7.500-19 0z" />
              <circle cx="12" cy="12" r="2.800" />
            </svg>
          </button>
        ) : null}
      </div>
      <p className={refusal ? "msg bad" : "msg"} id={`${name}-note`} role={refusal ? "alert" : undefined}>
        {refusal ?? hint}
      </p>
    </div>
  );
}

/** The form of the sign-in and sign-up pages. The API's answer sets the session's cookie. */
export function CredentialsForm({ mode, words }) {
  const [refusals, setRefusals] = useState({});
  const [busy, setBusy] = useState(false);
  const operation = mode === "signup" ? "register" : "logIn";
  const input = mode === "signup" ? "RegisterInput" : "LogInInput";

  const submit = async (event) => {
    event.preventDefault();
    if (busy) return;
    const form = new FormData(event.currentTarget);
    const credentials = { email: form.get("email").trim(), password: form.get("password") };
    const missing = {};
    if (!credentials.email) missing.email = words.email_missing;
    if (!credentials.password) missing.password = words.password_missing;
    setRefusals(missing);
    if (Object.keys(missing).length) return;
    setBusy(true);
    try {
      const data = await ask(`mutation Enter($input: ${input}!) { ${operation}(input: $input) { user { id } errors { code message path } } }`, { input: credentials });
      const answer = data[operation];
      if (answer.user) {
        location.assign(destination());
        return;
      }
      const found = {};
      for (const { message, path } of answer.errors) {
        const field = ["email", "password"].includes(path.at(-1)) ? path.at(-1) : "form";
        found[field] = message;
      }
      setRefusals(answer.errors.length ? found : { form: words.check_mail });
    } catch (problem) {
      setRefusals({ form: problem instanceof Refused ? problem.message : words.offline });
    }
    setBusy(false);
  };

  return (
    <form onSubmit={submit} noValidate data-testid="credentials">
      <Field name="email" label={words.email} type="email" autoComplete="username" refusal={refusals.email} />
      <Field name="password" label={words.password} type="password" autoComplete={mode === "signup" ? "new-password" : "current-password"} eye={words} refusal={refusals.password} hint={mode === "signup" ? words.password_hint : undefined} />
      {refusals.form ? <p className="msg bad" role="alert">{refusals.form}</p> : null}
      <button className="btn primary lg block" type="submit" disabled={busy}>
        {busy ? words.working : words.submit}
      </button>
    </form>
  );
}

/** Ends the session at the API, then loads the page anew, so that nothing private stays in it. */
export function SignOut({ words, className }) {
  const [failed, setFailed] = useState(false);
  const leave = async () => {
    try {
      await ask("mutation { logOut { errors { code } } }");
      location.assign("/");
    } catch {
      setFailed(true);
    }
  };
  return (
    <button type="button" className={className} onClick={leave} data-testid="sign-out">
      {failed ? words.failed : words.sign_out}
    </button>
  );
}

export function ThemeToggle({ words }) {
  const toggle = () => {
    const root = document.documentElement;
    const next = root.dataset.theme === "light" ? "dark" : "light";
    window.rialtoSettings.set("theme", next);
  };
  return (
    <button type="button" className="ico lg" aria-label={words.appearance} onClick={toggle}>
      <svg className="i" viewBox="0 0 24 24" aria-hidden="true">
        <circle cx="12" cy="12" r="4" />
        <path d="M12 2.500v2M12 19.500v2M2.500 12h2M19.500 12h2M5.300 5.300l1.400 1.400M17.300 17.300l1.400 1.400M5.300 18.700l1.400-1.400M17.300 6.700l1.400-1.400" />
      </svg>
    </button>
  );
}

/**
 * Without a face: tells the page that the user's orders or balances have changed.
 * While `trouble` says that they could not be loaded, it asks again from time to time.
 */
export function AccountFeed({ onChange, trouble }) {
  const report = useRef(onChange);
  report.current = onChange;
  useEffect(() => {
    let timer = null;
    const stop = watchAccount(() => {
      timer ??= setTimeout(() => {
        timer = null;
        report.current?.();
      }, REPORT_MS_MIN);
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, []);
  useEffect(() => {
    if (!trouble) return undefined;
    const timer = setInterval(() => report.current?.(), RETRY_MS);
    return () => clearInterval(timer);
  }, [trouble]);
  return null;
}
