import type { Schemas } from "@/api/client";

export type Look = Schemas["LookView"];

/** A look as it is typed; `picture` is an asset's id, or empty. */
export interface LookDraft {
  name: string;
  wardrobe: string;
  hair: string;
  props: string;
  picture: string;
}

export const NO_LOOK: LookDraft = { name: "", wardrobe: "", hair: "", props: "", picture: "" };
export const PARTS = ["wardrobe", "hair", "props"] as const;

export function draftOf({ name, wardrobe, hair, props, picture_asset_id }: Look): LookDraft {
  return { name, wardrobe, hair, props, picture: picture_asset_id ?? "" };
}

/** What the API is told of it. */
export function bodyOf({ name, wardrobe, hair, props, picture }: LookDraft): Schemas["LookCreate"] {
  return { name: name.trim(), wardrobe: wardrobe.trim(), hair: hair.trim(), props: props.trim(), picture_asset_id: picture || null };
}

/** Whether it has a name and something to show. */
export function saysSomething(draft: LookDraft): boolean {
  const { name, ...rest } = bodyOf(draft);
  return name !== "" && Object.values(rest).some(Boolean);
}
