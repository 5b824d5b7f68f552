import type { en } from "../en";
import type { Words } from "../words";
import { board } from "./board";
import { common } from "./common";
import { shell } from "./shell";
import { shot } from "./shot";
import { take } from "./take";

export const zh: Words<typeof en> = { board, common, shell, shot, take };
