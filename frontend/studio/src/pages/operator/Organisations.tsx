import { Button, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { creditsOf } from "@/lib/credits";

import { organisationLink } from "./cells";
import { Figures } from "./Figures";
import styles from "./Operator.module.css";
import { accountsOf, exportPath, numberOf } from "./queries";

const TYPED_MS = 250;

/** Every organisation that pays, to be searched. */
export function Organisations() {
  const { t } = useTranslation("operator");
  const [words, setWords] = useState("");
  const [search] = useDebouncedValue(words.trim(), TYPED_MS);
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery({
    ...accountsOf(search),
    placeholderData: keepPreviousData,
  });
  return (
    <>
      <TextInput
        className={styles.search}
        type="search"
        label={t("search")}
        description={t("searchHelp")}
        value={words}
        onChange={(event) => setWords(event.target.value)}
      />
      <Figures
        title={t("parts.organisations")}
        rows={data?.pages.flatMap((page) => page.data)}
        columns={[
          {
            head: t("columns.name"),
            kind: "words",
            show: (row) => organisationLink(row.id, row.name),
          },
          { head: t("columns.plan"), show: (row) => row.plan },
          { head: t("columns.state"), show: (row) => t(`states.${row.state}`) },
          { head: t("columns.members"), kind: "number", show: (row) => numberOf(row.members) },
          { head: t("columns.available"), kind: "number", show: (row) => creditsOf(row.available) },
          { head: t("columns.held"), kind: "number", show: (row) => creditsOf(row.held) },
          { head: t("columns.spent"), kind: "number", show: (row) => creditsOf(row.spent_30_days) },
        ]}
        idOf={(row) => row.id}
        empty={t("none")}
        error={error}
        csv={exportPath("organisations", search ? { search } : {})}
      />
      {hasNextPage && (
        <Button mt="md" variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {t("more")}
        </Button>
      )}
    </>
  );
}
