/* How exact decimals and times look: grouped digits by the reader's custom, a real minus sign, never a float. */

/* What groups digits and what separates decimals; `frontend/locale.py` has the same table, and the reason for it. */
const SEPARATORS = { en: [",", "."], de: ["\u202f", ","] };
const root = globalThis.document?.documentElement;
const language = () => root?.lang || "en";
const separators = () => SEPARATORS[language()] ?? SEPARATORS.en;

/** "104218.40" → "104,218.40". */
export function group(text) {
  if (text === null || text === undefined) return "–";
  const negative = text.startsWith("-");
  const [whole, fraction] = (negative ? text.slice(1) : text).split(".");
  const [group, decimal] = separators();
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, group);
  return (negative ? "−" : "") + grouped + (fraction === undefined ? "" : decimal + fraction);
}

/** A percentage with its sign and two decimals: "+0.14 %". */
export function percent(text) {
  if (text === null || text === undefined) return "–";
  const value = Number(text);
  const size = group(Math.abs(value).toFixed(2));
  const sign = /[1-9]/.test(size) ? (value < 0 ? "−" : "+") : "";
  return `${sign}${size}\u2009%`;
}

/** A fraction such as "0.001" as a percentage without a sign. */
export function share(fraction, digits) {
  return `${group((Number(fraction) * 100).toFixed(digits))}\u2009%`;
}

/** At most `digits` decimals, cut and not rounded, so that a ladder never shows more than there is. */
export function cut(text, digits) {
  const [whole, fraction = ""] = text.split(".");
  return digits && fraction ? `${whole}.${fraction.slice(0, digits)}` : whole;
}

/** A large sum in a header: "492.7 M". */
export function brief(text) {
  if (text === null || text === undefined) return "–";
  const value = Number(text);
  for (const [size, letter] of [[1e9, "B"], [1e6, "M"]]) {
    if (value >= size) return `${group((value / size).toFixed(1))}\u2009${letter}`;
  }
  return group(value.toFixed(2));
}

/** Decimal places of a step such as "0.00001". */
export function places(step) {
  const fraction = step.split(".")[1] ?? "";
  return fraction.replace(/0+$/, "").length;
}

/** An exact decimal as a whole number of its smallest unit, at `digits` decimals. */
export function units(text, digits) {
  const [whole, fraction = ""] = text.split(".");
  return BigInt(whole + fraction.slice(0, digits).padEnd(digits, "0"));
}

/** The inverse of `units`. */
export function decimal(value, digits) {
  const negative = value < 0n;
  const text = (negative ? -value : value).toString().padStart(digits + 1, "0");
  const cutAt = text.length - digits;
  return (negative ? "-" : "") + text.slice(0, cutAt) + (digits ? `.${text.slice(cutAt)}` : "");
}

/** Whether times are shown in the reader's zone; UTC otherwise. */
export const local = () => root?.dataset.time === "local";

const formats = new Map();
const formatter = (options) => {
  const key = `${language()} ${local()} ${JSON.stringify(options)}`;
  if (!formats.has(key)) {
    const zone = local() ? {} : { timeZone: "UTC" };
    formats.set(key, new Intl.DateTimeFormat(language() === "en" ? "en-GB" : language(), { ...options, ...zone, hourCycle: "h23" }));
  }
  return formats.get(key);
};

/** "14:32:07" of an instant. */
export const clock = (iso) => formatter({ hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(new Date(iso));

/** "5 Jun, 14:32" of an instant. */
export const moment = (iso) => formatter({ day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" }).format(new Date(iso));

/** What the head of a column of times says about their zone: "UTC", or the reader's own "GMT+2". */
export const zone = () =>
  formatter({ timeZoneName: "short" })
    .formatToParts(new Date())
    .find(({ type }) => type === "timeZoneName").value;
