import type { en } from "../en";
import type { Words } from "../words";
import { account } from "./account";
import { audit } from "./audit";
import { board } from "./board";
import { cast } from "./cast";
import { common } from "./common";
import { entry } from "./entry";
import { film } from "./film";
import { firstFilm } from "./firstFilm";
import { keyframes } from "./keyframes";
import { projects } from "./projects";
import { refusal } from "./refusal";
import { renders } from "./renders";
import { shell } from "./shell";
import { shot } from "./shot";
import { take } from "./take";

export const zh: Words<typeof en> = { account, audit, board, cast, common, entry, film, firstFilm, keyframes, projects, refusal, renders, shell, shot, take };
