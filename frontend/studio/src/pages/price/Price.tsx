import { Popover, UnstyledButton } from "@mantine/core";
import { IconChevronDown } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { addEnglish } from "@/i18n";
import { price as english } from "@/i18n/en/price";
import { creditsOf } from "@/lib/credits";

import styles from "./Price.module.css";
import { isPricedQuery, type PriceProps } from "./sum";
import { SumTable } from "./SumTable";
import { Unpaid } from "./Unpaid";

addEnglish({ price: english });

/** What it will cost, as a sum that opens; and plainly what will refuse it. Nothing in a studio without prices. */
export default function Price({ sum, piece, times }: PriceProps) {
  const { t } = useTranslation("price");
  if (sum.credits === 0) return <Free />;
  return (
    <div className={styles.price}>
      <Popover position="top-start" width={300} withArrow shadow="md">
        <Popover.Target>
          <UnstyledButton className={styles.open} title={t("open")}>
            {t("upTo", { credits: creditsOf(sum.credits) })}
            <IconChevronDown size={14} aria-hidden />
          </UnstyledButton>
        </Popover.Target>
        <Popover.Dropdown aria-label={t("sum")}>
          <SumTable sum={sum} piece={piece} times={times} />
        </Popover.Dropdown>
      </Popover>
      <Unpaid refusals={sum.unpaid} />
    </div>
  );
}

function Free() {
  const { t } = useTranslation("price");
  const { data: priced } = useQuery(isPricedQuery);
  return priced ? <p className={`faint ${styles.free}`}>{t("free")}</p> : null;
}
