import { Tabs } from "@mantine/core";
import { useParams, useRouter } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";

import { addEnglish } from "@/i18n";
import { account } from "@/i18n/en/account";
import { audit } from "@/i18n/en/audit";
import { usePlace } from "@/lib/crumbs";
import { SkeletonRows } from "@/components/Skeleton";

import styles from "./Account.module.css";
import { Organisation } from "./Organisation";
import { Password } from "./Password";
import { Sessions } from "./Sessions";

const Members = lazy(async () => ({ default: (await import("./Members")).Members }));
const Keys = lazy(async () => ({ default: (await import("./Keys")).Keys }));
const StandingConsent = lazy(async () => ({ default: (await import("./StandingConsent")).StandingConsent }));
const Credits = lazy(async () => ({ default: (await import("./credits/Credits")).Credits }));
const Spending = lazy(async () => ({ default: (await import("./money")).Spending }));
const Caps = lazy(async () => ({ default: (await import("./money")).Caps }));
const Statements = lazy(async () => ({ default: (await import("./money")).Statements }));
const Webhooks = lazy(async () => ({ default: (await import("./webhooks/Webhooks")).Webhooks }));
const AuditLog = lazy(async () => ({ default: (await import("./AuditLog")).AuditLog }));
const RequestLog = lazy(async () => ({ default: (await import("./RequestLog")).RequestLog }));

addEnglish({ account, audit });

const PARTS = { organisation: Organisation, members: Members, credits: Credits, spending: Spending, caps: Caps, statements: Statements, keys: Keys, webhooks: Webhooks, requests: RequestLog, consent: StandingConsent, sessions: Sessions, password: Password, audit: AuditLog } as const;
type Part = keyof typeof PARTS;

/** The organisation: its name, its people, its keys, what was done; and where and how one is signed in oneself. */
export function AccountPage() {
  const { t } = useTranslation("account");
  const { t: shell } = useTranslation("shell");
  const { history } = useRouter();
  const { part } = useParams({ strict: false }) as { part?: string };
  const shown: Part = part !== undefined && part in PARTS ? (part as Part) : "organisation";
  usePlace([{ words: shell("account"), to: "/account" }, { words: t(`parts.${shown}`) }]);
  return (
    <div className="page">
      <header className="page-head">
        <h1>{shell("account")}</h1>
      </header>
      <Tabs value={shown} onChange={(value) => history.push(`/account/${value}`)} keepMounted={false}>
        <Tabs.List mb="lg" className={styles.tabs}>
          {(Object.keys(PARTS) as Part[]).map((name) => (
            <Tabs.Tab key={name} value={name}>
              {t(`parts.${name}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {(Object.entries(PARTS) as [Part, (typeof PARTS)[Part]][]).map(([name, Content]) => (
          <Tabs.Panel key={name} value={name}>
            <Suspense fallback={<SkeletonRows count={3} height={58} />}>
              <Content />
            </Suspense>
          </Tabs.Panel>
        ))}
      </Tabs>
    </div>
  );
}
