import { queryOptions } from "@tanstack/react-query";

import { answer, api, type Schemas } from "./client";
import { keys } from "./queries";

export type Cut = Schemas["CutView"];
export type CutPlan = Schemas["CutPlanView"];

/** What the film is now: one take of each shot, in the order of the board. */
export function cutPlanOf(projectId: string) {
  return queryOptions({
    queryKey: keys.cutPlan(projectId),
    queryFn: () => answer(api.GET("/v1/projects/{project_id}/cut", { params: { path: { project_id: projectId } } })),
  });
}

export function cutOf(cutId: string) {
  return queryOptions({
    queryKey: [...keys.cuts, cutId],
    queryFn: () => answer(api.GET("/v1/cuts/{cut_id}", { params: { path: { cut_id: cutId } } })),
  });
}

export const makeCut = (projectId: string) => answer(api.POST("/v1/projects/{project_id}/cuts", { params: { path: { project_id: projectId } } }));
export const cancelCut = (cutId: string) => answer(api.POST("/v1/cuts/{cut_id}/cancel", { params: { path: { cut_id: cutId } } }));
export const retryCut = (cutId: string) => answer(api.POST("/v1/cuts/{cut_id}/retry", { params: { path: { cut_id: cutId } } }));

/** Where a film is saved from: the API answers with a short-lived link that names the file. */
export const filmFileOf = (cutId: string) => `/v1/cuts/${cutId}/content`;

/** The page that plays a film, from this shot on. */
export const playAddressOf = (projectId: string, shotId?: string) => `/films/${projectId}/play${shotId ? `?from=${shotId}` : ""}`;

export const isUnderWay = (cut: Pick<Cut, "state">) => cut.state === "QUEUED" || cut.state === "RENDERING";
