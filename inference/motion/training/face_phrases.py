"""Ways of asking for what a face does: mouth, eyes, brows, feelings. The notation is that of phrases.py."""

from __future__ import annotations

from inference.motion.training.phrases import Bank, bank

FACE: dict[str, Bank] = {
    "smile": bank(
        """
        ~smile
        ~smile
        ~smile
        ~smile at the camera
        ~smile at someone
        ~smile warmly
        ~smile broadly
        ~smile from ear to ear
        ~smile to {self}
        ~smile with joy
        ~smile for a photo
        ~grin
        ~grin
        ~grin widely
        ~grin from ear to ear
        ~beam
        ~beam with pride
        ~beam with happiness
        ~smirk
        ~give a smile
        ~give a big smile
        ~give a grin
        ~flash a smile
        ~flash a grin
        ~crack a smile
        ~wear a smile
        ~show a smile
        ~put on a smile
        ~break into a smile
        ~break into a grin
        ~begin to smile
        ~look happy
        ~look pleased
        ~look delighted
        ~look glad
        ~look joyful
        ~look amused
        ~seem happy
        ~become happy
        ~be happy
        ~show happiness
        ~light up with a smile
        ~curl {poss} lips into a smile
        ~turn up the corners of {poss} mouth
        ~lift the corners of {poss} mouth
        ~react with delight
        ~look cheerful
        ~look thrilled
        ~look ecstatic
        ~look content
        ~rejoice
        ~smile with {poss} whole face
        ~smile kindly
        ~smile in relief
        ~show {poss} teeth in a grin
        ~say cheese
        ~be delighted
        ~feel joyful
        ~greet someone with a smile
        ~appear cheerful
        ~put on a happy face
        ~smile sweetly
        ~look proud
        ~look relieved
        ~look excited
        ~look in love
        ~be proud
        """,
        """
        a smile ~spread across {poss} face
        a smile ~appear on {poss} face
        a smile ~come to {poss} lips
        a grin ~spread over {poss} face
        {poss} face ~light up
        {poss} face ~brighten
        {poss} face ~break into a smile
        {poss} face ~beam
        {poss} mouth ~curve into a smile
        {poss} mouth ~widen into a grin
        {poss} lips ^curl into a smile
        {poss} lips ^curve upward
        the corners of {poss} mouth ^lift
        the corners of {poss} mouth ^turn up
        {poss} expression ~turn happy
        {poss} face ~glow with happiness
        {poss} eyes ^sparkle as {subj} ~smile
        happiness ~spread over {poss} face
        joy ~fill {poss} face
        {poss} face smiling
        """,
        """
        a smile
        a warm smile
        a broad smile
        a bright smile
        a big grin
        a grin
        a happy expression
        a happy face
        a cheerful look
        a gentle smile
        a friendly smile
        """,
    ),
    "sad": bank(
        """
        ~frown sadly
        ~look sad
        ~look unhappy
        ~look heartbroken
        ~look disappointed
        ~look miserable
        ~look sorrowful
        ~seem sad
        ~become sad
        ~be sad
        ~pull a sad face
        ~turn down the corners of {poss} mouth
        ~pout
        ~grimace in sorrow
        ~be about to cry
        ~grieve
        ~cry
        ~weep
        ~sob
        ~look worried
        ~look gloomy
        ~look hurt
        ~mourn
        """,
        """
        {poss} face ~fall
        {poss} face ~turn sad
        {poss} smile ~fade into sadness
        the corners of {poss} mouth ^turn down
        {poss} expression ~sadden
        sadness ~cross {poss} face
        """,
        """
        a sad expression
        a sad look
        a frown of sorrow
        a sorrowful face
        """,
    ),
    "angry": bank(
        """
        ~frown
        ~scowl
        ~glare
        ~glower
        ~look angry
        ~look furious
        ~look annoyed
        ~look cross
        ~seem angry
        ~get angry
        ~be angry
        ~knit {poss} brows
        ~furrow {poss} brow
        ~lower {poss} eyebrows
        ~draw {poss} brows together
        ~wrinkle {poss} forehead in anger
        ~concentrate hard
        ~look stern
        ~look grim
        ~look determined
        ~look suspicious
        """,
        """
        {poss} brow ~furrow
        {poss} brows ^lower
        {poss} eyebrows ^come together
        {poss} face ~darken with anger
        anger ~cross {poss} face
        """,
        """
        an angry expression
        an angry look
        a frown
        a scowl
        furrowed brows
        """,
    ),
    "surprise": bank(
        """
        ~look surprised
        ~look shocked
        ~look astonished
        ~look amazed
        ~look startled
        ~look stunned
        ~seem surprised
        ~be surprised
        ~be shocked
        ~be amazed
        ~react with surprise
        ~react in shock
        ~be taken aback
        ~show astonishment
        ~get a shock
        ~look scared
        ~look frightened
        ~look terrified
        ~look alarmed
        ~jump with fright
        """,
        """
        surprise ~cross {poss} face
        {poss} face ~show shock
        {poss} expression ~turn to surprise
        """,
        """
        a surprised expression
        a shocked face
        a look of surprise
        a look of astonishment
        """,
    ),
    "laugh": bank(
        """
        ~laugh
        ~laugh out loud
        ~laugh at a joke
        ~giggle
        ~chuckle
        ~burst out laughing
        ~crack up
        ~break into laughter
        """,
        nouns="""
        a laugh
        a giggle
        a chuckle
        """,
    ),
    "talk": bank(
        """
        ~talk
        ~talk
        ~talk to the camera
        ~talk to someone
        ~talk about {poss} day
        ~speak
        ~speak
        ~speak to the camera
        ~speak to the audience
        ~speak into the lens
        ~say something
        ~say hello
        ~say a few words
        ~say goodbye
        ~say thank you
        ~tell a story
        ~tell a joke
        ~tell someone a secret
        ~explain something
        ~chat
        ~chat with a friend
        ~converse
        ~have a conversation
        ~hold a conversation
        ~give a speech
        ~give an interview
        ~deliver a line
        ~deliver a monologue
        ~recite a poem
        ~read aloud
        ~sing
        ~sing a song
        ~hum a tune with moving lips
        ~whisper
        ~mutter something
        ~answer a question
        ~ask a question
        ~reply
        ~argue
        ~address the viewer
        ~introduce {self}
        ~present the news
        ~move {poss} lips as if talking
        ~move {poss} mouth to speak
        ~mouth some words
        ~pronounce a sentence
        ~count to three
        ~call out a name
        ~babble
        ~describe the plan
        ~announce the winner
        ~lecture the class
        ~read the news
        ~read a line from the script
        ~discuss the weather
        ~tell us what happened
        ~tell {poss} story
        ~thank everyone
        ~complain
        ~gossip
        ~preach
        ~narrate
        ~comment on the game
        ~call for help
        ~shout orders
        ~confess
        ~swear an oath
        ~talk on and on
        ~talk fast
        ~speak a sentence
        ~say {poss} name
        ~explain how it works
        ~sing a long note
        """,
        """
        {poss} lips ^move as {subj} ~talk
        {poss} lips ^form words
        {poss} mouth ~move in speech
        {poss} mouth ~move as {subj} ~speak
        words ^pour from {poss} mouth
        {poss} voice ~fill the room
        {poss} mouth moving as if speaking
        """,
        """
        a few spoken words
        a short speech
        some talking
        a word to the camera
        """,
    ),
    "open": bank(
        """
        ~open {poss} mouth
        ~open {poss} mouth
        ~open {poss} mouth wide
        ~open {poss} mouth wide
        ~open wide
        ~open {poss} jaws
        ~open {poss} lips
        ~part {poss} lips wide
        ~drop {poss} jaw
        ~drop {poss} jaw in awe
        ~let {poss} jaw drop
        ~let {poss} mouth fall open
        ~let {poss} mouth hang open
        ~gape
        ~gape in awe
        ~gasp
        ~stand there open-mouthed
        ~stare open-mouthed
        ~hold {poss} mouth open
        ~say ah for the doctor
        ~scream
        ~shout
        ~yell
        ~shriek
        ~yawn
        ~yawn widely
        ~give a yawn
        ~open {poss} mouth as if to bite
        ~open {poss} mouth in amazement
        ~drop open {poss} mouth
        ~bite into the air with an open mouth
        ~breathe through an open mouth
        ~show {poss} open mouth
        ~stretch {poss} mouth wide
        """,
        """
        {poss} mouth ~open
        {poss} mouth ~open wide
        {poss} mouth ~fall open
        {poss} mouth ~drop open
        {poss} mouth ~gape
        {poss} jaw ~drop
        {poss} jaw ~fall
        {poss} jaw ~open
        {poss} jaw ~hang open
        {poss} lips ^part wide
        {poss} mouth agape
        {poss} mouth open
        {poss} mouth wide open
        {poss} jaw dropping
        """,
        """
        an open mouth
        a wide open mouth
        a dropped jaw
        a gasp
        a yawn
        a scream
        """,
    ),
    "close_eyes": bank(
        """
        ~close {poss} eyes
        ~close {poss} eyes
        ~close {poss} eyes
        ~close both eyes
        ~close {poss} eyelids
        ~close {poss} eyes and ~rest
        ~close {poss} eyes in prayer
        ~close {poss} eyes for a moment
        ~shut {poss} eyes
        ~shut {poss} eyes
        ~shut {poss} eyes tight
        ~shut both eyes
        ~squeeze {poss} eyes shut
        ~screw {poss} eyes shut
        ~let {poss} eyes close
        ~let {poss} eyelids fall
        ~let {poss} eyes fall shut
        ~lower {poss} eyelids until they shut
        ~drop {poss} eyelids
        ~keep {poss} eyes closed
        ~keep {poss} eyes shut
        ~hold {poss} eyes shut
        ~rest {poss} eyes
        ~fall asleep
        ~drift off to sleep
        ~doze off
        ~nod off with closed eyes
        ~sleep
        ~take a nap
        ~meditate with closed eyes
        ~make a wish with {poss} eyes closed
        ~cover {poss} eyes with {poss} lids
        ~fall into a sleep
        ~slumber
        ~dream with closed eyes
        ~have {poss} eyes closed
        ~listen with {poss} eyes closed
        ~shut out the light
        ~close {poss} eyes peacefully
        ~pray with {poss} eyes shut
        ~let sleep take {obj}
        """,
        """
        {poss} eyes ^close
        {poss} eyes ^shut
        {poss} eyes ^fall shut
        {poss} eyes ^drift closed
        {poss} eyes ^flutter shut
        {poss} eyelids ^close
        {poss} eyelids ^drop
        {poss} eyelids ^fall
        {poss} eyelids ^lower
        {poss} lids ^come down over {poss} eyes
        {poss} eyes ^squeeze shut
        {poss} eyes closed
        {poss} eyes shut
        {poss} eyes tightly shut
        eyes closed
        both eyes ^close
        {poss} eyes ^sink shut
        {poss} lids ^droop until they close
        """,
        """
        closed eyes
        eyes closed
        eyes shut
        a long closing of the eyes
        """,
    ),
    "blink": bank(
        """
        ~blink
        ~blink
        ~blink twice
        ~blink a few times
        ~blink in confusion
        ~blink rapidly
        ~bat {poss} eyelashes
        ~flutter {poss} eyelids
        """,
        """
        {poss} eyes ^blink
        {poss} eyelids ^flutter
        """,
        """
        a blink
        a few blinks
        """,
    ),
    "open_eyes": bank(
        """
        ~open {poss} eyes
        ~open {poss} eyes again
        ~wake up
        """,
        """
        {poss} eyes ^open
        {poss} eyelids ^lift again
        """,
    ),
    "brows": bank(
        """
        ~raise {poss} eyebrows
        ~raise {poss} eyebrows
        ~raise {poss} eyebrows
        ~raise {poss} brows
        ~raise both eyebrows
        ~raise an eyebrow
        ~raise {poss} eyebrows in surprise
        ~raise {poss} eyebrows in doubt
        ~raise {poss} eyebrows at the camera
        ~lift {poss} eyebrows
        ~lift {poss} brows
        ~lift both brows
        ~lift {poss} eyebrows in disbelief
        ~arch {poss} eyebrows
        ~arch {poss} brows
        ~arch an eyebrow
        ~raise {poss} eyebrows quizzically
        ~raise one brow, unconvinced
        ~throw {poss} eyebrows up
        ~send {poss} eyebrows up
        ~respond with raised eyebrows
        ~hitch up {poss} eyebrows
        ~push {poss} eyebrows up
        ~move {poss} eyebrows up
        ~wiggle {poss} eyebrows upward
        ~hoist {poss} brows
        ~wrinkle {poss} forehead by raising {poss} brows
        ~flash {poss} eyebrows
        ~elevate {poss} eyebrows
        ~have {poss} eyebrows raised
        ~pull {poss} eyebrows up
        ~let {poss} eyebrows rise
        ~jerk up {poss} brows
        ~raise {poss} brows skeptically
        ~question us with raised brows
        ~lift one eyebrow
        """,
        """
        {poss} eyebrows ^rise
        {poss} eyebrows ^go up
        {poss} eyebrows ^shoot up
        {poss} eyebrows ^lift
        {poss} eyebrows ^arch
        {poss} eyebrows ^climb
        {poss} brows ^rise
        {poss} brows ^lift in surprise
        {poss} brows ^go up
        {poss} brows ^arch
        {poss} eyebrows raised
        {poss} brows lifted high
        {poss} eyebrows ^jump
        {poss} brows ^shoot upward
        {poss} forehead ~wrinkle as {poss} brows ^rise
        eyebrows raised
        """,
        """
        raised eyebrows
        a raise of the eyebrows
        a raised eyebrow
        lifted brows
        an eyebrow raise
        """,
    ),
}
