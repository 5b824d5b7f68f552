import { Button, SegmentedControl } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api, type Schemas } from "@/api/client";
import { keys } from "@/api/queries";
import { usePlace } from "@/lib/crumbs";
import { EmptyState } from "@/pieces/EmptyState";
import { ErrorNotice } from "@/pieces/ErrorNotice";
import { Skeleton } from "@/pieces/Skeleton";

import { RenderRow } from "./RenderRow";
import styles from "./Renders.module.css";

const FILTERS = ["ALL", "RENDERING", "QUEUED", "SUCCEEDED", "FAILED"] as const;
type Filter = (typeof FILTERS)[number];
const A_PAGE = 30;

function useRenders(filter: Filter) {
  const state = filter === "ALL" ? undefined : filter;
  return useInfiniteQuery({
    queryKey: [...keys.takes, "list", filter],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) => answer(api.GET("/takes", { params: { query: { state, limit: A_PAGE, after: pageParam } } })),
    getNextPageParam: (page) => (page.has_more ? (page.last_id ?? undefined) : undefined),
  });
}

/** Every take of the organisation, live, newest first. */
export function RendersPage() {
  const { t } = useTranslation("renders");
  const { t: shell } = useTranslation("shell");
  const { t: common } = useTranslation("common");
  const [filter, setFilter] = useState<Filter>("ALL");
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useRenders(filter);
  const takes = data?.pages.flatMap((page) => page.data) as Schemas["TakeView"][] | undefined;
  usePlace([{ words: shell("renders") }]);
  return (
    <div className="page">
      <header className="page-head">
        <h1>{shell("renders")}</h1>
        <SegmentedControl
          aria-label={t("filter")}
          size="xs"
          value={filter}
          onChange={(value) => setFilter(value as Filter)}
          data={FILTERS.map((value) => ({ value, label: t(`filters.${value}`) }))}
        />
      </header>
      {error && <ErrorNotice error={error} onRetry={() => void refetch()} />}
      {!takes && !error && <Skeleton height={320} />}
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
