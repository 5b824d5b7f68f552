import { Tabs } from "@mantine/core";
import { useParams, useRouter } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { usePlace } from "@/lib/crumbs";

import { AuditLog } from "./AuditLog";
import { Keys } from "./Keys";
import { Members } from "./Members";
import { Sessions } from "./Sessions";

const PARTS = { keys: Keys, members: Members, sessions: Sessions, audit: AuditLog } as const;
type Part = keyof typeof PARTS;

/** The organisation: its keys, its people, where one is signed in, and what was done. */
export function AccountPage() {
  const { t } = useTranslation("account");
  const { t: shell } = useTranslation("shell");
  const { history } = useRouter();
  const { part } = useParams({ strict: false }) as { part?: string };
  const shown: Part = part !== undefined && part in PARTS ? (part as Part) : "keys";
  usePlace([{ words: shell("account"), to: "/account" }, { words: t(`parts.${shown}`) }]);
  return (
    <div className="page">
      <header className="page-head">
        <h1>{shell("account")}</h1>
      </header>
      <Tabs value={shown} onChange={(value) => history.push(`/account/${value}`)} keepMounted={false}>
        <Tabs.List mb="lg">
          {(Object.keys(PARTS) as Part[]).map((name) => (
            <Tabs.Tab key={name} value={name}>
              {t(`parts.${name}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {(Object.entries(PARTS) as [Part, (typeof PARTS)[Part]][]).map(([name, Content]) => (
          <Tabs.Panel key={name} value={name}>
            <Content />
          </Tabs.Panel>
        ))}
      </Tabs>
    </div>
  );
}
