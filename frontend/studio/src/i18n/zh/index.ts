import type { en } from "../en";
import type { Words } from "../words";
import { common } from "./common";
import { shell } from "./shell";

export const zh: Words<typeof en> = { common, shell };
