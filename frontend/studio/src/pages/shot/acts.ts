import { acting } from "@/i18n/en/acting";

type Feeling = keyof typeof acting.feelings;
type Where = keyof typeof acting.where;

export type Act =
  | { kind: "feeling"; feeling: Feeling; degree: "plain" | "slight" | "strong" }
  | { kind: "mouth"; mouth: keyof typeof acting.mouth }
  | { kind: "look"; how: keyof typeof acting.looks; where: Where };

const MOUTHS: Record<string, keyof typeof acting.mouth> = { "no smile": "noSmile", "closed lips": "closedLips" };
/** As the engine names them. */
const PLACES: Record<string, Where> = {
  "at the lens": "lens",
  "at the other": "other",
  "away from everybody": "away",
  "into the distance": "distance",
  left: "left",
  right: "right",
  up: "up",
  down: "down",
  "at the left side": "atLeft",
  "at the right side": "atRight",
  "at the top": "atTop",
  "at the bottom": "atBottom",
  "at the upper left": "atUpperLeft",
  "at the upper right": "atUpperRight",
  "at the lower left": "atLowerLeft",
  "at the lower right": "atLowerRight",
};

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
