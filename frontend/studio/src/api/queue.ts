import { queryOptions } from "@tanstack/react-query";

import { answer, api, type Schemas } from "./client";
import { keys } from "./queries";

export type WaitingTake = Pick<Schemas["TakeSummary"], "id" | "queue_place" | "eta_s" | "unserved" | "model" | "priority" | "slate" | "prompt">;
export type Priority = WaitingTake["priority"];

/** What waits, in the order in which it is begun. */
export const queue = queryOptions({ queryKey: [...keys.takes, "queue"], queryFn: () => answer(api.GET("/v1/queue")) });

export const pauseQueue = () => answer(api.POST("/v1/queue/pause"));
export const resumeQueue = () => answer(api.POST("/v1/queue/resume"));

/** Right after another one that waits; null: next of all. */
export const moveTake = (takeId: string, after: string | null) =>
  answer(api.POST("/v1/takes/{take_id}/move", { params: { path: { take_id: takeId } }, body: { after } }));

export const prioritise = (takeId: string, priority: Priority) =>
  answer(api.PATCH("/v1/takes/{take_id}", { params: { path: { take_id: takeId } }, body: { priority } }));
