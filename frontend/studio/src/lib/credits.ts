import i18next from "i18next";

/** Credits as people write them: no more decimals than there are. */
export function creditsOf(credits: number): string {
  return new Intl.NumberFormat(i18next.language, { maximumFractionDigits: 6 }).format(credits);
}
