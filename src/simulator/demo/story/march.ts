/** The messages of March, in the notation of `playStory`. */
export const MARCH = `
@ 2025-03-01 17:20
! founding
mira: Hello everyone, and welcome aboard! 🌊 I made this so that we stop losing things in five different chats. {❤ 5, 🎉 2}
tomas: Finally. Does it come with a captain?
mira ^1: It comes with a **rota**, which is better.
sam: I was told there would be snacks
aiko: There will be snacks. いつもあるよ 🍙 {🔥 4}
jonas: Bread on Saturdays, as ever.
olena: Привіт усім! Дякую за запрошення ⚓ {❤ 3}
yusuf: مرحبا يا أصدقاء! أنا سعيد بوجودي هنا {❤ 4}
ruth: שלום לכולם! מתי יוצאים לים?
nadia: Hi all. I can only promise weather opinions and thermos tea.
priya: Nadia's weather opinions beat the actual forecast, for the record.
chloe: Coucou ! Je filme tout, vous êtes prévenus 🎥 {😁 3}
! pin-rules

@ 2025-03-02 08:05
tomas [photo harbour-1]: Morning from the jetty. She floats! {❤ 6, 👏 2}
mira: And she only leaks a little?
tomas ^1: Define "little".
sam: Bucket: yes. Swimming lessons: also yes.
tomas [album harbour-3 harbour-4 sail-3]: The state of things: hull, deck, and the view that makes up for both.
jonas: That deck wants sanding. I have the big machine, Saturday?
tomas: Saturday! I bring coffee.
jonas: Good coffee?
tomas ^1: I'm Portuguese, Jonas.
jonas: Withdrawn. {😁 5}

@ 2025-03-03 19:40
aiko [photo table-1]: Tonight: miso, leftover rice, everything green from the fridge. Recipe if anyone wants it
priya: Me me me
aiko: **Green rice soup**\\n1. Heat the dashi, do not boil it\\n2. Rice in, two minutes\\n3. Miso in a ladle, off the heat!\\n4. All the green things\\n5. An egg, if you had a hard day {❤ 4, 👌 2}
priya: Two eggs then
chloe: What counts as a hard day?
priya: I renamed a column and the \`nightly\` job cried until noon
mira: Two eggs.
olena [voice 1]:
olena: Sorry, cooking, easier to talk 😅
ruth: Olena, your voice messages always sound as if the soup answered {😁 3}

@ 2025-03-05 07:50
yusuf [photo city-1]: الصباح من نافذتي
yusuf: (The morning from my window. I will mix the languages, I warn you.)
nadia: Please do. It looks cold!
yusuf: Two degrees. The sea is at four. I looked at it and went home.
sam: Brave man
nadia: Pressure is falling, by the way. Thursday will be honest weather.
mira: Define honest
nadia: __Sideways.__

@ 2025-03-06 21:15
! sideways
nadia: I said sideways.
tomas: Lines doubled, fenders out, me under a blanket.
ruth: The cormorants are sitting in the lee of the ferry. All forty of them. They know.
jonas: Saturday still on?
tomas: Saturday is after the weather.
~ 2
mira: Sam, I deleted those, and you know why.
sam: Art is never understood in its time {😁 6}

@ 2025-03-08 08:30
jonas [photo table-2]: Loaves are out. Two with rye, one with walnuts, one that fell on the floor and is Sam's.
sam: I accept
mira: On my way with the masks and the sandpaper
! contact
tomas [photo harbour-5]: Ready when you are
jonas: Wood is dry enough. 80, then 120, then oil. Nobody oils before I look at it.
aiko: Bringing onigiri, 12 pieces, so 2 each and 0 for people who oil early
! video-sanding
chloe: Filmed. You all look **heroic** and very dusty
olena: Пил красить моряка 😂 {😁 4}
priya: translation?
olena ^1: "Dust becomes a sailor"
ruth: I want that on a mug

@ 2025-03-08 16:45
tomas: Thank you. Really. I've looked at that deck for two years and not dared.
mira [photo harbour-6]: Before. After. {❤ 7, 🔥 3, 👏}
mira [photo harbour-7]:
jonas: It will be silver by autumn if you don't oil it again in June.
tomas: June. In my calendar, in red.
yusuf: أحسنتم! Beautiful work
sam [sticker gull]:
aiko [sticker fish]:

@ 2025-03-10 12:10
priya: Question for the hive: anyone been to the Azores in May?
tomas: ME. My grandmother is from Faial.
priya: Of course she is. Where do I go?
tomas: Horta, the marina. Every crew that crosses paints something on the wall. Bad luck if you don't.
chloe: I filmed there two years ago! There's a café with a whale jaw over the door
tomas: Peter's. Order the soup, not the gin. Then the gin.
priya: Taking notes in this order exactly
! venue-horta
ruth: May is also shearwaters. At night they sound like babies laughing. You will think you are losing your mind
priya: Wonderful, adding "lose mind" to the itinerary {😁 5}

@ 2025-03-12 20:30
nadia: Clear sky tonight, Jupiter next to the moon about nine. Go and look up!
mira: Looking!
mira: Is that the bright one or the plane?
nadia ^1: The one that is not moving, Mira
mira: Both are moving, I am on a boat
! custom-emoji
yusuf [photo city-2]: I see it from the bridge
aiko: きれい。曇ってるけど、心の中で見てる ✨
chloe: So beautiful that nobody at the tram stop looked up from their phone, including me, reading this

@ 2025-03-14 09:00
jonas: It is the day of circles. I made a tart with a diameter of 31.4 cm. I measured. {❤ 6, 🤯 2}
sam: Irrational
jonas: Thank you for saying it before I could
priya [photo table-4]: Office version, store-bought, diameter unknown, morale excellent
! poll-saturday
ruth: I vote for whatever has the most birds

@ 2025-03-16 15:25
tomas [video first-sail]: FIRST SAIL OF THE YEAR {❤ 8, 🎉 4, 🔥 2}
mira: Listen to Sam in the background explaining tacking to a gull
sam: He was very interested
tomas [album sail-1 sail-2 sail-5 sail-6]: The best of the rest. Wind 4, sun, one hat lost.
chloe: RIP hat
olena: Чий капелюх?
tomas: Mine. It was a good hat. It served in three oceans and one swimming pool.
nadia: Hats return to the sea. It is their way.
aiko: When we arrive there's soup at mine, ten minutes from the jetty, everybody
jonas: And bread
aiko: And bread
`;
