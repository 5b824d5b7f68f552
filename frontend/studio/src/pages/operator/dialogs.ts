// What is fetched when something is to be done, and not before.
export { AccountAct } from "./AccountActs";
export { SetPrice } from "./SetPrice";
