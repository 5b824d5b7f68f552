/** A loop of the sound of a place: the very samples that lie under the film's file. */
export function fileOfAmbience(ambience: string): string {
  return `/static/ambiences/${ambience}.m4a`;
}
