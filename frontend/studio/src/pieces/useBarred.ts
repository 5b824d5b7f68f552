import { useCallback } from "react";
import { useTranslation } from "react-i18next";

import { useMay, type Deed } from "@/api/may";
import { useMe } from "@/api/me";
import { say } from "@/lib/toasts";

/** Why the present role may not do that; null when it may, and while nobody knows. */
export function useWhyBarred(deed: Deed): string | null {
  const { t } = useTranslation("shell");
  const may = useMay(deed);
  const organisation = useMe()?.organisation.name ?? "";
  if (may !== false) return null;
  return t(deed === "change" ? "viewingHelp" : "adminsOnly", { organisation });
}

/** For keys, which cannot look disabled: turns what the role may not do into words that say why. */
export function useGuard(deed: Deed): <Args extends unknown[]>(act: (...args: Args) => void) => (...args: Args) => void {
  const why = useWhyBarred(deed);
  return useCallback((act) => (why === null ? act : () => say(why)), [why]);
}
