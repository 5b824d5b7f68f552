import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import i18next from "i18next";

import { answer, api, type Schemas } from "@/api/client";

export type Account = Schemas["AccountView"];
export type AccountDetail = Schemas["AccountDetail"];
export type AccountOrder = Schemas["AccountOrderView"];
export type Act = Schemas["Act"];
export type ActKind = "grant" | "reverse" | "charge" | "order" | "price" | "suspend" | "restore";
export type Charge = Schemas["AccountCharge"];
export type Effect = Schemas["Effect"];
export type Failures = Schemas["Failures"];
export type Lot = Schemas["LotView"];
export type Offer = Schemas["Offer"];
export type Revenue = Schemas["Revenue"];

const OPERATOR = ["operator"] as const;
export const operatorKeys = { all: OPERATOR, of: (orgId: string) => [...OPERATOR, "of", orgId] as const };

/** `days`: how far back. */
export const revenueOf = (days: number) =>
  queryOptions({
    queryKey: [...OPERATOR, "revenue", days],
    queryFn: () => answer(api.GET("/v1/operator/revenue", { params: { query: { since: daysAgo(days) } } })),
  });
export const failuresQuery = queryOptions({ queryKey: [...OPERATOR, "failures"], queryFn: () => answer(api.GET("/v1/operator/failures")) });
export const offerQuery = queryOptions({ queryKey: [...OPERATOR, "offer"], queryFn: () => answer(api.GET("/v1/operator/offer")) });
export const attentionQuery = queryOptions({
  queryKey: [...OPERATOR, "attention"],
  queryFn: async () => (await answer(api.GET("/v1/operator/orders", { params: { query: { show: "attention", limit: 100 } } }))).data,
});

export const accountsOf = (search: string) =>
  infiniteQueryOptions({
    queryKey: [...OPERATOR, "accounts", search],
    queryFn: ({ pageParam: after }) =>
      answer(api.GET("/v1/operator/organisations", { params: { query: { search, limit: 50, ...(after ? { after } : {}) } } })),
    initialPageParam: "",
    getNextPageParam: (page) => (page.has_more ? page.last_id : null),
  });
export const actsQuery = infiniteQueryOptions({
  queryKey: [...OPERATOR, "acts"],
  queryFn: ({ pageParam: after }) => answer(api.GET("/v1/operator/acts", { params: { query: { limit: 50, ...(after ? { after } : {}) } } })),
  initialPageParam: "",
  getNextPageParam: (page) => (page.has_more ? page.last_id : null),
});

const at = (orgId: string) => ({ path: { org_id: orgId }, query: { limit: 100 } });
export const accountOf = (orgId: string) =>
  queryOptions({
    queryKey: [...operatorKeys.of(orgId), "account"],
    queryFn: () => answer(api.GET("/v1/operator/organisations/{org_id}", { params: { path: { org_id: orgId } } })),
  });
export const lotsOf = (orgId: string) =>
  queryOptions({
    queryKey: [...operatorKeys.of(orgId), "lots"],
    queryFn: async () => (await answer(api.GET("/v1/operator/organisations/{org_id}/lots", { params: at(orgId) }))).data,
  });
export const chargesOf = (orgId: string) =>
  queryOptions({
    queryKey: [...operatorKeys.of(orgId), "charges"],
    queryFn: async () => (await answer(api.GET("/v1/operator/organisations/{org_id}/charges", { params: at(orgId) }))).data,
  });
export const ordersOf = (orgId: string) =>
  queryOptions({
    queryKey: [...operatorKeys.of(orgId), "orders"],
    queryFn: async () => (await answer(api.GET("/v1/operator/orders", { params: { query: { organisation_id: orgId, limit: 100 } } }))).data,
  });

/** Midnight of UTC so many days before today's: whole days, and one address for a whole day. */
function daysAgo(days: number): string {
  const today = new Date().setUTCHours(0, 0, 0, 0);
  return new Date(today - (days - 1) * 86_400_000).toISOString();
}

/** A table of the API as a file. */
export function exportPath(table: "work" | "money" | "organisations" | "failures" | "orders", query: Record<string, string> = {}): string {
  return `/v1/operator/exports/${table}?${new URLSearchParams(query)}`;
}

/** A number as people write it, with so many decimals at most. */
export function numberOf(value: number, decimals = 2): string {
  return new Intl.NumberFormat(i18next.language, { maximumFractionDigits: decimals }).format(value);
}
