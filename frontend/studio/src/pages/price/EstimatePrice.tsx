import type { Schemas } from "@/api/client";

import Price from "./Price";
import { sumOfTake } from "./sum";

/** What a take that was estimated already would cost; times: as many as another button makes. */
export default function EstimatePrice({ estimate, times }: { estimate: Schemas["EstimateView"]; times?: number }) {
  return <Price sum={sumOfTake(estimate)} times={times} />;
}
