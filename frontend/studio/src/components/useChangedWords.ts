import { useTranslation } from "react-i18next";

import type { Schemas } from "@/api/client";

/** What has changed since a take was made, as one phrase in the reader's language. */
export function useChangedWords(): (changes: readonly Schemas["ChangeView"][]) => string {
  const { t, i18n } = useTranslation("common");
  const list = new Intl.ListFormat(i18n.language, { type: "conjunction" });
  return (changes) => list.format(changes.map(({ part, name }) => t(`changed.${part}`, { name: name ?? "" })));
}
