import { useCallback, useEffect, useRef, useState } from "react";

import { answer, api, freshKey, type Schemas } from "@/api/client";
import { Problem } from "@/api/problem";
import { readDraft, writeDraft } from "@/lib/drafts";
import { dropFile, keepFile, keptFile } from "@/lib/keptFiles";
import { eraseUpload, uploadFile } from "@/lib/uploads";

type Verdict = Schemas["PhotoView"];

/** A photo on its way to becoming a reference. */
export interface Photo {
  key: string;
  name: string;
  /** A link to the picture; empty while it is fetched again after a reload. */
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

/**
 * Photos that are dropped: each is shown at once, uploaded, and judged on its own. They are kept under `name` until they
 * are used or taken away: what has reached the studio by its id, what has not as a file in this browser.
 */
export function usePhotos(name: string) {
  const { photos, current, update } = useKeptList(`${name}.photos`);
  const leaving = useRef(new AbortController());
  const take = useTaking(current, update, leaving);

  useEffect(() => {
    const stop = new AbortController();
    leaving.current = stop;
    for (const photo of current()) void take(photo);
    return () => stop.abort();
  }, [current, take]);

  /** Returns how many there was no room for. */
  const add = useCallback(
    (files: readonly File[]) => {
      const room = Math.max(0, MOST_PHOTOS - current().length);
      for (const file of files.slice(0, room)) {
        const photo = { key: freshKey(), name: file.name, picture: URL.createObjectURL(file), width: 0, height: 0 };
        update((all) => [...all, photo]);
        void keepFile(photo.key, file);
        void take(photo, file);
      }
      return Math.max(0, files.length - room);
    },
    [current, take, update],
  );

  const again = useCallback(
    (key: string) => {
      update((all) => all.map((one) => (one.key === key ? { ...one, error: undefined } : one)));
      for (const photo of current()) if (photo.key === key) void take(photo);
    },
    [current, take, update],
  );

  const remove = useCallback(
    (key: string) => {
      const gone = current().find((one) => one.key === key);
      update((all) => all.filter((one) => one.key !== key));
      void dropFile(key);
      if (gone?.assetId) eraseUpload(gone.assetId);
    },
    [current, update],
  );

  /** They are a character's now: nothing of them is kept here. */
  const release = useCallback(() => update(() => []), [update]);
  const choose = useCallback(
    (key: string, face: number) => update((all) => all.map((one) => (one.key === key ? { ...one, face } : one))),
    [update],
  );

  /** What the studio said when it refused them together: a stranger among them, say. */
  const judge = useCallback(
    (verdicts: readonly Verdict[]) =>
      update((all) =>
        all.map((one) => {
          const verdict = verdicts.find((each) => each.asset_id === one.assetId);
          return verdict ? { ...one, verdict: { ...verdict, faces: verdict.faces.length > 0 ? verdict.faces : (one.verdict?.faces ?? []) } } : one;
        }),
      ),
    [update],
  );

  return { photos, add, again, remove, release, choose, judge };
}

type Update = (change: (all: readonly Photo[]) => readonly Photo[]) => void;

/** A list that outlives a reload; links and errors are of this page alone. */
function useKeptList(name: string) {
  const [photos, setPhotos] = useState<readonly Photo[]>(() => readDraft<Photo[]>(name) ?? []);
  const latest = useRef(photos);
  const current = useCallback(() => latest.current, []);
  const update: Update = useCallback(
    (change) => {
      latest.current = change(latest.current);
      const kept = latest.current.map((photo) => ({ ...photo, picture: "", error: undefined }));
      writeDraft(name, kept.length > 0 ? kept : undefined);
      setPhotos(latest.current);
    },
    [name],
  );
  return { photos, current, update };
}

/** Brings one photo as far as it goes: uploaded, shown, judged. What was done before a reload is not done again. */
function useTaking(current: () => readonly Photo[], update: Update, leaving: React.RefObject<AbortController>) {
  return useCallback(
    async (photo: Photo, dropped?: File) => {
      const { signal } = leaving.current;
      const change = (more: Partial<Photo>) => update((all) => all.map((one) => (one.key === photo.key ? { ...one, ...more } : one)));
      const forget = () => update((all) => all.filter((one) => one.key !== photo.key));
      try {
        let { assetId } = photo;
        if (assetId === undefined) {
          const file = dropped ?? (await keptFile(photo.key));
          if (!file) return forget();
          if (!photo.picture) change({ picture: URL.createObjectURL(file) });
          const asset = await uploadFile(file, "photo", { signal });
          void dropFile(photo.key);
          if (!current().some(({ key }) => key === photo.key)) return eraseUpload(asset.id); // it was taken away meanwhile
          assetId = asset.id;
          await beReady(asset.url); // as the studio keeps it: upright, whatever way the file lay
          change({ assetId, width: asset.width ?? 0, height: asset.height ?? 0, picture: asset.url });
        } else if (!photo.picture) {
          const asset = await answer(api.GET("/v1/assets/{asset_id}", { params: { path: { asset_id: assetId } }, signal }));
          change({ picture: asset.url });
        }
        if (photo.verdict) return;
        const { photos: verdicts } = await answer(api.POST("/v1/characters/inspect", { body: { asset_ids: [assetId] }, signal }));
        change({ verdict: verdicts[0], face: verdicts[0]?.chosen ?? undefined });
      } catch (error) {
        if (signal.aborted) return;
        if (photo.assetId !== undefined && error instanceof Problem && error.status === 404) return forget(); // it was erased, or somebody else sits here now
        change({ error });
      }
    },
    [current, update, leaving],
  );
}

/** Until the browser has the picture, or will not have it: so that it takes the old one's place without a blink. */
async function beReady(url: string): Promise<void> {
  const picture = new Image();
  picture.src = url;
  await picture.decode().catch(() => undefined);
}

/** What `POST /v1/characters` is told of each photo that can be used. */
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
