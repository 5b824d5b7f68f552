/** What was spent, what may be spent, what there is, what a month came to: one file, fetched with the first of them. */
export { Caps } from "./Caps";
export { Spending } from "./Spending";
export { Statements } from "./Statements";
