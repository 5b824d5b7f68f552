import i18next, { type TFunction } from "i18next";

import type { Schemas } from "@/api/client";
import { Problem, Unreachable, type ProblemBody } from "@/api/problem";
import { keys, queryClient } from "@/api/queries";
import { early } from "@/i18n/en/early";

export interface ErrorWords {
  title: string;
  help: string;
  /** Whether trying again may help. */
  again: boolean;
}

type Told = Pick<ProblemBody, "code" | "detail"> & { title?: string; [member: string]: unknown };

const { titles, helps, fields, unfit, scopeNames, speech } = early.refusal;
const SOON_S = 5; // where the studio does not say how long
const WAITS_ARE_VAIN = new Set(["no_room", "storage_limit_reached"]);

/** What happened, what was kept, and what to do: for any error that a page can meet. */
export function errorWords(error: unknown, t: TFunction<"common">): ErrorWords {
  if (error instanceof Unreachable) return { title: t("error.offline"), help: t("error.offlineHelp"), again: true };
  if (!(error instanceof Problem)) return { title: t("error.title"), help: String(error), again: true };
  const again = (error.status >= 500 || error.status === 429) && !WAITS_ARE_VAIN.has(error.code);
  return { ...refusalWords(error.body, { seconds: error.retryAfterS ?? SOON_S, request: error.requestId ?? "?" }), again };
}

/** A refusal in the reader's language, by its code; the server's own words for what no language has words for. */
export function refusalWords(told: Told, more: { seconds?: number; request?: string } = {}): { title: string; help: string } {
  const t = i18next.getFixedT(null, "refusal");
  const { code, detail } = told;
  const said = { seconds: SOON_S, ...more, limit: String(told.limit ?? ""), contact: String(told.contact ?? ""), organisation: organisationName(), scopes: scopesOf(told) };
  return {
    title: has(titles, code) ? t(`titles.${code}`) : (told.title ?? detail),
    help: has(helps, code) ? t(`helps.${code}`, { request: "?", ...said }) : (wayOut(told) ?? detail),
  };
}

/** `What fits for the size: 768x432, 640x360.`, or what to change; in English the server says more itself. */
function wayOut({ code, field, nearest, refusal }: Told): string | null {
  if (i18next.language !== "en" && typeof refusal === "string" && has(speech, refusal)) return i18next.getFixedT(null, "refusal")(`speech.${refusal}`);
  if (i18next.language === "en" || code !== "request_refused" || typeof field !== "string") return null;
  const t = i18next.getFixedT(null, "refusal");
  const values = Array.isArray(nearest) ? nearest.join(", ") : "";
  if (values !== "" && has(fields, field)) return t("nearest", { field: t(`fields.${field}`), values });
  return values === "" && has(unfit, field) ? t(`unfit.${field}`) : null;
}

function scopesOf({ scope, scopes }: Told): string {
  const t = i18next.getFixedT(null, "refusal");
  const missing = (Array.isArray(scopes) ? scopes : [scope]).filter((one) => typeof one === "string");
  return missing.map((one) => (has(scopeNames, one) ? t(`scopeNames.${one}`) : one)).join(", ");
}

function organisationName(): string {
  const name = queryClient.getQueryData<Schemas["Me"]>(keys.me)?.organisation.name;
  return name ?? i18next.getFixedT(null, "common")("error.forbiddenHere");
}

function has<T extends object>(words: T, name: string): name is Extract<keyof T, string> {
  return Object.hasOwn(words, name);
}
