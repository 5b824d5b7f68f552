import { PasswordInput, type PasswordInputProps } from "@mantine/core";
import { useTranslation } from "react-i18next";

/** A password that has to be given, and that its owner may look at. */
export function PasswordField(props: PasswordInputProps) {
  const { t } = useTranslation("entry");
  return <PasswordInput required visibilityToggleButtonProps={{ "aria-label": t("showPassword") }} {...props} />;
}
