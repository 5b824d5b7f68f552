import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useRouter } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { usePlace } from "@/lib/crumbs";
import { EmptyState } from "@/pieces/EmptyState";
import { ErrorNotice } from "@/pieces/ErrorNotice";
import { SkeletonCards } from "@/pieces/Skeleton";

import { NewFilm } from "./NewFilm";
import { ProjectCard } from "./ProjectCard";
import { useBegin, useProjects } from "./useProjects";

/** Every film, and the ways to begin one. */
export function ProjectsPage() {
  const { t } = useTranslation("projects");
  const { t: shell } = useTranslation("shell");
  const { t: common } = useTranslation("common");
  const [making, setMaking] = useState(false);
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useProjects();
  const films = data?.pages.flatMap((page) => page.data);
  usePlace([{ words: shell("projects") }]);
  return (
    <div className="page">
      <header className="page-head">
        <h1>{shell("projects")}</h1>
        <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setMaking(true)}>
          {t("newFilm")}
        </Button>
      </header>
      {error && <ErrorNotice error={error} onRetry={() => void refetch()} />}
      {!films && !error && <SkeletonCards count={6} height={220} />}
      {films?.length === 0 && <FirstFilm onNew={() => setMaking(true)} />}
      {films && films.length > 0 && (
        <ul className="bare cards">
          {films.map((film) => (
            <ProjectCard key={film.id} project={film} />
          ))}
        </ul>
      )}
      {hasNextPage && (
        <Button variant="default" mt="lg" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {common("more")}
        </Button>
      )}
      <NewFilm opened={making} onClose={() => setMaking(false)} />
    </div>
  );
}

/** Nothing yet: what this is, and the two quickest ways to see it. */
function FirstFilm({ onNew }: { onNew: () => void }) {
  const { t } = useTranslation("projects");
  const { history } = useRouter();
  const { example } = useBegin();
  return (
    <EmptyState
      title={t("empty")}
      actions={
        <>
          <Button loading={example.isPending} onClick={() => example.mutate()}>
            {t("beginExample")}
          </Button>
          <Button variant="default" onClick={() => history.push("/first-film")}>
            {t("firstFilm")}
          </Button>
          <Button variant="default" onClick={onNew}>
            {t("blank")}
          </Button>
        </>
      }
    >
      <p>{t("emptyHelp")}</p>
      {example.error && <ErrorNotice error={example.error} />}
    </EmptyState>
  );
}
