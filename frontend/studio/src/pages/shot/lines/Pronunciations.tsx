import { Button, TextInput } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { answer, api, freshKey } from "@/api/client";
import { boardOf } from "@/api/film";
import { keys } from "@/api/queries";
import { ErrorNotice } from "@/components/ErrorNotice";
import { useDraft } from "@/lib/drafts";

import { Knob } from "./Knob";
import styles from "./Lines.module.css";

interface Pair {
  id: string;
  word: string;
  said: string;
}

/** How words are said in this film: kept in this browser as they are typed, and in the film once both halves are there. */
export function Pronunciations({ projectId }: { projectId: string }) {
  const { t } = useTranslation("speech");
  const client = useQueryClient();
  const { data: kept } = useQuery({ ...boardOf(projectId), select: (board) => board.project.pronunciations });
  const draft = useDraft<readonly Pair[]>(`pronunciations.${projectId}`, Object.entries(kept ?? {}).map(([word, said]) => ({ id: word, word, said })));
  const saving = useMutation({
    mutationFn: (pronunciations: Record<string, string>) =>
      answer(api.PATCH("/v1/projects/{project_id}", { params: { path: { project_id: projectId } }, body: { pronunciations } })),
    onSuccess: async (_, sent) => {
      await client.invalidateQueries({ queryKey: keys.board(projectId) });
      if (draft.value.length === Object.keys(sent).length) draft.drop();
    },
  });
  const save = (pairs: readonly Pair[]) => {
    const whole = pairs.filter(({ word, said }) => word.trim() !== "" && said.trim() !== "");
    const told = Object.fromEntries(whole.map(({ word, said }) => [word.trim(), said.trim()]));
    if (JSON.stringify(told) !== JSON.stringify(kept)) saving.mutate(told);
  };
  const type = (place: number, typed: Partial<Pair>) => draft.set(draft.value.with(place, { ...(draft.value[place] as Pair), ...typed }));
  const remove = (place: number) => {
    const left = draft.value.toSpliced(place, 1);
    draft.set(left);
    save(left);
  };
  return (
    <details>
      <summary className={styles.words}>{t("pronunciations")}</summary>
      <p className={styles.words}>{t("pronunciationsHint")}</p>
      {draft.value.map(({ id, word, said }, place) => (
        <div key={id} className={styles.pair} onBlur={() => save(draft.value)}>
          <TextInput size="xs" aria-label={t("word")} placeholder={t("word")} maxLength={80} value={word} onChange={(event) => type(place, { word: event.currentTarget.value })} />
          <TextInput size="xs" aria-label={t("saidAs")} placeholder={t("saidAs")} maxLength={200} value={said} onChange={(event) => type(place, { said: event.currentTarget.value })} />
          <Knob words={t("removeWord", { word: word || t("word") })} sign={IconTrash} onPress={() => remove(place)} />
        </div>
      ))}
      {saving.error && <ErrorNotice error={saving.error} />}
      <Button variant="default" size="compact-xs" leftSection={<IconPlus size={14} aria-hidden />} onClick={() => draft.set([...draft.value, { id: freshKey(), word: "", said: "" }])}>
        {t("addWord")}
      </Button>
    </details>
  );
}
