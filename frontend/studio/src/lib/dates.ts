import i18next from "i18next";

/** A day in the page's language, whatever the browser's is: `Nov 29, 2026`, `2026年11月29日`. */
export function dayOf(moment: string): string {
  return new Date(moment).toLocaleDateString(i18next.language, { dateStyle: "medium" });
}

/** A day with its time, in the page's language. */
export function momentOf(moment: string, timeStyle: "short" | "medium" = "short"): string {
  return new Date(moment).toLocaleString(i18next.language, { dateStyle: "medium", timeStyle });
}
