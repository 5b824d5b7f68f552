import { useCallback } from "react";
import { useTranslation } from "react-i18next";

import { usePermission, type Permission } from "@/api/permissions";
import { useMe } from "@/api/me";
import { say } from "@/lib/toasts";

/** Why the present role may not do that; null when it may, and while nobody knows. */
export function useWhyForbidden(deed: Permission): string | null {
  const { t } = useTranslation("shell");
  const may = usePermission(deed);
  const organisation = useMe()?.organisation.name ?? "";
  if (may !== false) return null;
  return t(deed === "change" ? "viewingHelp" : "adminsOnly", { organisation });
}

/** For keys, which cannot look disabled: turns what the role may not do into words that say why. */
export function useGuard(deed: Permission): <Args extends unknown[]>(act: (...args: Args) => void) => (...args: Args) => void {
  const why = useWhyForbidden(deed);
  return useCallback((act) => (why === null ? act : () => say(why)), [why]);
}
