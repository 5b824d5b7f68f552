import type { components } from "@/api/schema";

type Face = components["schemas"]["FaceQuality"];

const CLOSED = 0.016; // of the face's width, as the studio's advice has it
const GRIN = 0.4;

/** What a photo shows of a mouth; null where nobody measured it. */
export function mouthOf({ lips_apart: apart, smile }: Pick<Face, "lips_apart" | "smile">): "closed" | "apart" | "teeth" | null {
  if (apart === null || apart === undefined) return null;
  if (apart <= CLOSED) return "closed";
  return (smile ?? 0) > GRIN ? "teeth" : "apart";
}
