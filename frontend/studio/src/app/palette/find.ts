/** One thing that the palette leads to. */
export interface Goal {
  id: string;
  words: string;
  /** Where it stands, for things that are called alike: a shot's film. */
  within?: string;
  group: "searchGo" | "searchFilms" | "searchShots" | "searchCast" | "searchDo";
  /** Too many of its kind to be shown before a word is typed. */
  asked?: boolean;
  go: () => void;
}

const MOST = 40;

/** Those that hold every word that was typed; those that begin with what was typed come first. */
export function findGoals(goals: readonly Goal[], typed: string): Goal[] {
  const whole = typed.trim().toLowerCase();
  if (whole === "") return goals.filter((goal) => !goal.asked).slice(0, MOST);
  const wanted = whole.split(/\s+/);
  const found = goals.filter((goal) => wanted.every((word) => `${goal.words} ${goal.within ?? ""}`.toLowerCase().includes(word)));
  const [first, later] = [true, false].map((begins) => found.filter((goal) => goal.words.toLowerCase().startsWith(whole) === begins));
  return [...first!, ...later!].slice(0, MOST);
}
