import i18next from "i18next";

/** A duration in words that fit a button, in the reader's language: `8 s`, `2 min`, `1 h 5 min`. */
export function shortTime(seconds: number): string {
  if (seconds < 90) return i18next.t("common:time.seconds", { seconds: Math.max(1, Math.round(seconds)) });
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return i18next.t("common:time.minutes", { minutes });
  return i18next.t("common:time.hours", { hours: Math.floor(minutes / 60), minutes: minutes % 60 });
}

/** Between which durations something will last: `8–14 s`, `2–3 min`; one duration where both are the same. */
export function shortRange(low: number, high: number): string {
  const [from, to] = [shortTime(low), shortTime(high)];
  if (from === to) return from;
  const ends = (unit: number) => ({ from: Math.max(1, Math.round(low / unit)), to: Math.round(high / unit) });
  if (high < 90) return i18next.t("common:time.secondRange", ends(1));
  if (low >= 90 && high < 3570) return i18next.t("common:time.minuteRange", ends(60));
  return i18next.t("common:time.range", { from, to });
}
