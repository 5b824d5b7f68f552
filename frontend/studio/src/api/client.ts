import createClient from "openapi-fetch";

import { problemOf, Unreachable } from "./problem";
import type { components, paths } from "./schema";

/** The API, typed by openapi.json. Wrap each call: `await answer(api.GET("/v1/takes"))`. */
export const api = createClient<paths>({ baseUrl: "", credentials: "same-origin" });

export type Schemas = components["schemas"];

interface Outcome<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The body of a 2xx answer. Throws Problem for any other answer and Unreachable for none. */
export async function answer<T>(calling: Promise<Outcome<T>>): Promise<T> {
  let outcome: Outcome<T>;
  try {
    outcome = await calling;
  } catch (cause) {
    throw new Unreachable(cause);
  }
  if (!outcome.response.ok) throw problemOf(outcome.response, outcome.error);
  return outcome.data as T;
}

/** A key for `Idempotency-Key`: a repeated click or a retried request does its work once. */
export function freshKey(): string {
  return crypto.randomUUID?.() ?? Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16)).join("");
}
