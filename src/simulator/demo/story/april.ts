/** The messages of April and May, in the notation of `playStory`. */
export const APRIL = `
@ 2025-04-02 07:15
ruth: They are back! שלוש חסידות over the north mole, seven in the morning. I may have shouted. {❤ 5, 🤩 2}
yusuf: Storks! لقالق
ruth: Counted again, four. One was behind the crane.
sam: The crane crane or the crane
ruth ^1: The *steel* crane, Samuel
mira: Would you put it in the bird list? I lost the link again
ruth: https://example.org/harbour-birds/2025 — and pin it to your forehead
! web-page

@ 2025-04-04 18:20
priya: I need rubber ducks. All of you are ducks now.
mira: Quack
priya: A function is called twice, but only on Fridays. I log the time, the caller, the moon.
jonas: Daylight saving?
priya: I thought so, too! No.
nadia: Time zone of the server?
priya: UTC everywhere. I checked twice. On two Fridays.
! code
sam: Is there something that runs only on Fridays, like, a report
priya: …
priya: SAM. {🤯 5, 😁 3}
priya: The Friday report imports the module, and importing it *runs* it.
sam: I would like to be paid in bread
jonas: Granted.
priya [photo screen-1]: The fix. One line. Two Fridays. A cat's worth of grey hairs.

@ 2025-04-06 11:00
aiko [photo garden-1]: First radishes! 小さいけど、すごくかわいい {❤ 6}
olena: У мене ще сніг на балконі 😭
aiko: Come and weed, I pay in radishes
chloe [video garden-walk]: A small walk through Aiko's kingdom
aiko: You filmed the compost
chloe: The compost has *character*
! documents-radishes
tomas: I ate one. It bit back. Excellent.

@ 2025-04-09 20:05
! quiz
yusuf: I answered 4 and I am ashamed
ruth: You should be, habibi
mira: In fairness, half of us guessed
ruth: I saw who guessed. I keep a list. It is next to the bird list.

@ 2025-04-12 06:40
nadia [photo sail-7]: On watch. Sunrise at 05:58, one seal, no other customers.
mira: How is it out there?
nadia: Like the inside of a shell.
tomas: Poet.
nadia: It's the tea.
! live-location
nadia: Back in. Tow for a motorboat with an empty tank and a full cooler. Priorities. {😁 5}
sam: They had their priorities, we had the rope

@ 2025-04-15 19:30
chloe: Film night Thursday? I have the projector until Sunday
sam: Something with no boats
chloe: So a film with a boat
sam: Yes
jonas: I bring popcorn in a loaf tin because that's who I am
! poll-film
olena [voice 2]:
mira ^1: I listened twice. You are right about the ending, and the neighbour's dog agrees.
olena: Він завжди погоджується {❤ 3}

@ 2025-04-18 13:00
! forwards
yusuf: The harbour office, in its own special poetry
tomas: "Persons are reminded that the water is deep." Noted.
sam: I'd like this on a cake

@ 2025-04-20 09:15
jonas [photo table-5]: Happy Easter to those who celebrate, and happy plaited bread to all {❤ 9}
olena: Христос воскрес! 🐣
aiko: The plait!! How many strands?
jonas: Six. I lost count once and it became seven for a while.
mira [photo table-6]: From us too. The egg on the left is a portrait of Tomás
tomas: I see it. It's the moustache.
ruth: And chag sameach, late — we had the long week, my flat is still 40% matzah
sam: Sailcloth can be made of worse

@ 2025-04-23 22:10
! round-messages
chloe: Love these. Everyone looks like a coin of themselves
sam: Heads
! screenshot-of-tides
tomas: Low water 06:12, so wheels up at seven. Who comes?
mira: Me
yusuf: Me, with the camera
ruth: Me, with the other camera
nadia: On duty, will wave professionally

@ 2025-04-26 16:50
yusuf [album harbour-8 sail-8 harbour-9]: من اليوم — from today. Tomás at the helm, Ruth at the other camera, the lighthouse minding its business. {❤ 7, 🔥 3}
ruth: You got the tern! בול! I missed it by a wing
yusuf: It posed. I only pressed.
mira: The third one goes on my wall
yusuf: I'll send the full file
! photo-as-file
mira ^1: 🥹 thank you

@ 2025-05-03 10:30
priya: Landed! Horta is a postcard that someone spilled the sea on {❤ 6}
tomas: SOUP
priya [photo harbour-10]: Soup acquired
priya [photo mountain-1]: And behind it, THIS. It's called Pico and it is simply rude how big it is
nadia: 2351 m. Take a jacket.
priya: I took Jonas's bread, it doubles as a jacket
! location
chloe: Look for the blue boat on the wall, third row, near the steps. That's mine
priya: FOUND IT. It says "on filme tout"
chloe: 😭❤️
priya [photo mountain-2]: Day two. Clouds below us. *Below.*
olena: Як гарно… I play this when I see it:
olena [song 2]: {❤ 5}
priya: Listening on a volcano now, thank you 🙏
ruth: And the shearwaters?
priya: Two in the morning. I thought it was the neighbours' baby. Then there were nine hundred babies. I get it now.
ruth: WELCOME
! painted-wall

@ 2025-05-11 18:00
mira: Inventory of the locker, because someone asked (nobody asked):
mira: 3 fenders, 1 of them a football\\n2 ropes with names, 5 without\\n1 pump, moody\\n11 life jackets — we are 11! — and 1 for a very small dog
sam: We need to get a very small dog
jonas: Seconded
tomas: It's from the previous owner. The dog was called Commodore.
sam: We need to get a very small dog **called Commodore** {🔥 6, ❤ 4}
! awkward-names
`;
