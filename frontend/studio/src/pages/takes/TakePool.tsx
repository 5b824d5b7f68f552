import { useTranslation } from "react-i18next";

import { SHARED, usePools } from "@/api/models";

/** Whose nodes render a take, or did; nothing where there are no others. */
export function TakePool({ pool }: { pool: string }) {
  const { t } = useTranslation("take");
  const pools = usePools();
  if (pools.length === 0 && pool === SHARED) return null;
  return <p className="faint">{pool === SHARED ? t("poolShared") : t("pool", { pool })}</p>;
}
