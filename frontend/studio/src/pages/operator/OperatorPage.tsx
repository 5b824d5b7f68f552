import { Tabs } from "@mantine/core";
import { useParams, useRouter } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { usePlace } from "@/lib/crumbs";

import { Acts } from "./Acts";
import { OperatorsOnly } from "./OperatorsOnly";
import { Organisations } from "./Organisations";
import { Overview } from "./Overview";
import { Prices } from "./Prices";

// One file for all of it: few people come here, and every further entry splits what other pages share.
export { OrganisationPage } from "./OrganisationPage";

const PARTS = { overview: Overview, organisations: Organisations, offer: Prices, acts: Acts } as const;
type Part = keyof typeof PARTS;

/** For whoever runs the installation: what it earns and takes, whose accounts there are, what things cost. */
export function OperatorPage() {
  return (
    <OperatorsOnly>
      <OperatorTabs />
    </OperatorsOnly>
  );
}

function OperatorTabs() {
  const { t } = useTranslation("operator");
  const { t: shell } = useTranslation("shell");
  const { history } = useRouter();
  const { part } = useParams({ strict: false }) as { part?: string };
  const shown: Part = part !== undefined && part in PARTS ? (part as Part) : "overview";
  usePlace([{ words: shell("operator"), to: "/operator" }, { words: t(`parts.${shown}`) }]);
  const Shown = PARTS[shown];
  return (
    <div className="page">
      <header className="page-head">
        <h1>{shell("operator")}</h1>
      </header>
      <Tabs value={shown} onChange={(value) => history.push(`/operator/${value}`)} keepMounted={false}>
        <Tabs.List mb="lg">
          {(Object.keys(PARTS) as Part[]).map((name) => (
            <Tabs.Tab key={name} value={name}>
              {t(`parts.${name}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value={shown}>
          <Shown />
        </Tabs.Panel>
      </Tabs>
    </div>
  );
}
