import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";

import { boardOf, projectsQuery } from "@/api/film";
import { queryClient } from "@/api/queries";

import { BrokenPage } from "./BrokenPage";
import { LostPage } from "./LostPage";
import { Shell } from "./shell/Shell";

// Every path here is served by studio/browser/routes.py; none collides with a path of the API.
// A `loader` begins to fetch what its page shows while the page's own code is still on its way. What is kept already is
// left alone, however old: the page itself looks again, and a board is not fetched anew with every shot that is selected.

const root = createRootRoute({ notFoundComponent: LostPage, errorComponent: BrokenPage });
const shell = createRoute({ getParentRoute: () => root, id: "shell", component: Shell });

const projects = createRoute({
  getParentRoute: () => shell,
  path: "/",
  loader: () => void queryClient.prefetchInfiniteQuery({ ...projectsQuery, staleTime: Infinity }),
  component: lazyRouteComponent(() => import("@/pages/projects/ProjectsPage"), "ProjectsPage"),
});

const take = createRoute({
  getParentRoute: () => shell,
  path: "/films/$projectId/shots/$shotId/takes/$takeId",
  component: lazyRouteComponent(() => import("@/pages/takes/TakePage"), "TakePage"),
});

const play = createRoute({
  getParentRoute: () => shell,
  path: "/films/$projectId/play",
  component: lazyRouteComponent(() => import("@/pages/film/FilmPage"), "FilmPage"),
});

// The board stays as it is when a shot of it is selected: its route has the shot's for a child, which draws nothing itself.
const film = createRoute({
  getParentRoute: () => shell,
  path: "/films/$projectId",
  loader: ({ params }) => void queryClient.prefetchQuery({ ...boardOf(params.projectId), staleTime: Infinity }),
  component: lazyRouteComponent(() => import("@/pages/board/BoardPage"), "BoardPage"),
});
const shot = createRoute({ getParentRoute: () => film, path: "/shots/$shotId" });

const cast = [
  createRoute({
    getParentRoute: () => shell,
    path: "/cast",
    component: lazyRouteComponent(() => import("@/pages/cast/CastPage"), "CastPage"),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/cast/new",
    component: lazyRouteComponent(() => import("@/pages/cast/NewCharacterPage"), "NewCharacterPage"),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/cast/$characterId",
    component: lazyRouteComponent(() => import("@/pages/cast/CharacterPage"), "CharacterPage"),
  }),
];

const renders = createRoute({
  getParentRoute: () => shell,
  path: "/renders",
  component: lazyRouteComponent(() => import("@/pages/renders/RendersPage"), "RendersPage"),
});
const looseTake = createRoute({
  getParentRoute: () => shell,
  path: "/renders/$takeId",
  component: lazyRouteComponent(() => import("@/pages/takes/LooseTakePage"), "LooseTakePage"),
});
const firstFilm = createRoute({
  getParentRoute: () => shell,
  path: "/first-film",
  component: lazyRouteComponent(() => import("@/pages/first-film/FirstFilmPage"), "FirstFilmPage"),
});
const account = createRoute({
  getParentRoute: () => shell,
  path: "/account/{-$part}",
  component: lazyRouteComponent(() => import("@/pages/account/AccountPage"), "AccountPage"),
});

const operator = [
  createRoute({
    getParentRoute: () => shell,
    path: "/operator/{-$part}",
    component: lazyRouteComponent(() => import("@/pages/operator/OperatorPage"), "OperatorPage"),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/operator/organisations/$orgId",
    component: lazyRouteComponent(() => import("@/pages/operator/OperatorPage"), "OrganisationPage"),
  }),
];

const entry = [
  createRoute({
    getParentRoute: () => root,
    path: "/sign-in",
    component: lazyRouteComponent(() => import("@/pages/entry/SignInPage"), "SignInPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/sign-up",
    component: lazyRouteComponent(() => import("@/pages/entry/SignUpPage"), "SignUpPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/forgotten",
    component: lazyRouteComponent(() => import("@/pages/entry/ForgottenPage"), "ForgottenPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/new-password",
    component: lazyRouteComponent(() => import("@/pages/entry/NewPasswordPage"), "NewPasswordPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/join",
    component: lazyRouteComponent(() => import("@/pages/entry/JoinPage"), "JoinPage"),
  }),
];

export const router = createRouter({
  routeTree: root.addChildren([...entry, shell.addChildren([projects, film.addChildren([shot]), take, play, firstFilm, renders, looseTake, account, ...operator, ...cast])]),
  defaultPreload: "intent",
  defaultPreloadStaleTime: 0,
  defaultNotFoundComponent: LostPage,
  defaultErrorComponent: BrokenPage,
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
