import { acting } from "@/i18n/en/acting";

type Feeling = keyof typeof acting.feelings;
type Where = keyof typeof acting.where;

export type Act =
  | { kind: "feeling"; feeling: Feeling; degree: "plain" | "slight" | "strong" }
  | { kind: "mouth"; mouth: keyof typeof acting.mouth }
  | { kind: "look"; how: keyof typeof acting.looks; where: Where };

const MOUTHS: Record<string, keyof typeof acting.mouth> = { "no smile": "noSmile", "closed lips": "closedLips" };
const PLACES: Record<string, Where> = Object.fromEntries(Object.entries(acting.where).map(([where, words]) => [words, where as Where]));

/** What the engine's name of an act means: `strong joy`, `closed lips`, `glances left`. null: this page does not know it. */
export function actOf(named: string): Act | null {
  const mouth = MOUTHS[named];
  if (mouth) return { kind: "mouth", mouth };
  const [first = "", ...rest] = named.split(" ");
  const where = PLACES[rest.join(" ")];
  if (where && first in acting.looks) return { kind: "look", how: first as keyof typeof acting.looks, where };
  const degree = rest.length === 0 ? "plain" : first;
  const feeling = rest.length === 0 ? first : rest.join(" ");
  if (!(feeling in acting.feelings) || !(degree in acting.degrees)) return null;
  return { kind: "feeling", feeling: feeling as Feeling, degree: degree as keyof typeof acting.degrees };
}
