import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { EmptyState } from "./EmptyState";
import { useWhyForbidden } from "./useForbidden";

/** A page that is all about making something: whoever only watches is told so instead of filling it in for nothing. */
export function ChangersOnly({ children }: { children: ReactNode }) {
  const { t } = useTranslation("shell");
  const why = useWhyForbidden("change");
  return why === null ? children : <EmptyState title={t("viewing")}>{why}</EmptyState>;
}
