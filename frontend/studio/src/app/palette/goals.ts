import { useQueries, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { useCast } from "@/api/cast";
import { answer, api } from "@/api/client";
import { boardOf, type Board } from "@/api/film";
import { keys } from "@/api/queries";
import { useAllShortcuts } from "@/lib/shortcuts";

import type { Goal } from "./find";

const MOST_FILMS = 100;
const SEARCHED_FILMS = 12; // the newest; and those that were opened

const filmsQuery = {
  queryKey: [...keys.projects, "palette"],
  queryFn: async () => (await answer(api.GET("/v1/projects", { params: { query: { limit: MOST_FILMS } } }))).data,
};

/** Everything that the palette leads to: pages, films, their shots, the cast, and what the page can do. */
export function useGoals(): Goal[] {
  const { t } = useTranslation("shell");
  const { history } = useRouter();
  const shortcuts = useAllShortcuts();
  const { data: films = [] } = useQuery(filmsQuery);
  const client = useQueryClient();
  const searched = films.filter((film, place) => place < SEARCHED_FILMS || client.getQueryData(keys.board(film.id)));
  const boards = useQueries({ queries: searched.map((film) => boardOf(film.id)) });
  const cast = useCast();
  const to = (path: string) => () => history.push(path);
  const pages = [
    ["projects", "/"],
    ["cast", "/cast"],
    ["renders", "/renders"],
    ["account", "/account"],
  ] as const;
  return [
    ...pages.map(([words, path]): Goal => ({ id: path, words: t(words), group: "searchGo", go: to(path) })),
    ...films.map((film): Goal => ({ id: film.id, words: film.name, group: "searchFilms", go: to(`/films/${film.id}`) })),
    ...cast.map((one): Goal => ({ id: one.id, words: one.name, group: "searchCast", go: to(`/cast/${one.id}`) })),
    ...shortcuts
      .filter((shortcut) => !shortcut.everywhere && !shortcut.page)
      .filter(({ words }, place, all) => all.findIndex((one) => one.words === words) === place) // two keys, one thing
      .map((shortcut): Goal => ({
        id: shortcut.keys.join(),
        words: shortcut.words,
        group: "searchDo",
        go: () => shortcut.act(new KeyboardEvent("keydown")),
      })),
    ...boards.flatMap(({ data }) => (data ? shotGoals(data, to) : [])),
  ];
}

function shotGoals({ project, scenes }: Board, to: (path: string) => () => void): Goal[] {
  return scenes.flatMap((scene) =>
    scene.shots.map((shot) => ({
      id: shot.id,
      words: [shot.number, shot.prompt].filter(Boolean).join(" · "),
      within: project.name,
      group: "searchShots" as const,
      asked: true,
      go: to(`/films/${project.id}/shots/${shot.id}`),
    })),
  );
}
