"""What people ask of a search box that no card serves: kitchens, taxes, trains, code. Lines that the index learns to tell from ours.

One a line, by matter; they are embedded at `coach index build` and never shown. None is from the queries of the evaluation.
"""

from typing import Final

ELSEWHERE: Final = tuple(
    """\
how long do I boil an egg
a quick pasta sauce with tomatoes and basil
which oven temperature for a sponge cake
is it safe to eat rice that was left out overnight
vegetarian dishes for a dinner with ten guests
where can I get good sushi around here
what wine goes with salmon
how do I get rid of ants in the kitchen
the dishwasher leaves white marks on glasses
how to unblock a kitchen sink
paint for a damp bathroom wall
which drill bit for concrete
how do I assemble this wardrobe
the boiler shows an error code
how to bleed a radiator
curtains for a very wide window
when should I plant tulip bulbs
my tomato leaves are turning yellow
how often to water a cactus
moss in the lawn, what helps
best fertiliser for roses
my cat keeps scratching the sofa
which food for a puppy with a sensitive stomach
how do I clean a fish tank
tyre pressure for a small estate car
how often does the oil need changing
a warning light on the dashboard is blinking
how much does a second-hand electric car cost
winter tyres, are they compulsory in Austria
how do I change the chain on a bicycle
train times from Vienna to Prague
do I need a visa for Japan
hotel near the airport with parking
what to see in Rome in three days
is the ferry to the island running today
how much luggage may I take on the plane
the flight was cancelled, can I get a refund
weather forecast for the weekend
will it rain on Thursday
how cold does it get in Helsinki in February
what time is it in Sydney
how far is the moon from the earth
who was the first emperor of China
when did the Second World War end
what caused the fall of the Roman empire
who painted the Mona Lisa
list of the kings of Denmark
how many countries are there in Africa
which is the longest river in Europe
population of Brazil
what is the boiling point of ethanol
how does photosynthesis work
explain the theory of relativity
what is a black hole
the chemical formula of table salt
why is the sky blue
how do vaccines work
what does a high cholesterol value mean
dosage of ibuprofen for an adult
how long is a cold infectious
exercises for a stiff neck
side effects of blood pressure tablets
how do I remove a tick
what is a normal resting pulse
solve a quadratic equation
integral of one over x
how do I calculate a percentage
area of a circle with radius five
prime numbers below a hundred
probability of throwing two sixes
convert Fahrenheit to Celsius
how many grams are in an ounce
sort a list in JavaScript
null pointer exception in Java
how do I undo the last git commit
regular expression for an email address
the docker container does not start
what is the difference between TCP and UDP
write a function that reverses a string
spreadsheet formula to add up a column
how do I merge cells in a table
my laptop is slow and the fan is loud
reset a forgotten wifi password
the screen stays black after the update
which laptop should I buy for video editing
how do I back up my photos
transfer contacts to a new phone
battery drains too fast
how do I take a screenshot
the scanner is not found on the network
how do I fill in my tax return
deadline for value added tax
what is the interest rate on a mortgage
should I buy shares or a fund
how do I open a bank account
price of gold today
inflation rate last year
how do I register a company
trademark fees for a logo
customs duty on a parcel from abroad
how do I apply for a driving licence
register a change of address at the town hall
birth certificate, where do I order a copy
when is the rubbish collected
opening hours of the post office
how much postage for a large envelope
where can I recycle old batteries
next public holiday in Germany
results of the tennis tournament
how many players are in a volleyball team
rules of offside explained
top scorer of the league
how long is a marathon
which running shoes for wide feet
tickets for the concert on Saturday
who directed that film about the shark
best series to watch this autumn
lyrics of an old sea shanty
how do I tune a guitar
chords for a simple blues
which novel won the prize this year
summary of Hamlet
how do I knit a sock heel
sewing machine skips stitches
remove a red wine stain from a carpet
how to iron a silk shirt
which washing programme for sportswear
size chart for ladies' shoes
a cheap winter jacket in navy
compare two vacuum cleaners
discount code for an online shop
where is my parcel
return an item without a receipt
which mattress for back sleepers
translate good morning into Italian
how do you spell necessary
synonym for quickly
what is the plural of octopus
meaning of the word ephemeral
is it who or whom in this sentence
a riddle about a river
tell me a joke about penguins
write a poem about autumn
horoscope for Libra
crossword, five letters, a kind of fish
how do I play solitaire
chess opening with the queen's pawn
cheat codes for a racing game
invoice number 20417, amount due, payment within thirty days
agenda item four: new car park, costs approved
the meeting room on the second floor is being painted
the lift is out of order until Monday
the quarterly figures are in the attached table
please find enclosed the signed purchase order
the server will be down for maintenance tonight
delivery of forty chairs to the back entrance
the heating engineer comes between eight and ten
stock of printer paper is low
the bus stop has moved to the other side of the road
the museum is closed for renovation
traffic jam on the ring road this morning
road works on the bridge until spring
sunrise and sunset times in December
high tide at the harbour today
forecast of the pollen count
test test one two three
xyz abc 123 foo bar
aaaaaaa bbbbbb ccccc
""".splitlines()
)
