import { useCallback, useState } from "react";

import { answer, api, type Schemas } from "@/api/client";
import { uploadFile } from "@/lib/uploads";

type Verdict = Schemas["PhotoView"];

/** A photo on its way to becoming a reference. */
export interface Photo {
  key: string;
  name: string;
  /** A link to the picture in this browser; empty after a reload. */
  picture: string;
  width: number;
  height: number;
  assetId?: string;
  verdict?: Verdict;
  /** Which of the verdict's faces is meant. */
  face?: number;
  error?: unknown;
}

export const MOST_PHOTOS = 10;

/** Photos that are dropped: each is shown at once, uploaded, and judged on its own. */
export function usePhotos() {
  const [photos, setPhotos] = useState<readonly Photo[]>([]);
  const change = useCallback((key: string, more: Partial<Photo>) => {
    setPhotos((all) => all.map((one) => (one.key === key ? { ...one, ...more } : one)));
  }, []);

  const take = useCallback(
    async (key: string, file: File) => {
      try {
        const asset = await uploadFile(file, "photo");
        const { photos: verdicts } = await answer(api.POST("/characters/inspect", { body: { asset_ids: [asset.id] } }));
        const verdict = verdicts[0];
        change(key, { assetId: asset.id, verdict, face: verdict?.chosen ?? undefined, width: asset.width ?? 0, height: asset.height ?? 0 });
      } catch (error) {
        change(key, { error });
      }
    },
    [change],
  );

  const add = useCallback(
    (files: readonly File[]) => {
      const room = Math.max(0, MOST_PHOTOS - photos.length);
      const added = files.slice(0, room).map((file) => ({
        file,
        photo: { key: crypto.randomUUID(), name: file.name, picture: URL.createObjectURL(file), width: 0, height: 0 },
      }));
      setPhotos((all) => [...all, ...added.map(({ photo }) => photo)]);
      for (const { file, photo } of added) void take(photo.key, file);
    },
    [photos.length, take],
  );

  const remove = useCallback((key: string) => setPhotos((all) => all.filter((one) => one.key !== key)), []);
  const choose = useCallback((key: string, face: number) => change(key, { face }), [change]);

  /** What the studio said when it refused them together: a stranger among them, say. */
  const judge = useCallback((verdicts: readonly Verdict[]) => {
    setPhotos((all) =>
      all.map((one) => {
        const verdict = verdicts.find((each) => each.asset_id === one.assetId);
        return verdict ? { ...one, verdict: { ...verdict, faces: verdict.faces.length > 0 ? verdict.faces : (one.verdict?.faces ?? []) } } : one;
      }),
    );
  }, []);

  return { photos, add, remove, choose, judge };
}

/** What `POST /characters` is told of each photo that can be used. */
export function referencesOf(photos: readonly Photo[]): Schemas["ReferenceAsked"][] {
  return photos.flatMap(({ assetId, verdict, face }) => {
    if (!assetId || !verdict || face === undefined) return [];
    const several = verdict.faces.length > 1;
    return [{ asset_id: assetId, face: several ? (verdict.faces[face]?.box ?? null) : null }];
  });
}

/** Whether this photo can become a reference as it stands. */
export function isUsable({ verdict, face }: Photo): boolean {
  if (!verdict || face === undefined) return false;
  return verdict.refusal === null || verdict.refusal === "several_faces";
}
