import { Button, CopyButton, Drawer } from "@mantine/core";
import { IconReceipt } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { takeOf, type ShotTake } from "@/api/film";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Skeleton } from "@/components/Skeleton";

import styles from "./Receipt.module.css";

const TOLD_FIRST = [
  "model", "tier", "promise", "seed", "steps", "guidance_scale", "shift", "scheduler", "published", "device", "computed_on", "switched_on", "references", "looks", "control", "weights", "versions", "media_sha256", "latents_sha256",
] as const;

type Promised = "exact" | "same_mathematics";

/** What was really used, opened beside the take. */
export function Receipt({ take }: { take: ShotTake }) {
  const { t } = useTranslation("take");
  const { t: common } = useTranslation("common");
  const [opened, setOpened] = useState(false);
  if (!take.receipt_sha256) return null;
  return (
    <>
      <Button variant="default" size="xs" leftSection={<IconReceipt size={15} aria-hidden />} onClick={() => setOpened(true)}>
        {t("receiptOpen")}
      </Button>
      <Drawer
        opened={opened}
        onClose={() => setOpened(false)}
        position="right"
        title={`${t("receipt")} ${take.number}`}
        closeButtonProps={{ "aria-label": common("close") }}
      >
        <p className="soft">{t("receiptHelp")}</p>
        {opened && <Whole takeId={take.id} />}
      </Drawer>
    </>
  );
}

/** Every part of a take's receipt, which the take by itself has. */
function Whole({ takeId }: { takeId: string }) {
  const { t } = useTranslation("take");
  const { t: common } = useTranslation("common");
  const { data: take, error, refetch } = useQuery(takeOf(takeId));
  if (error) return <ErrorNotice error={error} onRetry={() => void refetch()} />;
  if (!take?.receipt) return <Skeleton height={320} />;
  const { receipt } = take;
  const parts = TOLD_FIRST.filter((name) => isTold(receipt[name]));
  const rest = Object.fromEntries(Object.entries(receipt).filter(([name]) => !(TOLD_FIRST as readonly string[]).includes(name)));
  return (
    <>
      <dl className={styles.parts}>
        {parts.map((name) => (
          <Part
            key={name}
            words={t(`receiptParts.${name}`)}
            value={name === "promise" ? t(`promises.${receipt[name] as Promised}`) : receipt[name]}
          />
        ))}
        <Part words={t("receiptParts.other")} value={rest} />
        {take.receipt_sha256 && <Part words={t("receiptHash")} value={take.receipt_sha256} />}
      </dl>
      <CopyButton value={JSON.stringify(receipt, null, 2)}>
        {({ copied, copy }) => (
          <Button size="xs" variant="default" onClick={copy}>
            {common(copied ? "copied" : "copy")}
          </Button>
        )}
      </CopyButton>
    </>
  );
}

function isTold(value: unknown): boolean {
  return value != null && !(Array.isArray(value) && value.length === 0);
}

function Part({ words, value }: { words: string; value: unknown }) {
  return (
    <>
      <dt>{words}</dt>
      <dd>
        <Value value={value} />
      </dd>
    </>
  );
}

/** JSON for people: lists as lists, objects as names with values. */
function Value({ value }: { value: unknown }) {
  if (Array.isArray(value)) {
    return (
      <ul className="bare">
        {value.map((one) => (
          <li key={JSON.stringify(one)}>
            <Value value={one} />
          </li>
        ))}
      </ul>
    );
  }
  if (typeof value === "object" && value !== null) {
    return (
      <ul className="bare">
        {Object.entries(value).map(([name, one]) => (
          <li key={name}>
            <span className="faint">{name}</span> <Value value={one} />
          </li>
        ))}
      </ul>
    );
  }
  return <span className={styles.value}>{String(value ?? "–")}</span>;
}
