import { useQuery } from "@tanstack/react-query";

import { answer, api } from "@/api/client";

import Price from "./Price";
import { sumOfTake } from "./sum";

/** What one more take of a shot, as it is kept, would cost. */
export default function ShotPrice({ shotId }: { shotId: string }) {
  const { data: estimate } = useQuery({
    queryKey: ["estimate", shotId, "as it is"],
    queryFn: () => answer(api.POST("/v1/shots/{shot_id}/estimate", { params: { path: { shot_id: shotId } }, body: {} })),
    staleTime: 15_000,
  });
  return estimate ? <Price sum={sumOfTake(estimate)} /> : null;
}
