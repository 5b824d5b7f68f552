import i18next from "i18next";
import { initReactI18next } from "react-i18next";

import type { en as english } from "./en";
import { early } from "./en/early";

export type Language = "en" | "zh";
const KEPT_AT = "dramatis.language";

/** What the reader chose, or else what the browser prefers. */
export function preferredLanguage(): Language {
  const kept = localStorage.getItem(KEPT_AT);
  if (kept === "en" || kept === "zh") return kept;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}

/** Start with English in hand; another language is fetched once, when it is wanted. */
export async function startWords(): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: "en",
    fallbackLng: "en",
    resources: { en: early },
    defaultNS: "common",
    interpolation: { escapeValue: false },
    react: { useSuspense: false },
  });
  await speak(preferredLanguage());
}

/** The English of one page, fetched with it. */
export function addEnglish(words: Partial<typeof english>): void {
  for (const [name, own] of Object.entries(words)) i18next.addResourceBundle("en", name, own);
}

/** Show every page in this language, now and the next time. */
export async function speak(language: Language): Promise<void> {
  if (language === "zh" && !i18next.hasResourceBundle("zh", "common")) {
    const { zh } = await import("./zh");
    for (const [name, words] of Object.entries(zh)) i18next.addResourceBundle("zh", name, words);
  }
  await i18next.changeLanguage(language);
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
}

export async function chooseLanguage(language: Language): Promise<void> {
  localStorage.setItem(KEPT_AT, language);
  await speak(language);
}
