import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";

import { Problem, Unreachable } from "./problem";

/** What is kept of the API, by name. One place, so that what an event makes old is found. */
export const keys = {
  me: ["me"] as const,
  models: ["models"] as const,
  backdrops: ["backdrops"] as const,
  projects: ["projects"] as const,
  board: (projectId: string) => ["board", projectId] as const,
  boardEdit: ["board-edit"] as const,
  shotTakes: (shotId: string) => ["shot-takes", shotId] as const,
  take: (takeId: string) => ["take", takeId] as const,
  takeNotes: (takeId: string) => ["take-notes", takeId] as const,
  takes: ["takes"] as const,
  cuts: ["cuts"] as const,
  cutPlan: (projectId: string) => ["cut-plan", projectId] as const,
  characters: ["characters"] as const,
  character: (characterId: string) => ["character", characterId] as const,
  members: ["members"] as const,
  plan: ["plan"] as const,
  invitations: ["invitations"] as const,
  apiKeys: ["api-keys"] as const,
  sessions: ["sessions"] as const,
  standingConsent: ["standing-consent"] as const,
  auditLog: ["audit-log"] as const,
  looks: (characterId: string) => ["looks", characterId] as const,
};

const SIGNED_OUT_PAGES = /^\/(sign-in|sign-up|join|forgotten|new-password)/;

function leaveWhenSignedOut(error: unknown): void {
  if (!(error instanceof Problem) || error.status !== 401 || SIGNED_OUT_PAGES.test(location.pathname)) return;
  if (error.code === "sign_in_refused") return; // a wrong password on the page that changes it
  const next = encodeURIComponent(location.pathname + location.search);
  location.assign(`/sign-in?next=${next}`);
}

function worthTrying(failures: number, error: unknown): boolean {
  if (error instanceof Problem) return error.status >= 500 && failures < 2;
  return error instanceof Unreachable && failures < 3;
}

export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: leaveWhenSignedOut }),
  mutationCache: new MutationCache({ onError: leaveWhenSignedOut }), // not a default, which a mutation's own would replace
  defaultOptions: {
    queries: { staleTime: 30_000, gcTime: 10 * 60_000, retry: worthTrying, refetchOnWindowFocus: false },
  },
});
