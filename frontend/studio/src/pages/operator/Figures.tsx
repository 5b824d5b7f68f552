import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { ErrorNotice } from "@/components/ErrorNotice";
import { SkeletonRows } from "@/components/Skeleton";

import styles from "./Operator.module.css";

export interface Column<T> {
  head: string;
  /** `number` stands right, `words` may be long. */
  kind?: "number" | "words";
  show: (row: T) => ReactNode;
}

interface Props<T> {
  title: string;
  rows: readonly T[] | undefined;
  columns: readonly Column<T>[];
  idOf: (row: T) => string;
  /** What is said where there is no row. */
  empty: string;
  error?: unknown;
  csv?: string;
  children?: ReactNode;
}

/** A table under its heading, which scrolls by itself where it is too wide, and may be had as a file. */
export function Figures<T>({ title, rows, columns, idOf, empty, error, csv, children }: Props<T>) {
  const { t } = useTranslation("operator");
  return (
    <section className={styles.section} aria-label={title}>
      <div className={styles.head}>
        <h2>{title}</h2>
        {children}
        {csv && (
          <a className="page-link" href={csv} download aria-label={t("csvOf", { table: title })}>
            {t("csv")}
          </a>
        )}
      </div>
      {error != null && <ErrorNotice error={error} />}
      {!rows && error == null && <SkeletonRows count={2} height={34} />}
      {rows?.length === 0 && <p className="soft">{empty}</p>}
      {rows !== undefined && rows.length > 0 && (
        // A region that scrolls has to be reached by keys.
        // oxlint-disable-next-line no-noninteractive-tabindex
        <div className={styles.scroll} tabIndex={0} role="group" aria-label={title}>
          <table className={styles.table}>
            <thead>
              <tr>
                {columns.map(({ head, kind }) => (
                  <th key={head} scope="col" className={kind && styles[kind]}>
                    {head}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={idOf(row)}>
                  {columns.map(({ head, kind, show }) => (
                    <td key={head} className={kind && styles[kind]}>
                      {show(row)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
