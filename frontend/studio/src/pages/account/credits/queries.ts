import { queryOptions } from "@tanstack/react-query";
import i18next from "i18next";

import { answer, api, type Schemas } from "@/api/client";

export type Order = Schemas["OrderView"];
export type Ways = Schemas["PaymentsView"];

export const balanceQuery = queryOptions({ queryKey: ["credits", "balance"], queryFn: () => answer(api.GET("/v1/billing/balance")) });
export const waysQuery = queryOptions({ queryKey: ["credits", "ways"], queryFn: () => answer(api.GET("/v1/payments")) });
export const ordersQuery = queryOptions({
  queryKey: ["credits", "orders"],
  queryFn: async () => (await answer(api.GET("/v1/payments/orders", { params: { query: { limit: 100 } } }))).data,
});

/** Cents or fen as people write them. */
export function moneyOf(smallest: number, currency: string): string {
  return new Intl.NumberFormat(i18next.language, { style: "currency", currency: currency.toUpperCase() }).format(smallest / 100);
}
