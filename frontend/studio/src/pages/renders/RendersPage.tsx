import { Button, SegmentedControl, Select } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useInfiniteQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";

import { answer, api, type Schemas } from "@/api/client";
import { keys } from "@/api/queries";
import { usePlace } from "@/lib/crumbs";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { SkeletonRows } from "@/components/Skeleton";

import { CutRows } from "./CutRows";
import { RenderRow } from "./RenderRow";
import styles from "./Renders.module.css";
import { FILTERS, useFilter, type Filter } from "./useFilter";

const A_PAGE = 30;
const QueuePanel = lazy(() => import("./QueuePanel"));

function useRenders(filter: Filter) {
  const state = filter === "ALL" ? undefined : filter;
  return useInfiniteQuery({
    queryKey: [...keys.takes, "list", filter],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) => answer(api.GET("/v1/takes", { params: { query: { state, limit: A_PAGE, after: pageParam } } })),
    getNextPageParam: (page) => (page.has_more ? (page.last_id ?? undefined) : undefined),
  });
}

/** Every take of the organisation, live, newest first. */
export function RendersPage() {
  const { t } = useTranslation("renders");
  const { t: shell } = useTranslation("shell");
  const { t: common } = useTranslation("common");
  const [filter, setFilter] = useFilter();
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useRenders(filter);
  const takes = data?.pages.flatMap((page) => page.data) as Schemas["TakeSummary"][] | undefined;
  usePlace([{ words: shell("renders") }]);
  return (
    <div className="page">
      <header className="page-head">
        <h1>{shell("renders")}</h1>
        <FilterField filter={filter} onChange={setFilter} />
      </header>
      {error && <ErrorNotice error={error} onRetry={() => void refetch()} />}
      {(filter === "ALL" || filter === "QUEUED") && (
        <Suspense fallback={null}>
          <QueuePanel />
        </Suspense>
      )}
      <CutRows filter={filter} />
      {!takes && !error && <SkeletonRows count={5} height={90} />}
      {takes?.length === 0 && (
        <EmptyState title={t(filter === "ALL" ? "empty" : "emptyFilter")}>{filter === "ALL" && <p>{t("emptyHelp")}</p>}</EmptyState>
      )}
      <ul className={`bare ${styles.rows}`}>
        {takes?.map((take) => (
          <RenderRow key={take.id} take={take} />
        ))}
      </ul>
      {hasNextPage && (
        <Button variant="default" mt="md" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {common("more")}
        </Button>
      )}
    </div>
  );
}

/** All choices in sight where there is room, else behind one field. */
function FilterField({ filter, onChange }: { filter: Filter; onChange: (filter: Filter) => void }) {
  const { t } = useTranslation("renders");
  const narrow = useMediaQuery("(max-width: 900px)", window.innerWidth <= 900);
  const data = FILTERS.map((value) => ({ value, label: t(`filters.${value}`) }));
  const choose = (value: string | null) => value && onChange(value as Filter);
  if (narrow) return <Select aria-label={t("filter")} size="xs" w={170} data={data} value={filter} allowDeselect={false} onChange={choose} />;
  return <SegmentedControl aria-label={t("filter")} size="xs" data={data} value={filter} onChange={choose} />;
}
