/** The messages of June and July, in the notation of `playStory`. */
export const SUMMER = `
@ 2025-06-01 08:00
tomas: It is June. I see red in my calendar. Deck oil!
jonas: I was going to let you suffer until ten.
! schedule-call
mira: Four weeks to the regatta, by the way 👀
sam: We are in it?
mira: I signed us up on Friday. Class "Cruisers, leisurely".
tomas: I object to the class. I don't object to the word.
nadia: Start is 12:00 off the pier head. Courses get published at ten. I'll be on the committee boat with a whistle.
ruth: Isn't that a conflict of interest
nadia: The sea has no favourites, and neither do I. Bring me cake.

@ 2025-06-04 19:10
! bot-buttons
mira: The tide bot is back from the dead, with buttons!
priya: I gave it a new database and a stern talk
sam: /tides tomorrow please and thank you
tide: **Tomorrow** at the north mole\\n05:31 low 0.4 m\\n11:48 high 1.9 m\\n17:57 low 0.5 m {👏 3}
tide: Thank you for saying please.
sam: priya
priya: I regret nothing
! game

@ 2025-06-07 12:00
aiko [photo table-7]: Trial dinner for the regatta: what survives a wave and can be eaten with one hand
jonas: The answer is a roll.
aiko: The answer is **onigiri**
sam: The answer is a roll with onigiri in it
aiko: …that is a crime
yusuf: I would eat it
aiko: YUSUF {😁 6}
chloe [video bread]: Evidence
! price
olena: Я принесу вареники. Їх можна одною рукою, якщо вірити в себе.
priya: "One hand, if you believe in yourself" — new motto

@ 2025-06-12 21:45
nadia: Noctilucent clouds in the north, NOW
mira: The what
nadia: Shining night clouds, ice at 80 km. Go, go
yusuf [photo city-3]: !!!
chloe [photo city-4]: I ran out in slippers. Worth it. {🤩 7}
ruth: A nightingale is singing at them. I'll hold the phone up
ruth [voice 3]:
mira: I can hear it!
tomas: I hear a tram
ruth: Behind the tram!!
! paid-media
aiko: 夜光雲、初めて見た。ありがとう、ナディア 🌌

@ 2025-06-15 10:10
! permissions
sam: I've been promoted?
mira: You may now pin messages. Use it **wisely**.
! pinned-by-sam
mira: Forty seconds. It took forty seconds.
jonas: I had thirty. {😁 8}
! dice

@ 2025-06-18 18:30
priya: Wrote us a tiny lap timer. It runs on anything with a browser
priya [photo screen-2]: https://example.org/laps
jonas: Does it count loaves
priya ^1: It counts anything you tap.
! long-text
ruth: I read all of it. On the bus. I missed my stop.
mira: I skimmed and I'm sorry
sam: I read the last line and I'm proud

@ 2025-06-22 09:20
! many-languages
olena: Краса 🌍
yusuf: هذه أجمل مجموعة
chloe: On est combien de langues, en fait ?
ruth: Nine, if Sam counts as one
sam: Gull is a language

@ 2025-06-28 07:00
mira: REGATTA DAY ⛵️⛵️⛵️ {🔥 9, ❤ 6, 🎉 4}
tomas: Slept two hours. Ready.
nadia: Wind SW 4, gusting 5, sun. It will be exactly as good as you make it.
aiko [photo table-8]: 24 onigiri, 0 crimes
jonas [photo table-9]: 24 rolls, 0 regrets
olena: 50 вареників. Just in case.
sam: I brought sunscreen like an adult
yusuf: Two cameras and a plan
! proximity
ruth: I'm on the pier head with the long lens. WAVE
tomas: Nobody waves before the start!
mira: *waves*

@ 2025-06-28 12:02
ruth: THEY'RE OFF
ruth [photo sail-9]: Third over the line!! THIRD!
chloe [video regatta]: From the committee boat. Sound on {❤ 8, 🔥 5}
priya: Lap one 21:14
priya: Lap two 20:48, what are you *doing* out there
nadia: They are arguing about rolls. I can hear it from here. It seems to help.
priya: Lap three 20:31!!!
ruth: SECOND. THEY'RE SECOND. I scared a child
! group-call

@ 2025-06-28 17:40
mira: Second. SECOND. In "Cruisers, leisurely"! {🎉 10, ❤ 9, 🏆 5}
tomas: I have been crying since the harbour mouth and I won't be taking questions.
sam: He took one question. It was "roll?" He said yes.
jonas: 🥹
mira [album harbour-2 regatta sail-4]: Us!
aiko: Everyone to mine at eight. 全員!絶対!
yusuf [photo garden-3]: The table under the apple tree
olena [song 1]: We wrote it in the garden. Tomás has the second voice. {❤ 9, 👏 4}
chloe: I filmed him singing, it's staying between us
chloe: 1,200 subscribers and us
tomas: CHLOÉ
! stickers
! album-of-the-evening

@ 2025-06-30 20:00
! giveaway
mira: Group photo is printed. I have eleven copies, come and fetch yours.
nadia: Mine goes in the wheelhouse.
ruth: Mine goes next to the bird list
sam: Next to or *on* the bird list. Am I a bird, Ruth
ruth: You are, at best, a subspecies

@ 2025-07-03 18:15
! self-destruct
jonas: What was it? I was kneading.
mira: You had to be there 😌
priya: It was a duck wearing Tomás's new hat.
tomas: He has a NEW HAT now, everyone can relax

@ 2025-07-06 11:20
yusuf: أسافر غدًا لمدة أسبوعين. Two weeks with my mother. I'll send photos of food until you beg.
aiko: We will never beg
mira: Safe travels, Yusuf! 🧡
olena: Щасливої дороги!
ruth: נסיעה טובה! Kiss the olive trees from me
yusuf [photo garden-4]: Said hello to the tree already {❤ 7}
yusuf [photo garden-5]: My mother's roses. She says "eat more" to everyone here
jonas: Tell her I like her.
! story

@ 2025-07-10 21:05
! people-come-and-go
mira: Welcome, welcome! We don't bite. The radishes do.
ghost: Thanks for having me, lovely crew. I'll be gone before the autumn, but this was a good summer.
tomas: Everyone who leaves leaves a hat. House rules.
~ 4

@ 2025-07-13 09:40
nadia: Perseids in a month. I say we sleep on the boat, on deck, all of us, engines off.
mira: YES
tomas: She holds eight. Jonas counts as two because of the bread.
sam: I'll take the dinghy and be mysterious
chloe: I'm bringing the good microphone
priya: I'm bringing the good blanket
aiko: I'm bringing the soup in the big pot
olena: А я — гітару
ruth: I bring silence, and I expect you to share it
! todo
nadia [photo mountain-3]: Practising looking up
mira: Same time tomorrow?
tomas: Same time every tomorrow ⚓ {❤ 10}
! last-words
`;
