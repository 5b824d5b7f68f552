import { Alert, List } from "@mantine/core";
import { useTranslation } from "react-i18next";

/** Why nobody can sign in over this connection, and what each of those concerned can do. */
export function InsecureNotice() {
  const { t } = useTranslation("entry");
  const { port } = location;
  return (
    <Alert role="alert" color="yellow" title={t("insecure")}>
      <p>{t("insecureWhy")}</p>
      <List spacing="xs" size="sm">
        <List.Item>{t("insecureOperator")}</List.Item>
        <List.Item>{t("insecureHere", { address: `http://127.0.0.1${port && `:${port}`}` })}</List.Item>
        <List.Item>{t("insecureKeys")}</List.Item>
      </List>
    </Alert>
  );
}
