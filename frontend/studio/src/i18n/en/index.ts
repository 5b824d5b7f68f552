import { account } from "./account";
import { audit } from "./audit";
import { early } from "./early";
import { firstFilm } from "./firstFilm";

export const en = { ...early, account, audit, firstFilm };
