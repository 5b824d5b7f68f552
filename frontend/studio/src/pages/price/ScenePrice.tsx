import { Button, Modal } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { answer, api } from "@/api/client";
import { ErrorNotice } from "@/components/ErrorNotice";
import { SkeletonRows } from "@/components/Skeleton";
import { addEnglish } from "@/i18n";
import { price as english } from "@/i18n/en/price";

import styles from "./Price.module.css";
import { sumOf } from "./sum";
import { SumTable } from "./SumTable";
import { Unpaid } from "./Unpaid";

addEnglish({ price: english });

interface Props {
  sceneId: string;
  title: string;
  words: string;
  onRender: () => void;
  onClose: () => void;
}

/** What rendering every shot of a scene would cost, with the button that does it. */
export default function ScenePrice({ sceneId, title, words, onRender, onClose }: Props) {
  const { t } = useTranslation("price");
  const { data: sum, error } = useQuery({
    queryKey: ["estimate", "scene", sceneId],
    queryFn: () => answer(api.POST("/v1/scenes/{scene_id}/estimate", { params: { path: { scene_id: sceneId } } })),
    select: sumOf,
  });
  return (
    <Modal opened onClose={onClose} title={title} size="sm">
      {error && <ErrorNotice error={error} />}
      {!sum && !error && <SkeletonRows count={3} height={20} />}
      {sum && (
        <div className={styles.price}>
          {sum.credits === 0 ? <p>{t("free")}</p> : <SumTable sum={sum} />}
          <Unpaid refusals={sum.unpaid} />
        </div>
      )}
      <Button
        mt="md"
        fullWidth
        disabled={!sum || sum.takes.length === 0}
        onClick={() => {
          onRender();
          onClose();
        }}
      >
        {words}
      </Button>
    </Modal>
  );
}
