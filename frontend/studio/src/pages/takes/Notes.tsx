import { ActionIcon, Button, Textarea } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "@/api/client";
import { usePermission } from "@/api/permissions";
import { keys } from "@/api/queries";
import { useDraft } from "@/lib/drafts";
import { useShortcuts } from "@/lib/shortcuts";
import { shortTimecode } from "@/lib/timecode";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Timecode } from "@/components/Timecode";

import styles from "./Notes.module.css";
import type { Playback } from "./playback";
import { useFrame } from "./usePlayback";

interface Props {
  takeId: string;
  playback: Playback;
}

/** Remarks pinned to frames. */
export function Notes({ takeId, playback }: Props) {
  const { t } = useTranslation("take");
  const path = { take_id: takeId };
  const { data: notes = [], error } = useQuery({
    queryKey: keys.takeNotes(takeId),
    queryFn: async () => (await answer(api.GET("/v1/takes/{take_id}/notes", { params: { path } }))).data,
  });
  const may = usePermission("change") !== false;
  const drop = useNoteDrop(takeId);
  return (
    <section aria-labelledby="notes">
      <h2 id="notes" className={styles.title}>
        {t("notes")}
      </h2>
      {error && <ErrorNotice error={error} />}
      {notes.length === 0 && <p className="faint">{t("notesNone")}</p>}
      <ol className={`bare ${styles.list}`}>
        {notes.map((note) => (
          <li key={note.id} className={styles.note}>
            <button type="button" className={`plain ${styles.time}`} onClick={() => playback.seek(note.frame)}>
              <Timecode frame={note.frame} fps={playback.fps} />
            </button>
            <p className={styles.words}>
              {note.text}
              {note.author && <span className="faint"> {note.author}</span>}
            </p>
            {may && (
              <ActionIcon
                variant="subtle"
                color="gray"
                aria-label={t("noteDelete", { time: shortTimecode(note.frame, playback.fps) })}
                onClick={() => drop.mutate(note.id)}
              >
                <IconTrash size={15} aria-hidden />
              </ActionIcon>
            )}
          </li>
        ))}
      </ol>
      {may && <NewNote takeId={takeId} playback={playback} />}
    </section>
  );
}

function useNoteDrop(takeId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (noteId: string) =>
      answer(api.DELETE("/v1/takes/{take_id}/notes/{note_id}", { params: { path: { take_id: takeId, note_id: noteId } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.takeNotes(takeId) }),
  });
}

function NewNote({ takeId, playback }: Props) {
  const { t } = useTranslation("take");
  const client = useQueryClient();
  const frame = useFrame(playback);
  const field = useRef<HTMLTextAreaElement>(null);
  const draft = useDraft(`note.${takeId}`, "");
  const pin = useMutation({
    mutationFn: () =>
      answer(api.POST("/v1/takes/{take_id}/notes", { params: { path: { take_id: takeId } }, body: { frame, text: draft.value.trim() } })),
    onSuccess: () => {
      draft.drop();
      return client.invalidateQueries({ queryKey: keys.takeNotes(takeId) });
    },
  });
  useShortcuts(
    useMemo(
      () => [
        {
          keys: ["n"],
          words: t("keyNote"),
          act: () => {
            playback.stop();
            field.current?.focus();
          },
        },
      ],
      [playback, t],
    ),
  );
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (draft.value.trim()) pin.mutate();
      }}
    >
      <Textarea
        ref={field}
        label={
          <>
            {t("noteNew")} <Timecode frame={frame} fps={playback.fps} />
          </>
        }
        autosize
        minRows={1}
        maxLength={2000}
        value={draft.value}
        onFocus={playback.stop}
        onChange={(event) => draft.set(event.currentTarget.value)}
      />
      {pin.error != null && <ErrorNotice error={pin.error} />}
      <Button type="submit" size="xs" variant="default" loading={pin.isPending} disabled={draft.value.trim() === ""}>
        {t("noteAdd")}
      </Button>
    </form>
  );
}
