"""Ways of asking for camera moves. The notation is that of phrases.py; the camera is the one who acts.

`_zoom` and `_dolly` differ in the picture (the plate scales with the person, or less), so the word decides.
"""

from __future__ import annotations

from inference.motion.training.phrases import Bank, bank

CAMERAS = (
    "the camera", "the camera", "the camera", "the camera", "camera", "the shot", "the view", "our view", "we",
    "the lens", "the frame", "the cameraman",
)  # fmt: skip
TARGETS = (
    "", "", "", " on {poss} face", " toward {poss} face", " to {poss} eyes", " on the person", " toward the subject",
    " towards {obj}", " on {obj}",
)  # fmt: skip
AWAYS = (
    "", "", "", " from {poss} face", " from {obj}", " from the person", " to show more of the room", " to a wider shot",
    " to reveal the scene", " from the subject",
)  # fmt: skip

CAMERA: dict[str, Bank] = {
    "in_zoom": bank(
        """
        ~zoom in{target}
        ~zoom in{target}
        ~zoom in{target}
        ~zoom into a close-up
        ~zoom closer{target}
        ~tighten{target}
        ~tighten to a close-up
        ~punch in{target}
        ~crop in{target}
        ~close in{target}
        ~zoom
        ~go to a close-up
        ~cut closer slowly
        """,
        """
        the zoom ~tighten
        the lens ~zoom in
        the framing ~get tighter
        the framing ~tighten{target}
        the shot ~become a close-up
        {poss} face ~fill more of the frame
        the face ~grow larger in the frame
        """,
        """
        a zoom in{target}
        a slow zoom in{target}
        a zoom into a close-up
        a crash zoom in
        a tightening of the frame
        zoom in
        """,
    ),
    "in_dolly": bank(
        """
        ~push in{target}
        ~push in{target}
        ~push in{target}
        ~push closer{target}
        ~push forward
        ~dolly in{target}
        ~dolly in{target}
        ~dolly forward
        ~track in{target}
        ~track forward
        ~move in{target}
        ~move in{target}
        ~move closer{target}
        ~move closer
        ~move forward
        ~move toward {obj}
        ~come closer
        ~come nearer{target}
        ~get closer{target}
        ~go closer
        ~creep in{target}
        ~creep closer
        ~inch closer
        ~glide in{target}
        ~glide toward {obj}
        ~float in closer
        ~drift in{target}
        ~drift closer
        ~ease in{target}
        ~approach {obj}
        ~approach {poss} face
        ~advance{target}
        ~draw nearer
        ~draw closer{target}
        ~travel forward
        ~rush in{target}
        ~slide closer{target}
        ~sneak closer{target}
        ~slip nearer
        ~near {obj}
        ~close the distance to {obj}
        ~press in{target}
        """,
        """
        the distance to {poss} face ~shrink
        the camera moving closer{target}
        bring the camera closer{target}
        move the camera in{target}
        slow dolly toward {obj}
        push toward {obj}
        """,
        """
        a push in{target}
        a slow push-in{target}
        a dolly in{target}
        a dolly-in
        a move in{target}
        a camera move toward {obj}
        a slow approach{target}
        push in
        dolly in
        """,
    ),
    "out_zoom": bank(
        """
        ~zoom out{away}
        ~zoom out{away}
        ~zoom out{away}
        ~zoom back
        ~zoom out to a wide shot
        ~widen
        ~widen out{away}
        ~widen to a long shot
        ~loosen to a wider frame
        """,
        """
        the zoom ~widen
        the lens ~zoom out
        the framing ~get wider
        the framing ~widen
        the shot ~become a wide shot
        {poss} face ~get smaller in the frame
        """,
        """
        a zoom out{away}
        a slow zoom out{away}
        a zoom to a wide shot
        a widening of the frame
        zoom out
        """,
    ),
    "out_dolly": bank(
        """
        ~pull back{away}
        ~pull back{away}
        ~pull back{away}
        ~pull out{away}
        ~pull away{away}
        ~pull away
        ~dolly out{away}
        ~dolly out{away}
        ~dolly back{away}
        ~dolly backwards
        ~track out{away}
        ~track back{away}
        ~move back{away}
        ~move backwards
        ~move away{away}
        ~move away
        ~move out{away}
        ~back away{away}
        ~back off{away}
        ~back up
        ~step back{away}
        ~go further away
        ~get farther away
        ~creep back
        ~inch backwards
        ~glide back{away}
        ~glide away{away}
        ~float back
        ~drift back{away}
        ~drift away{away}
        ~ease back{away}
        ~retreat{away}
        ~recede{away}
        ~withdraw{away}
        ~travel backward
        ~leave {obj} and ~pull back
        ~slide back{away}
        ~sneak away{away}
        ~slip back{away}
        ~distance itself{away}
        ~fall back{away}
        ~roll back{away}
        """,
        """
        the distance to {poss} face ~grow
        the camera moving away{away}
        bring the camera back{away}
        move the camera back{away}
        slow dolly away{away}
        pull the camera back{away}
        """,
        """
        a pull back{away}
        a slow pull-back{away}
        a pull-out
        a dolly out{away}
        a dolly-out
        a camera move away{away}
        a retreat of the camera
        pull back
        dolly out
        """,
    ),
    "pan": bank(
        """
        ~pan {side}
        ~pan {side}
        ~pan {side}
        ~pan {side}
        ~pan across {side}
        ~pan away {side}
        ~pan {side} across the room
        ~pan from {rl} to {lr}
        ~sweep {side}
        ~sweep from {rl} to {lr}
        ~swing {side}
        ~swing round {side}
        ~swivel {side}
        ~rotate {side}
        ~turn {side}
        ~slide {side}
        ~truck {side}
        ~track {side}
        ~glide {side}
        ~drift {side}
        ~move {side}
        ~move sideways {side}
        ~shift {side}
        ~scan {side}
        ~travel {side}
        ~look {side}
        ~whip {side}
        ~pan
        ~pan
        ~pan across the room
        ~pan across the landscape
        ~pan sideways
        ~pan horizontally
        ~pan over the whole place
        ~pan along the wall
        ~sweep across the street
        ~sweep over the crowd
        ~move sideways
        ~make a horizontal pan
        """,
        """
        the picture ~pan {side}
        pan the camera
        pan the camera across the scene
        pan across everything behind {obj}
        the picture ~pan
        the camera panning {side}
        pan the camera {side}
        sweep the camera {side}
        {lr}ward pan
        the view ~drift {side}
        """,
        """
        a pan {side}
        a slow pan {side}
        a camera pan {side}
        a pan from {rl} to {lr}
        a sweep {side}
        a camera move {side}
        pan {lr}
        a pan
        a slow pan
        a camera pan
        a pan across the room
        a pan over the place
        a horizontal pan
        a panning shot
        a sweeping pan
        a sideways camera move
        """,
    ),
    "tilt_up": bank(
        """
        ~tilt up
        ~tilt upward
        ~tilt up toward the sky
        ~tilt up to the ceiling
        ~pan up
        ~rise
        ~move up
        ~point upward
        """,
        nouns="""
        a tilt up
        a camera tilt upward
        """,
    ),
    "tilt_down": bank(
        """
        ~tilt down
        ~tilt downward
        ~tilt down toward the floor
        ~pan down
        ~sink
        ~move down
        ~point downward
        """,
        nouns="""
        a tilt down
        a camera tilt downward
        """,
    ),
    "roll": bank(
        """
        ~roll {side}
        ~tilt sideways {side}
        ~cant {side}
        ~lean {side}
        ~roll clockwise
        ~roll counter-clockwise
        """,
        nouns="""
        a dutch angle
        a camera roll {side}
        a canted frame
        """,
    ),
    "handheld": bank(
        """
        ~shake
        ~tremble
        ~wobble
        ~be handheld
        ~sway with the operator's breath
        ~be held by hand
        ~rest on the operator's shoulder
        """,
        nouns="""
        a handheld camera
        handheld camera
        a shaky camera
        handheld camerawork
        a documentary handheld feel
        a slight camera shake
        a handheld shot
        shaky cam
        an unsteady hand on the camera
        """,
    ),
    "static": bank(
        """
        ~stay still
        ~hold still
        ~do not move
        ~remain static
        ~be locked off
        ~hold the shot
        ~stay where it is
        """,
        nouns="""
        a static camera
        a static shot
        a locked-off shot
        a fixed camera
        static camera
        no camera movement
        a tripod shot
        """,
    ),
}
