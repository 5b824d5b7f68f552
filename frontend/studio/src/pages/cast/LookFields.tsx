import { Button, FileButton, Stack, TextInput } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { answer, api } from "@/api/client";
import { eraseUpload, uploadFile } from "@/lib/uploads";
import { ErrorNotice } from "@/components/ErrorNotice";

import styles from "./Cast.module.css";
import { PARTS, type Look, type LookDraft } from "./lookDraft";

interface Props {
  value: LookDraft;
  onChange: (value: LookDraft) => void;
  /** The look as it is kept, where there is one. */
  saved?: Look;
}

/** A look's name, its words and its picture. */
export function LookFields({ value, onChange, saved }: Props) {
  const { t } = useTranslation("cast");
  return (
    <Stack gap="xs" mt="md">
      <TextInput label={t("lookName")} value={value.name} maxLength={80} onChange={(event) => onChange({ ...value, name: event.currentTarget.value })} />
      {PARTS.map((part) => (
        <TextInput
          key={part}
          label={t(`lookParts.${part}`)}
          value={value[part]}
          onChange={(event) => onChange({ ...value, [part]: event.currentTarget.value })}
        />
      ))}
      <Picture value={value} saved={saved} onChange={onChange} />
    </Stack>
  );
}

/** The kept picture stays until the look is saved with another one. */
function Picture({ value, onChange, saved }: Props) {
  const { t } = useTranslation("cast");
  const kept = saved?.picture_asset_id ?? "";
  const show = (picture: string) => {
    if (value.picture && value.picture !== kept) eraseUpload(value.picture);
    onChange({ ...value, picture });
  };
  const sending = useMutation({ mutationFn: (file: File) => uploadFile(file, "photo"), onSuccess: (asset) => show(asset.id) });
  const { data: uploaded } = useQuery({
    queryKey: ["asset", value.picture],
    queryFn: () => answer(api.GET("/v1/assets/{asset_id}", { params: { path: { asset_id: value.picture } } })),
    enabled: value.picture !== "" && value.picture !== kept,
  });
  const link = value.picture === kept ? saved?.picture_url : uploaded?.url;
  return (
    <>
      <div className={styles.lookActions}>
        {value.picture && link && <img src={link} alt={t("lookPictureAlt")} height={72} />}
        <FileButton accept="image/*" onChange={(file) => file && sending.mutate(file)}>
          {(button) => (
            <Button {...button} variant="default" size="xs" loading={sending.isPending}>
              {t(value.picture ? "lookPictureOther" : "lookPicture")}
            </Button>
          )}
        </FileButton>
        {value.picture && (
          <Button variant="subtle" color="gray" size="xs" onClick={() => show("")}>
            {t("lookPictureNone")}
          </Button>
        )}
      </div>
      {sending.error && <ErrorNotice error={sending.error} />}
    </>
  );
}
