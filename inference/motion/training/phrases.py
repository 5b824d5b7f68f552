"""Ways of asking for a piece of acting, one a line: the raw material of the caption grammar.

`~verb` is conjugated for the one who acts, `^verb` is a verb whose subject is plural (eyes close). {poss} is her, his,
their, your …; {side} one of SIDES with {lr} as left or right. Each bank has three kinds of lines: what a person does,
what a part of the face does by itself, and noun phrases that follow "gives", "with" or "there is".
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Bank:
    """Lines for one action. `verbs` have the person as subject, `parts` bring their own, `nouns` have none."""

    verbs: tuple[str, ...]
    parts: tuple[str, ...] = ()
    nouns: tuple[str, ...] = ()


def _lines(words: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in words.strip().splitlines() if line.strip())


def bank(verbs: str, parts: str = "", nouns: str = "") -> Bank:
    """A bank from blocks of text, one phrase a line."""
    return Bank(_lines(verbs), _lines(parts), _lines(nouns))


SIDES = _lines("""
    {lr}
    {lr}
    {lr}
    to the {lr}
    to the {lr}
    to the {lr}
    to {poss} {lr}
    {lr}ward
    {lr}wards
    towards the {lr}
    toward the {lr}
    to the {lr} side
    toward the {lr} side of the frame
    to the {lr} of the frame
    to the {lr} of the screen
    to the {lr} side of the picture
    to the {lr}-hand side
    screen {lr}
    camera {lr}
    frame {lr}
    toward frame {lr}
    over to the {lr}
    off to the {lr}
    away to the {lr}
    round to the {lr}
    towards the {lr} edge of the picture
    toward something on the {lr}
    towards someone on the {lr}
    toward a sound on the {lr}
    toward the window on the {lr}
    towards the {lr} wall
    to the door on the {lr}
    in the direction of the {lr} edge
    to face {lr}
    so that it faces {lr}
    to the far {lr}
""")

ACTING: dict[str, Bank] = {
    "turn": bank(
        """
        ~turn {poss} head {side}
        ~turn {poss} head {side}
        ~turn {poss} face {side}
        ~turn {side}
        ~turn {side}
        ~rotate {poss} head {side}
        ~swivel {poss} head {side}
        ~swing {poss} head {side}
        ~move {poss} head {side}
        ~twist {poss} head {side}
        ~twist {poss} neck {side}
        ~pivot {poss} head {side}
        ~pivot {poss} face {side}
        ~angle {poss} face {side}
        ~point {poss} nose {side}
        ~point {poss} face {side}
        ~bring {poss} face round {side}
        ~direct {poss} face {side}
        ~snap {poss} head {side}
        ~shift {poss} head {side}
        ~crane {poss} neck {side}
        ~face {lr}
        ~face the {lr} side
        ~turn to face {lr}
        ~turn away {side}
        ~look over {poss} {lr} shoulder
        ~glance over {poss} {lr} shoulder
        ~show the camera {poss} profile, facing {lr}
        ~give {poss} head a turn {side}
        ~let {poss} head swing {side}
        ~make a turn of the head {side}
        ~turn in profile {side}
        ~have {poss} head turned {side}
        ~follow someone {side} with {poss} head
        ~turn {poss} attention and {poss} head {side}
        ~turn {side} to see who is there
        ~turn toward whoever stands on the {lr}
        ~turn {poss} cheek {side}
        ~spin {poss} head {side}
        ~jerk {poss} head {side}
        ~rotate {side}
        ~pivot {side}
        ~swing round {side}
        ~twist {side}
        ~turn away
        ~turn away
        ~turn away
        ~turn {poss} head away
        ~turn {poss} face away
        ~turn away from the camera
        ~avert {poss} face
        ~turn to the side
        ~turn {poss} head to the side
        """,
        """
        {poss} head ~turn {side}
        {poss} head ~rotate {side}
        {poss} head ~swing {side}
        {poss} head ~swivel {side}
        {poss} face ~turn {side}
        {poss} nose ~point {side}
        {poss} face ~swing round {side}
        {poss} head ~come round {side}
        {poss} head turned {side}
        {poss} face turned {side}
        {poss} head goes {side}
        {poss} face ~shift {side}
        {poss} head ~drift {side}
        {poss} head ~snap {side}
        head {side}
        face {lr}
        {poss} profile ~come into view on the {lr}
        something stirs on the {lr} and {subj} ~turn to see
        someone knocks at the {lr} door and {subj} ~turn there
        hearing a voice on the {lr}, {subj} ~turn {poss} head
        {poss} head ~turn away
        {poss} face ~turn away
        """,
        """
        a turn of the head {side}
        a head turn {side}
        a turn {side}
        a swing of the head {side}
        a look over the {lr} shoulder
        """,
    ),
    "look": bank(
        """
        ~look {side}
        ~look {side}
        ~look {side}
        ~glance {side}
        ~gaze {side}
        ~peer {side}
        ~stare {side}
        ~look over {side}
        ~look off {side}
        ~turn to look {side}
        ~turn {poss} head to look {side}
        ~look out of the window on the {lr}
        ~watch something on the {lr}
        ~watch a car drive off {side}
        ~notice someone on the {lr} and ~look over
        ~turn {poss} gaze {side}
        ~direct {poss} attention {side}
        ~check what is happening on the {lr}
        ~look at the person on the {lr}
        ~look at what stands to the {lr}
        ~cast a look {side}
        ~take a look {side}
        ~look {side} at a friend
        ~glimpse something on the {lr} and ~turn to it
        ~search the {lr} side of the room
        ~keep watch {side}
        ~follow a passing car {side}
        ~inspect the {lr} side
        ~spot a friend on the {lr}
        ~look around {side}
        ~listen to someone on the {lr} and ~look there
        ~look away
        ~look away
        ~look away from the camera
        ~look to the side
        ~look off camera
        ~look off into the distance to one side
        ~glance away
        ~look around
        ~look around the room
        ~glance around
        ~look about
        """,
        """
        {poss} gaze ~turn {side} and {poss} head ~follow
        {poss} attention ~shift {side}
        {poss} look ~travel {side}
        {poss} gaze ~wander {side}
        {poss} gaze ~drift {side}
        something on the {lr} ~catch {poss} eye and {subj} ~look there
        a noise on the {lr} ~make {obj} look that way
        someone calls from the {lr} and {subj} ~look {side}
        there is someone on the {lr}, so {subj} ~look over
        """,
        """
        a look {side}
        a glance {side}
        a gaze {side}
        """,
    ),
    "gaze": bank(
        """
        ~move only {poss} eyes {side}
        ~shift {poss} eyes {side}
        ~slide {poss} eyes {side}
        ~dart {poss} eyes {side}
        ~roll {poss} eyes {side} without moving {poss} head
        ~look {side} with {poss} eyes only
        ~cut {poss} eyes {side}
        """,
        """
        {poss} eyes ^dart {side}
        {poss} eyes ^move {side}
        {poss} eyes ^shift {side}
        {poss} eyes ^flick {side}
        """,
    ),
    "up": bank(
        """
        ~look up
        ~look up
        ~look upward
        ~look upwards
        ~look up at the sky
        ~look up at the ceiling
        ~look up to the stars
        ~look up towards the top of the frame
        ~look at the ceiling
        ~look at the sky
        ~look to the heavens
        ~gaze up
        ~gaze upward
        ~gaze up at the clouds
        ~gaze at the sky above
        ~glance up
        ~glance upward
        ~stare up at the stars
        ~stare at the ceiling
        ~peer up
        ~lift {poss} head
        ~lift {poss} head up
        ~lift {poss} chin
        ~lift {poss} face to the sky
        ~lift {poss} face
        ~lift {poss} gaze to the rafters
        ~raise {poss} head
        ~raise {poss} chin
        ~raise {poss} face toward the light above
        ~raise {poss} face
        ~tilt {poss} head back
        ~tilt {poss} head backwards
        ~tilt {poss} face up
        ~tip {poss} head back
        ~tip {poss} face upward
        ~tip {poss} chin up
        ~throw {poss} head back
        ~lean {poss} head back
        ~turn {poss} face up
        ~turn {poss} face upward
        ~turn {poss} eyes to the heavens
        ~turn {poss} head up
        ~move {poss} head up
        ~point {poss} chin up
        ~crane {poss} neck up
        ~watch a bird overhead
        ~watch a plane pass above
        ~follow something flying overhead
        ~look above {poss} head
        ~look at something high above
        ~watch the fireworks above
        ~admire the tall tower above
        ~count the stars
        ~look for birds in the sky
        ~see something overhead and ~look up
        ~raise {poss} gaze
        ~raise {poss} eyes to the ceiling
        ~lift {poss} eyes toward heaven
        ~inspect the roof
        ~look up from {poss} work
        ~look up from {poss} book
        """,
        """
        {poss} head ~tilt back
        {poss} head ~go up
        {poss} head ~rise
        {poss} chin ~lift
        {poss} chin ~rise
        {poss} chin ~come up
        {poss} face ~lift toward the sky
        {poss} face ~turn upward
        {poss} gaze ~rise to the ceiling
        {poss} gaze ~lift
        {poss} head thrown back
        {poss} chin raised
        {poss} face lifted to the light
        {poss} face ~tilt up
        {poss} eyes ^rise to the sky
        head up
        chin lifted
        """,
        """
        an upward look
        a look up
        a glance up at the sky
        a glance upward
        a lift of the chin
        """,
    ),
    "down": bank(
        """
        ~look down
        ~look down
        ~look downward
        ~look downwards
        ~look down at the floor
        ~look down at {poss} shoes
        ~look down at {poss} hands
        ~look down at the table
        ~look down towards the bottom of the frame
        ~look at the floor
        ~look at the ground
        ~look at {poss} feet
        ~gaze down
        ~gaze downward
        ~gaze at the ground below
        ~glance down
        ~glance down at {poss} phone
        ~glance at {poss} watch
        ~stare down at the ground
        ~stare at the floor
        ~peer down
        ~lower {poss} head
        ~lower {poss} head in shame
        ~lower {poss} chin
        ~lower {poss} face
        ~lower {poss} gaze
        ~drop {poss} head
        ~drop {poss} chin
        ~drop {poss} gaze to the floor
        ~bow {poss} head
        ~bow {poss} head in prayer
        ~hang {poss} head
        ~dip {poss} head
        ~duck {poss} head
        ~tuck {poss} chin
        ~tuck {poss} chin into {poss} chest
        ~tilt {poss} head down
        ~tilt {poss} head forward
        ~tilt {poss} face down
        ~tip {poss} head forward
        ~tip {poss} chin down
        ~bend {poss} head
        ~turn {poss} face down
        ~turn {poss} face to the ground
        ~turn {poss} head down
        ~move {poss} head down
        ~point {poss} chin down
        ~let {poss} head sink
        ~let {poss} chin fall to {poss} chest
        ~read something on the desk below
        ~look below
        ~study {poss} own hands
        ~inspect {poss} shoes
        ~read a book in {poss} lap
        ~read the note in {poss} hands
        ~look for coins on the floor
        ~check {poss} phone
        ~examine the ground
        ~look into the well below
        ~bow
        ~slump {poss} head
        ~let {poss} head hang
        ~nod off with {poss} chin on {poss} chest
        ~watch an ant on the ground
        """,
        """
        {poss} head ~drop
        {poss} head ~sink
        {poss} head ~go down
        {poss} head ~tilt forward
        {poss} head ~bow
        {poss} chin ~drop to {poss} chest
        {poss} chin ~sink
        {poss} face ~turn downward
        {poss} gaze ~fall to the floor
        {poss} gaze ~drop
        {poss} head bowed
        {poss} head lowered
        {poss} chin on {poss} chest
        {poss} face ~tilt down
        {poss} eyes ^drop to the floor
        {poss} eyes ^fall to the ground
        head down
        head hung low
        """,
        """
        a downward look
        a look down
        a glance down at the ground
        a bow of the head
        """,
    ),
    "nod": bank(
        """
        ~nod
        ~nod
        ~nod
        ~nod {poss} head
        ~nod {poss} head
        ~nod yes
        ~nod {poss} head yes
        ~nod in agreement
        ~nod in approval
        ~nod along
        ~nod to the music
        ~nod hello
        ~nod twice
        ~nod several times
        ~nod a few times
        ~nod repeatedly
        ~nod at someone
        ~nod to show that {subj} ~understand
        ~nod up and down
        ~move {poss} head up and down
        ~shake {poss} head up and down
        ~bob {poss} head
        ~bob {poss} head up and down
        ~bob {poss} head in agreement
        ~give a nod
        ~give a quick nod
        ~give a slow nod
        ~give a nod of approval
        ~agree with a nod
        ~answer with a nod
        ~greet someone with a nod
        ~say yes with {poss} head
        ~say yes without words
        ~signal yes with {poss} head
        ~indicate agreement with {poss} head
        ~agree silently
        ~agree by moving {poss} head
        ~confirm by nodding
        ~gesture yes
        ~nod thoughtfully
        ~nod with conviction
        ~nod slowly and knowingly
        ~accept with a nod
        ~bob along to the beat
        ~signal agreement
        ~nod and ~nod
        ~go yes, yes with {poss} head
        """,
        """
        {poss} head ~nod
        {poss} head ~bob up and down
        {poss} head ~move up and down
        {poss} head ~go up and down in agreement
        {poss} head nodding
        {poss} chin ~dip in agreement
        {poss} head ~bounce up and down
        """,
        """
        a nod
        a nod of the head
        a nod of agreement
        an approving nod
        a small nod
        a few nods
        a series of nods
        a yes with the head
        """,
    ),
    "shake": bank(
        """
        ~shake {poss} head
        ~shake {poss} head
        ~shake {poss} head
        ~shake {poss} head no
        ~shake {poss} head in disbelief
        ~shake {poss} head in disagreement
        ~shake {poss} head in refusal
        ~shake {poss} head in disapproval
        ~shake {poss} head from side to side
        ~shake {poss} head left and right
        ~shake {poss} head at someone
        ~move {poss} head from side to side
        ~move {poss} head side to side
        ~move {poss} head left and right
        ~turn {poss} head from side to side
        ~turn {poss} head left and right repeatedly
        ~swing {poss} head from side to side
        ~wag {poss} head
        ~waggle {poss} head
        ~toss {poss} head from side to side
        ~say no with {poss} head
        ~say no without words
        ~signal no with {poss} head
        ~gesture no
        ~refuse with a shake of the head
        ~refuse by shaking {poss} head
        ~disagree silently
        ~disagree with {poss} head
        ~answer no with a shake of {poss} head
        ~indicate no by shaking {poss} head
        ~give a shake of the head
        ~decline with a shake of the head
        ~shake {poss} head vigorously
        ~shake {poss} head in sorrow
        ~deny it with a shake of the head
        ~move {poss} head from left to right and back, saying no
        ~turn {poss} head to one side and the other
        ~reject the offer with {poss} head
        ~express disbelief by shaking {poss} head
        ~signal refusal
        """,
        """
        {poss} head ~shake
        {poss} head ~shake no
        {poss} head ~move from side to side
        {poss} head ~go back and forth, left and right
        {poss} head ~swing from side to side
        {poss} head shaking
        {poss} head ~turn left, right and left again
        {poss} head ~twist from side to side
        """,
        """
        a shake of the head
        a head shake
        a slow shake of the head
        a disapproving shake of the head
        a no with the head
        """,
    ),
    "tilt": bank(
        """
        ~tilt {poss} head
        ~tilt {poss} head {side}
        ~tilt {poss} head {side}
        ~tilt {poss} head {side}
        ~tilt {poss} head to one side
        ~tilt {poss} head to the side
        ~tilt {poss} head sideways
        ~tilt {poss} head quizzically
        ~tilt {poss} head in confusion
        ~tilt {poss} head like a puzzled dog
        ~cock {poss} head
        ~cock {poss} head {side}
        ~cock {poss} head to one side
        ~tip {poss} head {side}
        ~tip {poss} head to one side
        ~tip {poss} head sideways
        ~lean {poss} head {side}
        ~lean {poss} head to one side
        ~lean {poss} head sideways
        ~lean {poss} head onto {poss} {lr} shoulder
        ~lean {poss} head toward {poss} shoulder
        ~incline {poss} head {side}
        ~incline {poss} head to one side
        ~bend {poss} head sideways
        ~bend {poss} neck {side}
        ~lay {poss} head on {poss} {lr} shoulder
        ~drop {poss} head onto {poss} {lr} shoulder
        ~drop {poss} ear toward {poss} {lr} shoulder
        ~bring {poss} ear to {poss} shoulder
        ~rest {poss} head against {poss} {lr} shoulder
        ~hold {poss} head at an angle
        ~slant {poss} head {side}
        ~roll {poss} head {side}
        ~tilt {poss} head with a puzzled look
        ~tilt {poss} head as if confused
        ~let {poss} head sink onto {poss} shoulder
        ~tilt {poss} head like a bird
        ~hold {poss} head crooked
        ~let {poss} head lean to the side
        ~cant {poss} head {side}
        ~have {poss} head tilted {side}
        ~look confused
        ~look puzzled
        ~look curious
        """,
        """
        {poss} head ~tilt {side}
        {poss} head ~tilt to one side
        {poss} head ~tilt sideways
        {poss} head ~tip {side}
        {poss} head ~lean {side}
        {poss} head ~lean to one side
        {poss} ear ~drop toward {poss} {lr} shoulder
        {poss} head tilted
        {poss} head tilted {side}
        {poss} head cocked to one side
        {poss} head leaning {side}
        {poss} head ~sink toward {poss} shoulder
        """,
        """
        a tilt of the head
        a head tilt
        a tilt of the head {side}
        a quizzical tilt of the head
        a tilt to one side
        """,
    ),
    "face": bank(
        """
        ~look back at the camera
        ~look back
        ~look straight ahead again
        ~turn back to the camera
        ~turn back
        ~face the camera again
        ~return to facing forward
        ~return {poss} gaze to the lens
        ~look at the camera again
        ~turn {poss} head back to the front
        ~bring {poss} head back to the centre
        """,
    ),
    "still": bank(
        """
        ~look at the camera
        ~look straight into the lens
        ~look straight ahead
        ~stare straight ahead
        ~stay still
        ~stay perfectly still
        ~hold still
        ~keep still
        ~remain motionless
        ~do nothing
        ~wait
        ~wait patiently
        ~listen
        ~face the camera
        ~gaze into the lens
        ~keep a straight face
        ~keep {poss} head still
        ~hold the pose
        ~pose for a portrait
        ~breathe calmly
        ~think
        ~hold {poss} gaze on the camera
        ~just ~sit there
        ~look calm
        ~look bored
        ~stay calm
        ~look relaxed
        """,
    ),
}
