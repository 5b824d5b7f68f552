import { queryOptions, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { answer, api, type Schemas } from "@/api/client";
import { keys } from "@/api/queries";

import { membersQuery } from "../members";

export type Cap = Schemas["CapView"];
export type Scope = Cap["scope"];
export type Line = Schemas["UsageLine"];
export type By = "model" | "project" | "member" | "key";

export const BYS: readonly By[] = ["project", "model", "member", "key"];
export const SCOPES: readonly Scope[] = ["organisation", "project", "member", "key"];
export const PERIODS: readonly Cap["period"][] = ["day", "month", "lifetime"];
const DAY_MS = 86_400_000;

export const capsQuery = queryOptions({ queryKey: ["credits", "caps"], queryFn: async () => (await answer(api.GET("/v1/billing/caps"))).data });
export const statementsQuery = queryOptions({
  queryKey: ["credits", "statements"],
  queryFn: async () => (await answer(api.GET("/v1/billing/statements"))).data,
});
export const payingLotsQuery = queryOptions({
  queryKey: ["credits", "lots", "paying"],
  queryFn: async () => (await answer(api.GET("/v1/billing/lots", { params: { query: { paying: true, limit: 100 } } }))).data,
});
const filmsQuery = queryOptions({
  queryKey: [...keys.projects, "names"],
  queryFn: async () => (await answer(api.GET("/v1/projects", { params: { query: { limit: 100 } } }))).data,
});
const keysQuery = queryOptions({
  queryKey: [...keys.apiKeys, "live"],
  queryFn: async () => (await answer(api.GET("/v1/api-keys", { params: { query: { limit: 100 } } }))).data,
});

/** What was spent in the last days, told apart by the day or by something else. */
export function usageQuery(days: number, by: By | "day") {
  const midnight = Math.floor(Date.now() / DAY_MS) * DAY_MS; // of UTC, as the studio counts
  const since = new Date(midnight - (days - 1) * DAY_MS).toISOString();
  return queryOptions({
    queryKey: ["credits", "usage", since, by],
    queryFn: () => answer(api.GET("/v1/usage", { params: { query: { since, by: [by] } } })),
  });
}

/** Every day of the time, oldest first, those without takes too. */
export function everyDay(lines: readonly Line[], days: number): { day: string; credits: number; takes: number }[] {
  const told = new Map(lines.map((line) => [line.day, line]));
  const midnight = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  return Array.from({ length: days }, (_, place) => {
    const day = new Date(midnight - (days - 1 - place) * DAY_MS).toISOString().slice(0, 10);
    const line = told.get(day);
    return { day, credits: line?.credits ?? 0, takes: line?.takes ?? 0 };
  });
}

export interface Named {
  id: string;
  name: string;
}

/** Who or what spending can be of. */
export function useSpenders(): Record<"project" | "member" | "key", Named[]> {
  const films = useQuery(filmsQuery).data ?? [];
  const members = useQuery(membersQuery).data ?? [];
  const made = useQuery(keysQuery).data ?? [];
  return {
    project: films.map(({ id, name }) => ({ id, name })),
    member: members.map(({ id, name }) => ({ id, name })),
    key: made.filter((key) => key.revoked_at === null).map(({ id, name, prefix }) => ({ id, name: `${name} · ${prefix}…` })),
  };
}

/** The name of whatever a cap or a sum is of. */
export function useNameOf(): (scope: Scope | By, id: string | null) => string {
  const { t } = useTranslation("money");
  const spenders = useSpenders();
  return (scope, id) => {
    if (scope === "organisation") return t("scopes.organisation");
    if (id === null) return t(`nobody.${scope}`);
    if (scope === "model") return id;
    return spenders[scope].find((one) => one.id === id)?.name ?? id;
  };
}
