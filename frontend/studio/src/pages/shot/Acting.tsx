import { useTranslation } from "react-i18next";

import type { Shot } from "@/api/film";
import { addEnglish } from "@/i18n";
import { acting as english } from "@/i18n/en/acting";

import { actOf, type Act } from "./acts";
import { useEstimate } from "./estimate";

addEnglish({ acting: english });

type Words = ReturnType<typeof useTranslation<"acting">>["t"];

/** What was understood of each face while the prompt is typed: feelings, the mouth, where the eyes go. */
export default function Acting({ shot }: { shot: Shot }) {
  const { t } = useTranslation("acting");
  const { data: estimate } = useEstimate(shot);
  const asked = Object.entries(estimate?.understood?.acting ?? {});
  if (asked.length === 0) return null;
  const said = asked.map(([name, acts]) => t("of", { name, acts: acts.map((act) => saidOf(t, act)).join(t("comma")) }));
  return (
    <p role="status" className="faint">
      {t("understood", { acts: said.join(t("and")) })}
    </p>
  );
}

/** In the reader's language; as the engine names it where this page does not know it. */
function saidOf(t: Words, named: string): string {
  const act: Act | null = actOf(named);
  if (!act) return named;
  if (act.kind === "mouth") return t(`mouth.${act.mouth}`);
  if (act.kind === "look") return t(`looks.${act.how}`, { where: t(`where.${act.where}`) });
  return t(`degrees.${act.degree}`, { feeling: t(`feelings.${act.feeling}`) });
}
