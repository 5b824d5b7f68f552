import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";

import { answer, api, type Schemas } from "@/api/client";
import { useMe } from "@/api/me";
import { isUnpaid } from "@/pages/shot/estimate";

type Estimate = Schemas["EstimateView"];
type Together = Schemas["EstimatesView"];
export type Refusal = Estimate["problems"][number];
export type Asked = Partial<Schemas["EstimatesAsked"]>;
export type Piece = "enrolment" | "speech_preview" | "cut";

/** What something would cost at most, what that is made of, and what would pay for it. */
export interface Sum {
  credits: number;
  takes: NonNullable<Estimate["price"]>[];
  payment: Estimate["payment"];
  /** Why its price would be refused. */
  unpaid: Refusal[];
}

export interface PriceProps {
  sum: Sum;
  /** What of it is priced by the piece. */
  piece?: Piece;
  /** Another number of such takes that a button beside offers. */
  times?: number;
}

const AFTER_MS = 400;

export function sumOfTake({ price, payment, problems }: Estimate): Sum {
  return { credits: price?.credits ?? 0, takes: price ? [price] : [], payment, unpaid: problems.filter(isUnpaid) };
}

export function sumOf({ data, credits, payment, problems }: Together): Sum {
  return { credits, takes: data.flatMap(({ price }) => price ?? []), payment, unpaid: problems };
}

/** What it would cost to do all of it, asked once the choosing has paused; undefined for whoever only watches. */
export function useTogether(asked: Asked): Sum | undefined {
  const [body] = useDebouncedValue(JSON.stringify(asked), AFTER_MS);
  const me = useMe();
  const { data } = useQuery({
    queryKey: ["estimate", "together", body],
    queryFn: () => answer(api.POST("/v1/estimates", { body: JSON.parse(body) as Schemas["EstimatesAsked"] })),
    enabled: me !== undefined && me.role !== "viewer",
    placeholderData: keepPreviousData,
    staleTime: 15_000,
    select: sumOf,
  });
  return data;
}

/** Whether anything costs anything in this studio: where nothing does, nobody need read of it. */
export const isPricedQuery = queryOptions({
  queryKey: ["credits", "prices"],
  queryFn: async () => (await answer(api.GET("/v1/billing/prices"))).data,
  staleTime: 60_000,
  select: (prices) => prices.some(({ currency, amount }) => currency === "credits" && amount > 0),
});
