"""What an edit did, as a code with its numbers for programs (and their translations), and in words."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

EditAction = Literal[
    "add_scene", "rename_scene", "set_scene", "move_scene", "delete_scene",
    "add_shot", "change_shot", "change_shots", "duplicate_shot", "duplicate_shots", "delete_shot", "delete_shots",
    "move_shot", "move_shots",
    "rename_film", "reshape_film", "pronounce", "choose_pool", "import_screenplay", "begin_example", "edit",
]  # fmt: skip
_WORDS: dict[EditAction, str] = {
    "add_scene": "add scene {scene}",
    "rename_scene": "rename scene {scene}",
    "set_scene": "change scene {scene}",
    "move_scene": "move scene {scene}",
    "delete_scene": "delete scene {scene}",
    "add_shot": "add shot {shot}",
    "change_shot": "change {shot}",
    "change_shots": "change {shots} shots",
    "duplicate_shot": "duplicate {shot}",
    "duplicate_shots": "duplicate {shots} shots",
    "delete_shot": "delete {shot}",
    "delete_shots": "delete {shots} shots",
    "move_shot": "move {shot} to scene {scene}",
    "move_shots": "move {shots} shots to scene {scene}",
    "rename_film": "change the film's name",
    "reshape_film": "change the film's aspect",
    "pronounce": "change how words are said",
    "choose_pool": "change whose nodes render the film",
    "import_screenplay": "import the screenplay",
    "begin_example": "begin the example",
    "edit": "edit the board",
}


@dataclass(frozen=True)
class Label:
    """An edit's name. `scene` and `shot` are numbers as they were seen when it was made; `shots`: how many."""

    action: EditAction
    scene: int | None = None
    shot: str | None = None
    shots: int | None = None

    @property
    def numbers(self) -> dict[str, int | str]:
        """What the action was about."""
        return {name: value for name, value in asdict(self).items() if name != "action" and value is not None}

    @property
    def words(self) -> str:
        """In English."""
        return _WORDS[self.action].format(**self.numbers)
