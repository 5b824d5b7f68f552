export const MOST_COMPARED = 4;

/** The page of one take; with others, beside them. */
export function addressOf(projectId: string, shotId: string, takeId: string, others: readonly string[] = []): string {
  const beside = others.length > 0 ? `?with=${others.join(",")}` : "";
  return `/films/${projectId}/shots/${shotId}/takes/${takeId}${beside}`;
}
