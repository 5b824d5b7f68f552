import type { CSSProperties } from "react";

import type { Schemas } from "@/api/client";

export type Colours = Schemas["ColourFilter"] | null | undefined;

/** The filter of a grade, to stand somewhere beside what wears it: the same three steps that the film's file gets. */
export function GradeFilter({ colours }: { colours: Colours }) {
  if (!colours) return null;
  const { before, matrix, after } = colours;
  const rows = matrix.map(([red, green, blue, offset]) => `${red} ${green} ${blue} 0 ${offset}`);
  return (
    <svg width={0} height={0} aria-hidden style={{ position: "absolute" }}>
      <filter id={nameOf(colours)} colorInterpolationFilters="sRGB" x="0" y="0" width="100%" height="100%">
        <Curves curves={before} />
        <feColorMatrix values={`${rows.join(" ")} 0 0 0 1 0`} />
        <Curves curves={after} />
      </filter>
    </svg>
  );
}

/** What a picture or a video wears. */
export function gradeStyle(colours: Colours): CSSProperties | undefined {
  return colours ? { filter: `url(#${nameOf(colours)})` } : undefined;
}

function Curves({ curves }: { curves: readonly (readonly number[])[] }) {
  const [red, green, blue] = curves.map((curve) => curve.join(" "));
  return (
    <feComponentTransfer>
      <feFuncR type="table" tableValues={red} />
      <feFuncG type="table" tableValues={green} />
      <feFuncB type="table" tableValues={blue} />
    </feComponentTransfer>
  );
}

/** One name for one grade, so that the filter of any card serves all that wear it. FNV-1a. */
function nameOf(colours: NonNullable<Colours>): string {
  let hash = 0x811c9dc5;
  for (const letter of JSON.stringify(colours)) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193);
  return `grade-${(hash >>> 0).toString(36)}`;
}
