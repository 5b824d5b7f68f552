import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { useMay, type Deed } from "@/api/may";
import { EmptyState } from "@/pieces/EmptyState";
import { SkeletonRows } from "@/pieces/Skeleton";
import { useWhyBarred } from "@/pieces/useBarred";

/** A part of the account that some roles may not see: they are told what it is and whom to ask, and nothing is fetched. */
export function AdminsOnly({ deed, what, children }: { deed: Deed; what: string; children: ReactNode }) {
  const { t } = useTranslation("account");
  const may = useMay(deed);
  const why = useWhyBarred(deed);
  if (may === undefined) return <SkeletonRows count={3} height={58} />;
  if (may) return children;
  return (
    <EmptyState title={t("adminsOnly")}>
      <p>{what}</p>
      <p>{why}</p>
    </EmptyState>
  );
}
