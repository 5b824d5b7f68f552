import { IconGauge, IconMovie, IconStack2, IconUserCircle, IconUsers, type Icon } from "@tabler/icons-react";
import { Link, useLocation } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { useMe } from "@/api/me";

import { Preferences } from "./Preferences";
import styles from "./Rail.module.css";
import { WhoAmI } from "./WhoAmI";

const PLACES: { to: string; words: "projects" | "cast" | "renders" | "account" | "operator"; sign: Icon; also?: RegExp }[] = [
  { to: "/", words: "projects", sign: IconMovie, also: /^\/films/ },
  { to: "/cast", words: "cast", sign: IconUsers },
  { to: "/renders", words: "renders", sign: IconStack2 },
  { to: "/account", words: "account", sign: IconUserCircle },
];
const OPERATORS: (typeof PLACES)[number] = { to: "/operator", words: "operator", sign: IconGauge };

/** The left rail: the places of the studio, two clicks from anything. */
export function Rail() {
  const { t } = useTranslation("shell");
  const { pathname } = useLocation();
  const places = useMe()?.person?.is_operator ? [...PLACES, OPERATORS] : PLACES;
  return (
    <nav className={styles.rail} aria-label={t("rail")}>
      <Link to="/" className={styles.mark} aria-label="Dramatis" tabIndex={-1}>
        <img src="/static/icon.svg" width={28} height={28} alt="" />
      </Link>
      <ul className={`bare ${styles.places}`}>
        {places.map(({ to, words, sign: Sign, also }) => (
          <li key={to}>
            <Link
              to={to}
              className={styles.place}
              activeOptions={{ exact: to === "/" }}
              data-here={also?.test(pathname) || undefined}
            >
              <Sign size={22} stroke={1.6} aria-hidden />
              <span>{t(words)}</span>
            </Link>
          </li>
        ))}
      </ul>
      <Preferences>
        <WhoAmI />
      </Preferences>
    </nav>
  );
}
