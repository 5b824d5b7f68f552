import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { addEnglish } from "@/i18n";
import { money as english } from "@/i18n/en/money";
import { creditsOf } from "@/lib/credits";

import { capsQuery } from "./queries";

addEnglish({ money: english });

/** What a key may still spend, of each of its caps. */
export function KeyCaps({ keyId }: { keyId: string }) {
  const { t } = useTranslation("money");
  const { data } = useQuery(capsQuery);
  const caps = data?.filter((cap) => cap.scope === "key" && cap.subject_id === keyId) ?? [];
  return caps.map((cap) => (
    <span key={cap.id} className="faint">
      {t(`periods.${cap.period}`)}: {t("capFacts", { committed: creditsOf(cap.committed), limit: creditsOf(cap.limit), remaining: creditsOf(cap.remaining) })}
    </span>
  ));
}
