"""Which backdrops the project draws, what they are called, and the words that suggest them. Torch-free.

The words only suggest a backdrop to a person who chooses; no render ever looks for them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Backdrop:
    """layers: how many sheets a camera moves past. words: of English prompts, whole ones; words_zh: of Chinese ones."""

    name: str
    title_en: str
    title_zh: str
    layers: int
    words: tuple[str, ...]
    words_zh: tuple[str, ...]


_ALL = (
    Backdrop(
        "living-room", "Living room at dusk", "黄昏的客厅", 5,
        ("living room", "room", "home", "house", "apartment", "flat", "sofa", "couch", "indoors", "inside", "lamp",
         "bedroom", "kitchen", "fireplace"),
        ("客厅", "房间", "家里", "家中", "室内", "沙发", "公寓", "卧室", "屋里", "厨房"),
    ),
    Backdrop(
        "office", "Office over the city", "城市高处的办公室", 3,
        ("office", "desk", "meeting", "work", "boardroom", "company", "skyscraper", "computer"),
        ("办公室", "公司", "会议", "写字楼", "上班", "电脑"),
    ),
    Backdrop(
        "studio", "Photographer's studio", "摄影棚", 3,
        ("studio", "interview", "portrait", "photo shoot", "plain background", "white background", "grey background"),
        ("摄影棚", "影棚", "采访", "访谈", "纯色背景", "白色背景", "灰色背景"),
    ),
    Backdrop(
        "stage", "Theatre stage", "剧院舞台", 5,
        ("stage", "theatre", "theater", "concert", "curtain", "spotlight", "audience", "opera", "microphone"),
        ("舞台", "剧院", "剧场", "音乐会", "演唱会", "幕布", "聚光灯", "观众"),
    ),
    Backdrop(
        "street", "Old street in the morning", "清晨的老街", 6,
        ("street", "town", "city", "road", "pavement", "sidewalk", "shop", "café", "cafe", "market", "alley",
         "village"),
        ("街", "街道", "马路", "城里", "小镇", "商店", "咖啡馆", "集市", "巷", "村"),
    ),
    Backdrop(
        "night-city", "City at night", "夜晚的城市", 5,
        ("night", "city at night", "neon", "midnight", "skyline", "downtown", "rooftop", "city lights", "taxi"),
        ("夜", "夜晚", "霓虹", "深夜", "夜景", "都市", "天台", "城市灯光"),
    ),
    Backdrop(
        "forest", "Forest in the mist", "雾中的森林", 6,
        ("forest", "woods", "wood", "trees", "jungle", "mist", "fog", "path", "moss", "fern"),
        ("森林", "树林", "林中", "丛林", "雾", "林间", "小径"),
    ),
    Backdrop(
        "meadow", "Summer meadow", "夏日草地", 6,
        ("meadow", "field", "grass", "hill", "hills", "countryside", "park", "garden", "flowers", "farm", "picnic"),
        ("草地", "田野", "草原", "山丘", "乡村", "公园", "花园", "花丛", "农场", "野餐"),
    ),
    Backdrop(
        "desert", "Desert in the last light", "夕照沙漠", 6,
        ("desert", "dune", "dunes", "sand", "canyon", "mesa", "drought", "oasis", "camel"),
        ("沙漠", "沙丘", "峡谷", "荒漠", "戈壁", "绿洲", "骆驼"),
    ),
    Backdrop(
        "beach", "Beach at sunset", "日落海滩", 5,
        ("beach", "sea", "ocean", "shore", "coast", "waves", "island", "palm", "harbour", "harbor", "lake", "sunset"),
        ("海滩", "海边", "大海", "海", "海岸", "沙滩", "岛", "海浪", "港口", "湖", "日落"),
    ),
    Backdrop(
        "snow-mountains", "Snowy mountains", "雪山", 7,
        ("snow", "mountain", "mountains", "winter", "ice", "alps", "peak", "glacier", "ski", "cold", "frost"),
        ("雪", "雪山", "山", "山峰", "冬天", "冬季", "冰", "滑雪", "冰川", "寒冷"),
    ),
    Backdrop(
        "space", "Above a planet", "行星上空", 4,
        ("space", "planet", "stars", "galaxy", "orbit", "spaceship", "spacecraft", "astronaut", "moon", "nebula",
         "universe", "cosmos"),
        ("太空", "宇宙", "行星", "星空", "星系", "轨道", "飞船", "宇航员", "月球", "星云"),
    ),
)  # fmt: skip
BACKDROPS: dict[str, Backdrop] = {one.name: one for one in _ALL}


def suggest_backdrops(prompt: str) -> list[str]:
    """Names of backdrops whose words the prompt has, best first: longer words say more than shorter ones."""
    found = {name: _weigh(one, prompt.lower()) for name, one in BACKDROPS.items()}
    return sorted((name for name, weight in found.items() if weight), key=lambda name: -found[name])


def _weigh(backdrop: Backdrop, prompt: str) -> int:
    english = sum(len(word) for word in backdrop.words if re.search(rf"\b{re.escape(word)}s?\b", prompt))
    return english + sum(3 * len(word) for word in backdrop.words_zh if word in prompt)
