/* How exact decimals look: grouped digits, a real minus sign, never a float. */

/** "104218.40" → "104,218.40". */
export function group(text) {
  if (text === null || text === undefined) return "–";
  const negative = text.startsWith("-");
  const [whole, fraction] = (negative ? text.slice(1) : text).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return (negative ? "−" : "") + grouped + (fraction === undefined ? "" : `.${fraction}`);
}

/** A percentage with its sign and two decimals: "+0.14 %". */
export function percent(text) {
  if (text === null || text === undefined) return "–";
  const value = Number(text);
  const size = Math.abs(value).toFixed(2);
  const sign = size === "0.00" ? "" : value < 0 ? "−" : "+";
  return `${sign}${size}\u2009%`;
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
    if (value >= size) return `${(value / size).toFixed(1)}\u2009${letter}`;
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

/** "14:32:07" of an instant, in UTC. */
export function clock(iso) {
  return new Date(iso).toISOString().slice(11, 19);
}
