import { NativeSelect } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { answer, api } from "@/api/client";
import type { Board } from "@/api/film";
import { SHARED, usePools } from "@/api/models";
import { usePermission } from "@/api/permissions";
import { keys } from "@/api/queries";
import { errorWords } from "@/components/errorWords";
import { say } from "@/lib/toasts";

/** Whose nodes render the film's takes; nothing where the organisation has no nodes of its own. */
export function FilmPool({ film }: { film: Board["project"] }) {
  const { t } = useTranslation("board");
  const { t: common } = useTranslation("common");
  const client = useQueryClient();
  const pools = usePools();
  const may = usePermission("change") !== false;
  const choosing = useMutation({
    mutationFn: (pool: string | null) => answer(api.PATCH("/v1/projects/{project_id}", { params: { path: { project_id: film.id } }, body: { pool } })),
    onError: (error) => {
      const { title, help } = errorWords(error, common);
      say(`${title}: ${help}`, { tone: "bad" });
    },
    onSettled: () => client.invalidateQueries({ queryKey: keys.board(film.id) }),
  });
  if (pools.length === 0 && film.pool === null) return null;
  const chosen = film.pool ?? "";
  const named = [...new Set([...pools, ...(film.pool === null ? [] : [film.pool])])];
  return (
    <NativeSelect
      size="xs"
      aria-label={t("pool")}
      value={choosing.isPending ? (choosing.variables ?? "") : chosen}
      disabled={!may || choosing.isPending}
      onChange={(event) => choosing.mutate(event.currentTarget.value || null)}
      data={[
        { value: "", label: t("poolUsual") },
        ...named.map((pool) => ({ value: pool, label: pool === SHARED ? t("poolShared") : t("poolNamed", { pool }) })),
      ]}
    />
  );
}
