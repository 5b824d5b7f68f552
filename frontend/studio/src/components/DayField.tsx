import "@mantine/dates/styles.layer.css";
import "dayjs/locale/zh-cn";

import { DateInput } from "@mantine/dates";
import dayjs from "dayjs";
import customParseFormat from "dayjs/plugin/customParseFormat";
import { useTranslation } from "react-i18next";

dayjs.extend(customParseFormat);

/** How a day is written in each language, and how it may be typed as well. */
const FORMS = {
  en: { locale: "en", shown: "D MMM YYYY", typed: ["D MMM YYYY", "D MMMM YYYY", "MMM D, YYYY", "MMMM D, YYYY", "YYYY-MM-DD"] },
  zh: { locale: "zh-cn", shown: "YYYY年M月D日", typed: ["YYYY年M月D日", "YYYY/M/D", "YYYY-MM-DD"] },
} as const;

interface Props {
  label: string;
  description?: string;
  /** `YYYY-MM-DD`, or empty. */
  value: string;
  onChange: (day: string) => void;
}

/** A day of the calendar, written and chosen in the page's language: the browser's own field speaks the browser's. */
export default function DayField({ label, description, value, onChange }: Props) {
  const { t, i18n } = useTranslation("common");
  const { locale, shown, typed } = FORMS[i18n.language === "zh" ? "zh" : "en"];
  return (
    <DateInput
      label={label}
      description={description}
      placeholder={dayjs().add(1, "year").locale(locale).format(shown)}
      locale={locale}
      valueFormat={shown}
      dateParser={(words) => {
        const day = dayjs(words, [...typed], locale, true);
        return day.isValid() ? day.format("YYYY-MM-DD") : null;
      }}
      minDate={dayjs().format("YYYY-MM-DD")}
      clearable
      clearButtonProps={{ "aria-label": t("clearDay") }}
      getMonthControlProps={undefined}
      value={value || null}
      onChange={(day) => onChange(day ?? "")}
      ariaLabels={{ previousMonth: t("monthBefore"), nextMonth: t("monthAfter") }}
    />
  );
}
