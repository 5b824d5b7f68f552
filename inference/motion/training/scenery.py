"""Who acts, and everything in a caption that asks for no acting: places, light, clothes, other people, other actions.

Lines that the previs leaves aside are marked where they are used; those of `UNSUPPORTED` are things that it cannot do.
"""

from __future__ import annotations

PRONOUNS = {"she": ("her", "her", "herself"), "he": ("his", "him", "himself"), "they": ("their", "them", "themselves")}
SHE = (
    "the woman", "a woman", "a young woman", "an old woman", "the girl", "a girl", "the actress", "the astronaut",
    "the mother", "the queen", "a lady", "the heroine", "the bride", "my grandmother", "a businesswoman", "the nurse",
    "the waitress", "the princess", "the witch", "a blonde woman", "the pregnant woman", "the widow", "my sister",
    "the ballerina", "the saleswoman", "her mother", "the landlady", "this woman", "the lady in the picture",
)  # fmt: skip
HE = (
    "the man", "a man", "a young man", "an old man", "the boy", "a boy", "the actor", "the detective", "the father",
    "the king", "a gentleman", "the hero", "the groom", "my grandfather", "a businessman", "the soldier", "a guy",
    "the waiter", "the prince", "the wizard", "a bald man", "the old sailor", "the widower", "my brother", "the monk",
    "the butler", "the cowboy", "the priest", "this man", "the man in the picture", "a tired man",
)  # fmt: skip
ANY = (
    "the person", "the person", "the person", "the person", "a person", "the character", "the subject", "the singer",
    "the teacher", "the doctor", "the presenter", "the figure in the photo", "the speaker", "the protagonist",
    "someone", "the model", "the student", "the driver", "the astronaut", "the lawyer", "the judge", "the spy",
    "the scientist", "the chef", "the painter", "the clerk", "the child", "a teenager", "a toddler", "the host",
    "the patient", "the guest", "the captain", "the pilot", "the farmer", "the neighbour", "the journalist",
    "the portrait", "the player", "the dancer", "the robot", "the tourist", "the president", "a stranger",
)  # fmt: skip
NAMES = (
    "Anna", "Maya", "Ines", "Ben", "Tom", "Li Wei", "Olivia", "Noah", "Emma", "Yuki", "Carlos", "Fatima", "Ivan",
    "Sofia", "Amir", "Grace", "Eileen", "Jonas", "Priya", "Mei", "Dr Stone", "Captain Hale", "Mr Park", "Kofi",
)  # fmt: skip
OTHERS = (
    "someone else", "someone else", "someone else", "someone else", "another person", "the man behind {obj}",
    "the woman behind {obj}", "a stranger", "a passer-by", "a friend", "the crowd", "another man", "another woman",
    "the other person", "somebody in the background", "a colleague", "a child in the background", "the dog",
    "a waiter", "the audience",
)  # fmt: skip
WHERE_OTHERS = (
    "behind {obj}", "beside {obj}", "in the background", "next to {obj}", "on the left", "on the right", "far away",
    "at the back of the room", "out of focus", "off screen",
)  # fmt: skip

PLACES = (
    "in a quiet cafe", "in a garden", "in the rain", "on a busy street", "by the sea", "at a window", "in the kitchen",
    "in an empty theatre", "on a spaceship", "in the forest", "on a rooftop", "in front of a brick wall", "at home",
    "in a library", "in a car", "on a train", "under a tree", "near a lamp on the left", "to the right of a window",
    "on the left of the frame", "on the right side of the picture", "upstairs", "down by the river", "in the office",
    "under the open sky", "in the left corner of the room", "beside an open door", "in a closed shop", "on a stage",
    "in a studio with a grey background", "in the market", "in the snow", "in a dark room", "at the airport",
    "by the fireplace", "in the desert", "inside a spacecraft", "in front of the flag", "in the middle of the frame",
)  # fmt: skip
TIMES = (
    "at dusk", "at night", "in the early morning", "at noon", "on a rainy day", "in winter", "at golden hour",
    "late in the evening", "on a bright summer day", "before sunrise", "after the storm", "during the party",
)  # fmt: skip
LIGHTS = (
    "in warm light", "lit from the left", "lit from the right", "with soft light from above", "in candlelight",
    "under neon lights", "backlit", "with light falling down on {poss} hair", "in shadow", "in hard sunlight",
    "under the open sky", "with a blurred background",
)  # fmt: skip
CLOTHES = (
    "in a red coat", "in a black suit", "with short hair", "with long hair", "with grey hair", "with glasses",
    "wearing a hat", "in a white shirt", "in a spacesuit", "with a beard", "in uniform", "wearing a blue dress",
    "in an orange jacket", "with a scarf", "with freckles", "with a happy dog", "with a hat low over {poss} brow",
    "with {poss} collar up", "with {poss} hood down", "with {poss} hair tied up", "in a lowered hood",
    "with a cap pulled down", "with {poss} sleeves rolled up", "with {poss} coat closed", "in an open shirt",
)  # fmt: skip
MOODS = (
    "the mood is tense", "the mood is calm", "it is quiet", "a melancholic scene", "a cheerful scene", "romantic mood",
    "a dreamy atmosphere", "the scene feels lonely", "a funny moment", "suspense in the air", "a serious moment",
)  # fmt: skip
STYLES = (
    "cinematic", "35mm film", "shallow depth of field", "photorealistic", "4k", "film grain", "high detail",
    "documentary style", "black and white", "soft focus", "natural skin tones", "anamorphic", "slow motion",
    "muted colours", "close-up", "medium shot", "portrait shot", "eye-level shot", "highly detailed", "moody lighting",
)  # fmt: skip
SETTINGS = (
    "a lamp glows on the left", "rain runs down the window", "the sun rises", "the sun goes down", "a door opens",
    "a car passes from left to right", "a car passes from right to left", "leaves fall", "a bird flies up",
    "the curtains move to the left", "smoke rises", "music plays", "the clock shows noon", "snow is falling",
    "the lights dim", "a train moves to the right", "the shop closes", "steam drifts up", "a flag waves on the right",
    "a phone rings", "the wind blows from the right", "the wind blows from the left", "the door on the right closes",
    "the street is empty", "the room is dark", "there is a painting on the right wall", "a cat sits on the left",
    "a plane flies overhead", "water drips down", "a candle burns", "the night is clear", "the city lights blink",
)  # fmt: skip

# People and camera doing what the previs cannot: the words are named to the filmmaker, the motion leaves them aside.
UNSUPPORTED = (
    "~walk", "~walk away", "~walk to the left", "~walk to the right", "~walk towards the camera", "~walk to the door",
    "~walk down the street", "~walk out of the room", "~run", "~run away", "~run through the forest", "~jump",
    "~jump up and down", "~jump for joy", "~dance", "~dance around the room", "~sit down", "~stand up", "~get up",
    "~lie down", "~kneel", "~wave", "~wave at the camera", "~wave {poss} hand", "~raise {poss} hand",
    "~raise {poss} arms", "~lift {poss} left hand", "~lift {poss} right arm", "~point to the left",
    "~point to the right", "~point at the door", "~clap", "~clap {poss} hands", "~cross {poss} arms", "~shrug",
    "~shrug {poss} shoulders", "~fold {poss} hands", "~scratch {poss} head", "~cover {poss} face with {poss} hands",
    "~touch {poss} hair", "~brush {poss} hair back", "~hug someone", "~kiss someone", "~shake hands", "~fight",
    "~throw a ball", "~catch a ball", "~pick up a cup", "~drink coffee", "~drink from a glass", "~eat an apple",
    "~smoke a cigarette", "~open the door", "~close the door", "~close the book", "~turn the page", "~drive a car",
    "~ride a bicycle", "~swim", "~climb a ladder", "~climb up the stairs", "~go down the stairs", "~fall down",
    "~bow deeply from the waist", "~turn around", "~turn around completely", "~spin around", "~turn {poss} back",
    "~do a full turn", "~put on a hat", "~put on glasses", "~take off {poss} coat", "~change clothes",
    "~change into a red dress", "~get a new haircut", "~grow a beard", "~become older", "~fly away", "~disappear",
    "~leave the frame", "~leave the room", "~enter from the left", "~enter from the right", "~step forward",
    "~step back", "~step to the left", "~step to the right", "~move to the left side of the room", "~lean forward",
    "~crouch", "~cook dinner", "~play the piano", "~play the guitar", "~write a letter", "~hold up a sign",
    "~cry real tears", "~wink", "~stick out {poss} tongue", "~chew gum", "~blow a kiss", "~bite {poss} lip",
    "~purse {poss} lips", "~lick {poss} lips", "~sneeze", "~cough", "~puff out {poss} cheeks", "~squint",
    "~roll {poss} eyes", "~spit", "~salute", "~march",
    "~stretch {poss} arms", "~pick up the phone", "~carry a box", "~push a cart", "~pull a rope", "~look behind {obj}",
)  # fmt: skip
CAMERA_UNSUPPORTED = (
    "~orbit around {obj}", "~circle {obj}", "~fly over the city", "~crane up over the rooftops", "~spin",
    "~follow {obj} through the door", "~cut to another scene", "~fade to black", "~rack focus to the background",
    "~flip upside down", "~fly through the window",
)  # fmt: skip
TAILS = (
    "", "", "", "", "", "", "", "", "for a moment", "without a word", "in silence", "as if thinking", "with curiosity",
    "as if hearing a noise", "when the music stops", "for the camera", "with quiet confidence", "as the rain falls",
    "in the silence", "with a sigh", "as if remembering something", "for no reason", "as though in a dream",
    "with great care", "in response", "to the director's surprise", "with dignity", "at the end of the day",
    "because of the news", "at last", "as if someone called", "while the wind blows",
    'as if to say "of course"', 'as if to say "really?"', 'as though to say "well?"', "at what someone else says",
    "at what is being said", "in a calm way", "again",
    "at the sound of a bell", "like a movie star", "with elegance", "once", "and holds it", "and stays like that",
)  # fmt: skip
FLAVOURS = (
    "calmly", "quietly", "thoughtfully", "silently", "nervously", "curiously", "confidently", "politely", "softly",
    "shyly", "patiently", "absently", "knowingly", "naturally", "playfully", "seriously", "tenderly", "simply",
)  # fmt: skip
SLOW = (
    "slowly", "slowly", "slowly", "gently", "gradually", "very slowly", "unhurriedly", "lazily", "little by little",
    "carefully", "smoothly", "in slow motion", "steadily",
)  # fmt: skip
FAST = (
    "quickly", "quickly", "suddenly", "sharply", "abruptly", "swiftly", "briskly", "all of a sudden", "in a flash",
    "hastily", "rapidly", "immediately",
)  # fmt: skip
SMALL = ("slightly", "a little", "a bit", "subtly", "just a touch", "faintly", "barely")
LARGE = ("fully", "all the way", "completely", "strongly", "widely", "a lot", "as far as possible", "very much")
# Things that move by themselves: a thing, what it does, and a direction that is nobody's head.
THINGS = (
    "a car", "a bus", "a bird", "a train", "a boat", "a cyclist", "the traffic", "a leaf", "the clouds", "the wind",
    "a ship", "a truck", "the smoke", "a balloon", "the elevator", "a taxi", "the river", "a cat", "the dog", "a fly",
    "the curtain", "a drone", "a plane", "the door", "the crowd", "the arrow", "the sign", "a horse", "the sun",
)  # fmt: skip
THING_VERBS = (
    "turns", "moves", "drives", "rolls", "flies", "drifts", "passes", "points", "goes", "swings", "comes", "rises",
    "falls", "opens", "closes", "shakes", "tilts", "slides", "sinks", "leans", "disappears", "waits", "runs", "zooms",
)  # fmt: skip
THING_WAYS = (
    "left", "right", "to the left", "to the right", "up", "down", "away", "from left to right", "from right to left",
    "on the left", "on the right", "overhead", "below", "in the distance", "to the left in the distance",
    "to the right behind {obj}", "upwards", "towards the left", "towards the right", "closer", "in and out", "slowly",
)  # fmt: skip
SPOTS = (
    "on the {lr} side of the road", "on the {lr} side of the room", "to the {lr} of the door", "left of the window",
    "right of the stairs", "by the {lr} wall", "near the {lr} edge of the picture", "in the {lr} seat",
    "at the top of the stairs", "at the bottom of the hill", "under a lamp", "above the city", "on the upper deck",
    "down in the cellar", "up on the hill", "at the bus stop", "in a meadow", "on a bench",
    "in the {lr} half of the frame",
)  # fmt: skip
GOINGS = (
    "~walk", "~run", "~climb", "~step", "~go", "~jump", "~swim", "~drive", "~ride", "~crawl", "~march", "~rush",
    "~stroll", "~wander", "~hurry", "~dance", "~sneak", "~roll",
)  # fmt: skip
GOING_WAYS = (
    "up the stairs", "down the stairs", "to the left", "to the right", "up the hill", "down the road",
    "through the door on the {lr}", "into the room", "out of the frame", "away from the camera", "towards the camera",
    "up the stairs to the {lr}", "across the street", "along the {lr} side of the road", "closer to the window",
    "back and forth", "in circles", "around the table", "to the {lr} side of the room", "down to the beach",
)  # fmt: skip
