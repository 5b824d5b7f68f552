import type { Schemas } from "@/api/client";

export type Model = Schemas["ModelView"];

/** `Wan 2.1 VACE 1.3B`: what comes before the colon; the words behind it stand under the fields. */
export function shortTitle({ title }: Model): string {
  return title.split(":")[0] ?? title;
}
