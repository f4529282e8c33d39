// Numbers as a finance person writes them: the rules of crates/headwater/src/number.rs.

export const NOTHING = "—";

/** `value` with `digits` decimals; an exact half goes to the even digit, as the library rounds. */
function fixed(value, digits) {
  const scale = 10 ** digits;
  const scaled = value * scale;
  if (Math.abs(scaled % 1) === 0.5 && scaled / scale === value) {
    const below = Math.floor(scaled);
    return ((below % 2 === 0 ? below : below + 1) / scale).toFixed(digits);
  }
  return value.toFixed(digits);
}

const exponent = (value) => value.toExponential(1).replace("e+", "e");
const isNumber = (value) => typeof value === "number" && Number.isFinite(value);
const withoutNegativeZero = (text) => (/^-[0.]+$/.test(text) ? text.slice(1) : text);

function small(value) {
  const size = Math.abs(value);
  if (value === 0) return "0";
  if (size >= 99.95) return fixed(value, 0);
  if (size >= 9.995) return fixed(value, 1);
  if (size >= 0.01) return fixed(value, 2);
  if (size >= 1e-4) return fixed(value, 5);
  return exponent(value);
}

/** An amount to two or three digits: 1.2M, 35.1k, 840. */
export function amount(value) {
  if (!isNumber(value)) return NOTHING;
  const size = Math.abs(value);
  if (size < 999.5) return small(value);
  for (const [scale, suffix] of [[1e3, "k"], [1e6, "M"], [1e9, "B"], [1e12, "T"]]) {
    if (size < 999.5 * scale) return fixed(value / scale, size < 99.95 * scale ? 1 : 0) + suffix;
  }
  return exponent(value);
}

/** Money, in the currency of the data, which the file does not name. */
export const money = amount;

/** Two decimals, for returns: 0.84. */
export function ratio(value) {
  if (!isNumber(value) || Math.abs(value) >= 999.5) return amount(value);
  return withoutNegativeZero(fixed(value, 2));
}

/** A share in percent: 35%, 0.4%. */
export function percent(share) {
  if (!isNumber(share)) return NOTHING;
  const value = 100 * share;
  return withoutNegativeZero(fixed(value, value !== 0 && Math.abs(value) < 0.95 ? 1 : 0)) + "%";
}

/** `1.2M (800k to 1.6M)`; the point alone without an interval; a dash without a point. */
export function estimate(value, write = amount) {
  if (!isNumber(value?.point)) return NOTHING;
  if (!isNumber(value.lower) || !isNumber(value.upper)) return write(value.point);
  return `${write(value.point)} (${write(value.lower)} to ${write(value.upper)})`;
}

/** A whole number with thin spaces between thousands: 12 345. */
export function count(value) {
  return isNumber(value) ? String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, "\u202f") : NOTHING;
}

/** A day of the data: 3 Jan 2022. */
export function day(iso) {
  const date = new Date(`${String(iso).slice(0, 10)}T00:00:00Z`);
  if (Number.isNaN(date.getTime())) return iso ? String(iso) : NOTHING;
  return date.toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
}

/** A moment, in the reader's time zone: 22 Nov 2026, 07:22. */
export function moment(iso) {
  const date = new Date(iso);
  if (!iso || Number.isNaN(date.getTime())) return NOTHING;
  return date.toLocaleString("en-GB", { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" });
}

/** A stretch of time: 4.2 s, 1 min 20 s, 2 h 5 min. */
export function duration(seconds) {
  if (!isNumber(seconds)) return NOTHING;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** The size of a file: 12 kB. */
export function bytes(size) {
  return isNumber(size) ? (size < 999.5 ? `${size} B` : size < 999500 ? `${fixed(size / 1e3, 0)} kB` : `${fixed(size / 1e6, 1)} MB`) : NOTHING;
}

/** A name from settings or JSON as words: `elastic_net` is "elastic net". */
export function words(name) {
  return String(name ?? "").replaceAll("_", " ");
}
