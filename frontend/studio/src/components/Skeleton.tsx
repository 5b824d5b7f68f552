import type { CSSProperties } from "react";
import { useTranslation } from "react-i18next";

/** The shape of what is about to come. */
export function Skeleton({ width, height, style }: { width?: number | string; height: number | string; style?: CSSProperties }) {
  return <div className="skeleton" style={{ width, height, ...style }} aria-hidden />;
}

/** A grid of cards that load, said once to a screen reader. */
export function SkeletonCards({ count, height }: { count: number; height: number }) {
  const { t } = useTranslation("common");
  return (
    <div role="status" aria-label={t("loading")} className="cards">
      {Array.from({ length: count }, (_, place) => (
        <Skeleton key={place} height={height} />
      ))}
    </div>
  );
}

/** A list that loads, said once to a screen reader. */
export function SkeletonRows({ count, height }: { count: number; height: number }) {
  const { t } = useTranslation("common");
  return (
    <div role="status" aria-label={t("loading")}>
      {Array.from({ length: count }, (_, place) => (
        <Skeleton key={place} height={height} style={{ marginBottom: 6 }} />
      ))}
    </div>
  );
}
