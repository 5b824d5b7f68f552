import { Problem } from "@/api/problem";

export type FileRefusal = "undecodable" | "too_large" | "wrong_type";

const BY_FIELD: Record<string, FileRefusal> = { content_type: "wrong_type", size_bytes: "too_large" };

/** Why a file is no photo, where the studio refused the file itself; null for any other error. */
export function refusalOf(error: unknown): FileRefusal | null {
  if (!(error instanceof Problem)) return null;
  if (error.code === "undecodable" || error.code === "too_large") return error.code;
  const field = error.body.errors?.[0]?.field.split(".").pop() ?? "";
  return error.code === "invalid_request" ? (BY_FIELD[field] ?? null) : null;
}
