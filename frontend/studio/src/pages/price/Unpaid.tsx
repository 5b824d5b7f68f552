import { useTranslation } from "react-i18next";

import { usePermission } from "@/api/permissions";
import { PageLink } from "@/components/PageLink";
import { refusalWords } from "@/components/errorWords";
import { creditsOf } from "@/lib/credits";
import { SUSPENDED } from "@/pages/shot/estimate";

import styles from "./Price.module.css";
import type { Refusal } from "./sum";

/** What stands in the way of paying, and what to do about it. */
export function Unpaid({ refusals }: { refusals: readonly Refusal[] }) {
  if (refusals.length === 0) return null;
  return (
    <div className={styles.unpaid} role="alert">
      <ul className="bare">
        {refusals.map((refusal) => {
          const isCap = refusal.code === "spend_cap_reached";
          return (
            <li key={refusal.code + refusal.message}>
              <UnpaidWords refusal={refusal} />{" "}
              {refusal.code !== SUSPENDED && <WayOut isCap={isCap} />}
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function WayOut({ isCap }: { isCap: boolean }) {
  const { t } = useTranslation("price");
  const may = usePermission("members") === true;
  if (!may) return t(isCap ? "askToRaise" : "askToAdd");
  return <PageLink to={isCap ? "/account/caps" : "/account/credits"}>{t(isCap ? "seeCaps" : "addCredits")}</PageLink>;
}

const SCOPES = ["organisation", "member", "key", "project"] as const;
const PERIODS = ["day", "month", "lifetime"] as const;

function UnpaidWords({ refusal }: { refusal: Refusal }) {
  const { t } = useTranslation("price");
  const { members, message, code } = refusal;
  const number = (name: string) => creditsOf(Number(members[name] ?? 0));
  if (code === "insufficient_credits") return t("short", { missing: number("missing"), available: number("available") });
  const scope = SCOPES.find((one) => one === members.scope);
  const period = PERIODS.find((one) => one === members.period);
  if (!scope || !period) return refusalWords({ ...members, code, detail: message }).help;
  return t("capped", { cap: t(`caps.${scope}`), when: t(`when.${period}`), limit: number("limit"), committed: number("committed") });
}
