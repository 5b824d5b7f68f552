import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef } from "react";

import { answer, api } from "@/api/client";
import { changeKeptShot, type Shot, type ShotChange } from "@/api/film";
import { keys } from "@/api/queries";
import { useDraft } from "@/lib/drafts";

const SAVE_AFTER_MS = 600;

export interface ShotEdit {
  /** The shot as it is on screen: what is saved, with what was typed since. */
  shot: Shot;
  change: (change: ShotChange) => void;
  /** Save now; resolves when the server has everything. */
  settle: () => Promise<void>;
  /** What kept the last change from being saved. The change is kept here all the same. */
  error: unknown;
}

/** Edit a shot as one types: shown at once, saved a moment later, kept in this browser until it is. */
export function useShotEdit(projectId: string, saved: Shot): ShotEdit {
  const client = useQueryClient();
  const { value: draft, set, drop } = useDraft<ShotChange>(`shot.${saved.id}`, {});
  const waiting = useRef(draft);
  useEffect(() => {
    waiting.current = draft;
  }, [draft]);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  const saving = useMutation({
    mutationFn: (body: ShotChange) =>
      answer(api.PATCH("/v1/shots/{shot_id}", { params: { path: { shot_id: saved.id } }, body })),
    scope: { id: `shot.${saved.id}` }, // one after the other, so that the last word wins
    onSuccess: (shot, sent) => {
      changeKeptShot(client, projectId, shot.id, () => shot);
      const left = unsaved(waiting.current, sent);
      if (left) set(left);
      else drop();
    },
  });
  const save = saving.mutateAsync;

  const settle = useCallback(async () => {
    clearTimeout(timer.current);
    if (Object.keys(waiting.current).length === 0) return;
    await save(waiting.current);
    await client.invalidateQueries({ queryKey: keys.board(projectId) });
  }, [client, projectId, save]);

  const change = useCallback(
    (more: ShotChange) => {
      waiting.current = { ...waiting.current, ...more };
      set(waiting.current);
      clearTimeout(timer.current);
      timer.current = setTimeout(() => void settle().catch(() => undefined), SAVE_AFTER_MS);
    },
    [set, settle],
  );

  // Another shot is opened, or the page is left: what is still waiting goes out now.
  useEffect(() => () => void settle().catch(() => undefined), [settle]);

  return { shot: { ...saved, ...draft } as Shot, change, settle, error: saving.error };
}

/** What of a draft the server does not have yet, after `sent` was saved; null when it has everything. */
export function unsaved(draft: ShotChange, sent: ShotChange): ShotChange | null {
  const left = Object.entries(draft).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(sent[name as keyof ShotChange]),
  );
  return left.length > 0 ? (Object.fromEntries(left) as ShotChange) : null;
}
