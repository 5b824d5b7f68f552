import type { TFunction } from "i18next";

/** What an engine says of a take, or will say of it, in the reader's language where the studio has words for it. */
export function noteWords(t: TFunction<"common">, note: { code?: unknown; message?: unknown; words?: unknown }): string {
  const words = Array.isArray(note.words) ? note.words.map(String) : [];
  const quoted = words.map((one) => t("note.quoted", { words: one })).join(t("note.comma"));
  if (note.code === "prompt_partially_followed" && quoted) return t("note.leftAside", { words: quoted });
  if (note.code === "framing_left_aside") return t("note.overShoulder", { words: words.join(t("note.comma")) });
  if (note.code === "beyond_reach" && quoted) return t("note.beyond", { words: quoted });
  if (note.code === "photo_enlarged") return t("note.enlarged");
  if (note.code === "silent_clip") return t("note.silent");
  return String(note.message ?? "");
}
