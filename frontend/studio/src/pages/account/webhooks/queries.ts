import { queryOptions } from "@tanstack/react-query";

import { answer, api, type Schemas } from "@/api/client";

export type EndpointShown = Schemas["EndpointView"];
export type DeliveryShown = Schemas["DeliveryView"];
export type DeliveryState = DeliveryShown["state"];

export const endpointsQuery = queryOptions({
  queryKey: ["webhook-endpoints"],
  queryFn: async () => (await answer(api.GET("/v1/webhook_endpoints", { params: { query: { limit: 100 } } }))).data,
});

export const eventTypesQuery = queryOptions({
  queryKey: ["webhook-event-types"],
  queryFn: async () => (await answer(api.GET("/v1/webhook_event_types"))).data,
  staleTime: Infinity,
});

export const deliveriesKey = ["webhook-deliveries"] as const;
export const ONE = "one";

export const deliveryQuery = (id: string) =>
  queryOptions({
    queryKey: [...deliveriesKey, ONE, id],
    queryFn: () => answer(api.GET("/v1/webhook_deliveries/{delivery_id}", { params: { path: { delivery_id: id } } })),
    staleTime: 0,
  });
