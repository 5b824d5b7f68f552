import { useTranslation } from "react-i18next";

const LIGHTS = ["day", "overcast", "golden_hour", "dusk", "night", "lamplight", "candlelight", "moonlight"] as const;

/** Every light, to be chosen from. */
export function useLights(): { value: string; label: string }[] {
  const { t } = useTranslation("scene");
  return LIGHTS.map((value) => ({ value, label: t(`lights.${value}`) }));
}
