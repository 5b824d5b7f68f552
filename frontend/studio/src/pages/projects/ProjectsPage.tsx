import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";

import { usePlace } from "@/lib/crumbs";
import { Forbidden } from "@/components/Forbidden";
import { ErrorNotice } from "@/components/ErrorNotice";
import { SkeletonCards } from "@/components/Skeleton";

import { FirstFilm } from "./FirstFilm";
import { ProjectCard } from "./ProjectCard";
import { useProjects } from "./useProjects";

const NewFilm = lazy(() => import("./NewFilm"));

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
        <Forbidden unless="change">
          <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setMaking(true)}>
            {t("newFilm")}
          </Button>
        </Forbidden>
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
      {making && (
        <Suspense fallback={null}>
          <NewFilm onClose={() => setMaking(false)} />
        </Suspense>
      )}
    </div>
  );
}
