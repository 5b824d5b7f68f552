import type { TFunction } from "i18next";

import type { Schemas } from "@/api/client";
import { Problem, Unreachable } from "@/api/problem";
import { keys, queryClient } from "@/api/queries";

export interface ErrorWords {
  title: string;
  help: string;
  /** Whether trying again may help. */
  again: boolean;
}

/** What happened, what was kept, and what to do: for any error that a page can meet. */
export function errorWords(error: unknown, t: TFunction<"common">): ErrorWords {
  if (error instanceof Unreachable) return { title: t("error.offline"), help: t("error.offlineHelp"), again: true };
  if (!(error instanceof Problem)) return { title: t("error.title"), help: String(error), again: true };
  if (error.code === "role_insufficient") {
    return { title: t("error.forbidden"), help: t("error.forbiddenHelp", { organisation: organisationName() ?? t("error.forbiddenHere") }), again: false };
  }
  if (error.status === 404) return { title: t("error.notFound"), help: t("error.notFoundHelp"), again: false };
  if (error.status === 429 || (error.status === 503 && error.retryAfterS)) {
    return { title: t("error.busy"), help: t("error.busyHelp", { seconds: error.retryAfterS ?? 5 }), again: true };
  }
  if (error.status >= 500 && error.code === "internal_error") {
    return { title: t("error.server"), help: t("error.serverHelp", { request: error.requestId ?? "?" }), again: true };
  }
  return { title: error.body.title, help: error.body.detail, again: error.status >= 500 };
}

function organisationName(): string | undefined {
  return queryClient.getQueryData<Schemas["Me"]>(keys.me)?.organisation.name;
}
