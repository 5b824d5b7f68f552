import i18next from "i18next";

/** A duration in words that fit a button, in the reader's language: `8 s`, `2 min`, `1 h 5 min`. */
export function shortTime(seconds: number): string {
  if (seconds < 90) return i18next.t("common:time.seconds", { seconds: Math.max(1, Math.round(seconds)) });
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return i18next.t("common:time.minutes", { minutes });
  return i18next.t("common:time.hours", { hours: Math.floor(minutes / 60), minutes: minutes % 60 });
}
