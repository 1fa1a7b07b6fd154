"""The words and tables of the study of the sale by head count; every number comes
from the `Study` that is handed in."""

from __future__ import annotations

from headcount_masses import Masses
from headcount_parts import FIXED_T, Equal, Floor, Year
from headcount_play import DEAR, LOST, STEP
from headcount_results import (
    Study,
    all_alike,
    at_bidders,
    held_by,
    room_of,
    settled_dear,
    side_by_side,
    with_dummies,
)
from headcount_said import (
    mix_said,
    negative,
    percent,
    points_said,
    said,
    said_points,
    said_share,
    share_said,
    table,
    within,
    wrapped,
)

from market.laboratory.equilibrium.sealed_bids import prize_sale
from market.laboratory.studies.window import LOOK_S, SOFT_S, SURE_S

# Heads of the tables.
SAME = (
    "bidders",
    "prizes",
    "exact, all rules",
    "by head count",
    "one price, first rejected",
    "lowest accepted",
    "head count less one price",
    "truthful, exact",
)
WHO = (
    "value",
    "gain, exact, n = 10",
    "head count less one price",
    "four dummies less one price",
    f"n = 19: head count less one price for {FIXED_T} t",
)
FLOORS = (
    "floor",
    "revenue, exact",
    "simulated",
    "difference",
    "efficiency",
    "tonnes sold",
    "willing, turned away",
    "sold at the floor",
)
YEARS = (
    "rule",
    "tonnes",
    "revenue, exact",
    "simulated",
    "less head count",
    "efficiency, exact",
    "simulated",
)
MASSES = (
    "masses",
    "tonnes that 70 % of heads ask for",
    "efficiency by head count, one price",
    "difference in points",
    "tonnes left",
    "revenue by head count, one price",
    "difference",
    "exploitability",
)
SIZES = (
    "masses",
    "need served, small (points)",
    "middle",
    "large",
    "gain per tonne wanted, small",
    "middle",
    "large",
)
DUMMIES = (
    "dummies",
    "winning heads, n = 10",
    "revenue",
    "winning heads, n = 19",
    "revenue",
)
MIXED = (
    "rule",
    "cost of a dummy",
    "mix",
    "revenue",
    "efficiency",
    "tonnes",
    "exploitability in the set",
    "by any bid, dummy or not",
)
PURE = (
    "all are",
    "revenue by head count",
    f"head count (dummy {DEAR:g})",
    "head count, free dummies",
    "first rejected",
    "lowest accepted",
)
HOUR = (
    "close",
    "room of ten",
    "revenue",
    "less one price",
    "efficiency",
    "last ten seconds",
    "raises",
)
TIMING = (
    "close",
    "late among nine open, less open",
    "open among nine late, less late",
)


def page(study: Study) -> str:
    """The page in Markdown."""
    parts = (
        _opening(study), _answer(study), _method(study), _same(study), _who(study),
        _quantity(study), _unequal(study), _heads(study), _game(study), _hour(study),
        _limits(study),
    )  # fmt: skip
    blocks = "\n\n".join(part.strip() for part in parts).split("\n\n")
    return "\n\n".join(wrapped(block) for block in blocks) + "\n"


def _opening(study: Study) -> str:
    return """
# What the head-count rule costs

*Written by `benchmarks/studies/headcount_study.py`; do not edit by hand.*

**What does Zhejiang's head-count rule cost in efficiency and revenue against a uniform price, and
who gains?** In the province's electronic sales the best 70 % of bidders, counted by heads and
rounded half up, win what they asked for, and each pays its own bid [ZJ-C9] [ZJ-C13] [ZJ-C14].
Everywhere else a government offers a number of tonnes, and often all winners pay one price.

Money is on a scale on which 0 is the floor price and 1 the most that anybody would pay above it:
if the floor is 4,000 yuan/t·yr and the keenest firm would pay 24,000, then 0.1 stands for 2,000
yuan (an example, assumed). Brackets hold intervals of 95 %.
"""


def _answer(study: Study) -> str:
    ten = at_bidders(study.uniform, 10)
    half, low = study.floors[-1], study.floors[1]
    heads, fixed, whole = study.years
    mixed, less, more = study.masses[1:]
    truth, level = all_alike(study.played, "truthful"), settled_dear(study.played)
    hard = study.hours
    lost = room_of(hard, "hard", LOST, "all late")
    return f"""
## The answer

1. **At the same tonnes it costs nothing.** Ten bidders who know the rule bid so that seven
   winners pay {ten.exact:.3f} in all, just what one price earns (simulated difference
   {said(ten.difference, 3)}); all rights go to those who value them most, and every bidder gains
   the same under both. The {ten.exact_truthful:.4f} that truthful bids would bring is no
   forecast: whoever shades alone gains {said(truth.leaving["head_count"], 3)}.
2. **What it costs comes from letting heads set the tonnes.** With {FIXED_T} t on offer and a
   floor that half of the ten would not pay, it turns away {said(half.turned_away, 2)} willing
   bidders a sale beside unsold tonnes, reaches {percent(half.efficiency[0])} of the best use
   against {percent(half.efficiency[1])}, and earns {said(negative(half.difference), 3)} less than
   one price; at a floor of {low.floor:g} the same rationing *raises* revenue by
   {said(low.difference, 3)} and still wastes
   {points_said(low.efficiency[1].mean - low.efficiency[0].mean)} points of efficiency.
3. **It counts heads, not tonnes.** Where firms want different masses and {FIXED_T} t are on offer
   it changes efficiency by {said_points(mixed.lost)} points, by {said_points(less.lost)} where
   the large value a tonne less; revenue has no one sign ({said(mixed.difference, 2)},
   {said(less.difference, 2)}, and {said(more.difference, 2)} where the large value it more).
4. **It can be inflated.** Four heads without a need let all ten real bidders win at the floor,
   eight do for nineteen, three and seven do not; when dummies are free the game settles there,
   revenue above the floor 0 instead of {said(level.revenue, 3)}, and
   only if a dummy costs about {DEAR:g} does
   nobody want one.
5. **Who gains:** against a fixed {FIXED_T} t at one price the bidders of a crowded sale gain
   (nineteen: each fifth of them, the highest {said(study.gains[-1].many, 3)} a head) and the
   bureau gives {at_bidders(study.uniform, 19).prizes - FIXED_T} more tonnes for less money
   ({at_bidders(study.uniform, 19).exact:.3f} against
   {float(prize_sale(19, FIXED_T).revenue):.3f}); with dummies all bidders gain at the bureau's
   cost; and visible bids make the last seconds the only time to bid (bidding openly among late
   bidders costs {said(negative(hard.going_open["hard"]), 3)}), which wastes
   {points_said(1 - lost.efficiency.mean)} % of the worth if {share_said(LOST)} of late bids do
   not arrive.

Seen over a year the rule is not all bad: since tonnes follow the number of bidders it earns
{said(negative(fixed.less_heads), 2)} more than the same {heads.sold_t} t in equal portions at one
price, and {said(whole.less_heads, 2)} less than one sale of all {whole.sold_t} t at one price
([below](#tonnes-that-follow-heads)). **For a bureau:** keep the tonnes and the floor in your own
hands, pool small sales, sell at one price.
"""


def _method(study: Study) -> str:
    return f"""
## How it was found out

Each rule is judged under what people would do *under that rule*; the same bids under two rules
are no comparison.

- **Truth**, as a yardstick only.
- **The rule's own equilibrium.** The sale by head count, with sealed bids and a floor that nobody
  minds, is a pay-as-bid sale of *k* = ⌊0.7 *n* + ½⌋ prizes: the bid is what the last rival in the
  way can be expected to value a right at, given that it is less than one's own value, b(v) = E[Y
  | Y < v], Y the *k*-th highest rival value [Vickrey1961] [Krishna2010]. With a floor that some
  do not value, fewer heads come, fewer win, and b(v) = v − ∫P/P(v), P the chance to win, from the
  floor up [Myerson1981].
- **One price** is the *first rejected* bid: for one who wants one unit truth is then best
  whatever others do, so nothing need be assumed about beliefs. If it is instead the *lowest
  accepted* bid (the commoner rule text), one's bid matters only where it is itself the lowest
  accepted, and bidders shade as in a first-price sale of one unit to *n* − *k* + 1 bidders: v(*n*
  − *k*)/(*n* − *k* + 1) for uniform values.
- **An empirical game**: bidding habits against each other, the mix moved by the replicator's rule
  [TaylorJonker1978] [Wellman2006]. How far a mix is from an equilibrium is its *exploitability*:
  what one bidder gains by leaving it alone, by the best bid there is, chosen on one half of the
  draws and earned on the other.

Values are independent draws, uniform on [0, 1] unless said otherwise; *skewed* values are squares
of those (many low, few high). Every rule meets the same draws (common random numbers),
differences are paired: {study.sales:,} replications of each sale, {study.plays:,} of the game
(half of them judge), {study.turns:,} of the hour. Bids are decided by
`market/laboratory/studies/sale_arrays.py`, which a test holds to the shipped rules bid by bid,
the hour by the rule itself. Exact values stand beside; of {held_by(study)[1]} intervals of 95 %
about a revenue or an efficiency with a known exact value, {held_by(study)[0]} hold it.
"""


def _same(study: Study) -> str:
    return f"""
## The same tonnes

{table(SAME, (_same_row(row) for row in study.uniform))}

Revenue of all prizes, uniform values. It is *k*(*n* − *k*)/(*n* + 1) under all three rules, the
revenue equivalence of [Myerson1981]: the same people win, and who values least gains nothing. All
three are fully efficient (simulated
{percent(at_bidders(study.uniform, 10).efficiency["head_count"])} at *n* = 10). Bids at one's
own price only make the bureau's income steadier. With skewed values:

{table(SAME, (_same_row(row) for row in study.skewed))}

**So the cost is not the price rule.** It must lie in what is different about *how much* is sold:
heads set the tonnes, entrants set the heads, floors keep heads away, and heads are not tonnes.
"""


def _same_row(row: Equal) -> tuple[str, ...]:
    return (
        f"{row.bidders}",
        f"{row.prizes}",
        f"{row.exact:.3f}",
        within(row.revenue["head_count"], 4),
        within(row.revenue["first_rejected"]),
        within(row.revenue["lowest_accepted"]),
        said(row.difference, 3),
        f"{row.exact_truthful:.3f}",
    )


def _who(study: Study) -> str:
    rows = (
        (
            name,
            f"{row.exact:.4f}",
            said(row.less_uniform, 4),
            said(row.dummies, 3),
            said(row.many, 3),
        )
        for name, row in zip(FIFTHS, study.gains, strict=True)
    )
    return f"""
## Who gains

What a bidder gains on average, by its value. At the same tonnes no fifth gains by the rule.
Dummies that all know of give every bidder the right at the floor: the middle and upper values
save the price, the low ones get a right that they would not have bought. And where {FIXED_T} t
would have been sold to nineteen at one price, the rule sells
{at_bidders(study.uniform, 19).prizes} t and the price falls.

{table(WHO, rows)}

![Gain by value](headcount-gains.svg)
"""


FIFTHS = ("lowest fifth", "second", "third", "fourth", "highest fifth")


def _quantity(study: Study) -> str:
    return f"""
## A floor that some do not pay

Ten bidders, {FIXED_T} t on offer, equal masses; the floor is raised on the scale of values, so
that a share of bidders as large stays away; money is counted from 0.
First number: by head count, second: one price.

{table(FLOORS, (_floor_row(row) for row in study.floors))}

Of those who pay the floor 30 % must lose, whether tonnes are left or not. A monopolist would do
the same to raise the price, and at low floors revenue does rise; a bureau that wants rights used
would not. No bid above a binding floor stays at it under the head count; at one price the floor
is the price whenever tonnes are left.

## Tonnes that follow heads

Six sales with 5, 6, 10, 15, 19 and 25 bidders. Sold by head count the price per tonne hardly
changes with the crowd, the tonnes do; at one price for a fixed amount it is the other way round.

![Price by number of bidders](headcount-price.svg)

{table(YEARS, (_year_row(row) for row in study.years))}

Efficiency is the worth of the rights sold over the most that as many could be worth to all who
bid in the year. The head count takes the best 70 % everywhere, nearly what one sale for all would
do, and is better than equal portions, of which small sales get too much. That holds because here
only the number of bidders differs from sale to sale, not what rights are worth: in a slump the
rule sells as much as in a boom.
"""


def _floor_row(row: Floor) -> tuple[str, ...]:
    return (
        f"{row.floor:g}",
        f"{row.exact[0]:.3f} · {row.exact[1]:.3f}",
        f"{within(row.revenue[0])} · {within(row.revenue[1])}",
        said(row.difference, 3),
        f"{percent(row.efficiency[0])} · {percent(row.efficiency[1])}",
        f"{row.sold_t[0].mean:.2f} · {row.sold_t[1].mean:.2f}",
        said(row.turned_away, 2),
        f"{share_said(row.at_floor[0].mean)} · {share_said(row.at_floor[1].mean)}",
    )


def _year_row(row: Year) -> tuple[str, ...]:
    return (
        row.name,
        f"{row.sold_t}",
        f"{float(row.exact_revenue):.3f}",
        within(row.revenue),
        "" if row.less_heads.low == row.less_heads.high else said(row.less_heads, 2),
        f"{float(100 * row.exact_efficiency):.1f} %",
        percent(row.efficiency),
    )


def _unequal(study: Study) -> str:
    served = (
        (
            row.name,
            *(said_points(one) for one in row.served),
            *(said(one, 3) for one in row.by_size),
        )
        for row in study.masses
    )
    return f"""
## Heads are not tonnes

Ten bidders want 1 t on average, with logarithms of standard deviation 1, and {FIXED_T} t are on
offer. Seven heads may ask for far less or far more: the first column tells between what and what
95 % of sales lie. Ranking is by price per tonne, so without a fixed supply one's mass changes
nothing and b(v) stays the equilibrium; with one, bids by size and value were found by fictitious
play [Brown1951]. *Exploitability* is what a bidder could still add to its gain.

{table(MASSES, (_masses_row(row) for row in study.masses))}

At one price bidders are taken as truthful. That is exact for equal masses; for unequal ones the
large gain a little by asking for less or lower (last column, second number), so that revenue at
one price is an upper figure [AusubelEtAl2014]. Efficiency is the robust result: it follows from
who is served. By thirds of size, head count less one price:

{table(SIZES, served)}
"""


def _masses_row(row: Masses) -> tuple[str, ...]:
    mean, low, high = row.heads_t
    return (
        row.name,
        f"{mean:.2f} ({low:.1f} to {high:.1f})",
        f"{percent(row.efficiency[0])} · {percent(row.efficiency[1])}",
        said_points(row.lost),
        f"{row.left_t.mean:.2f}",
        f"{within(row.revenue[0], 2)} · {within(row.revenue[1], 2)}",
        said(row.difference, 2),
        f"{said_share(row.leaving[0])} · {said_share(row.leaving[1])}",
    )


def _heads(study: Study) -> str:
    rows = (
        (
            f"{ten.dummies}", f"{ten.winning}", f"{float(ten.sale.revenue):.3f}",
            f"{nineteen.winning}", f"{float(nineteen.sale.revenue):.3f}",
        )
        for ten, nineteen in side_by_side(study.dummies)
    )  # fmt: skip
    secret = ", ".join(f"{gain:.3f}" for gain in study.secret)
    return f"""
## Dummies

A dummy has no need; it registers, bids the floor, comes last and counts as a head. All numbers
are exact, for bidders who know how many there are.

{table(DUMMIES, rows)}

![Revenue by number of dummies](headcount-dummies.svg)

With four beside ten (14 heads, ⌊0.7 · 14 + ½⌋ = {with_dummies(study, 10, 4).winning}) and eight
beside nineteen (27 heads, {with_dummies(study, 19, 8).winning}) no real bidder can lose, and the
floor is enough. Three leave one of ten out ({with_dummies(study, 10, 3).winning} win), seven one
of nineteen ({with_dummies(study, 19, 7).winning}): then one price worth paying is left.

If the others do not know, one, two, three or four dummies of one bidder bring it {secret} in
expectation (its own gain in equilibrium is {float(prize_sale(10, 7).buyers_gain) / 10:.3f}): the
second adds nothing, because of the rounding; the fourth makes its own bid superfluous. What helps
its owner helps all who would have lost.
"""


def _game(study: Study) -> str:
    played = study.played
    mixed = (
        (
            RULES[one.sale.rule], f"{one.sale.dummy_cost:g}", mix_said(one), within(one.revenue),
            percent(one.efficiency), f"{one.sold_t.mean:.2f}", said(one.leaving.in_set, 4),
            said(one.leaving.any_bid, 4),
        )
        for one in played.mixed
    )  # fmt: skip
    pure = (
        (
            one.habit, within(one.revenue["head_count"]), said(one.leaving["head_count"], 4),
            said(one.leaving["free dummies"], 4), said(one.leaving["first_rejected"], 4),
            said(one.leaving["lowest_accepted"], 4),
        )
        for one in played.pure
    )  # fmt: skip
    return f"""
## An empirical game

Ten bidders pick from eight habits: *truthful*; *equilibrium* (of the rule, without dummies); *at
the floor*; *a step above* it ({STEP:g}); *sniper* (the shipped one: 10 % below its value, last);
*best answer to truth*; and two that bring one dummy each, one that shades as if nobody else did
and one at the floor. A dummy costs its owner what the second column says; rules with a fixed
supply have no use for it. Of the mixes that the replicator settles at, from nine starts, the one
is shown that leaves least to gain by any bid.

{table(MIXED, mixed)}

Free dummies end at the floor: with most bidders bringing one all win, and nobody can gain by
leaving. At a cost of 0.01 bidders would rather leave the dummies to each other; the mix shown is
not an equilibrium, since the high values gain by bidding up. From about {DEAR:g} the head count
plays as sealed bids for seven prizes, and brings what one price brings. (Under first-rejected
pricing several habits are the truth by another name.)

What if all had one habit? Exploitability by any bid:

{table(PURE, pure)}

Truth is an equilibrium at one price and the most exploitable habit of all by head count. All at
the floor looks stable against truth alone (gain {said(played.floor_in_set, 4)}: to win for sure
by paying one's value is worth nothing), but a hair above the floor wins for sure. Equilibrium
shading is left by nobody unless dummies are free.
"""


def _hour(study: Study) -> str:
    told = study.hours
    rows = (
        (
            CLOSES_SAID["lost" if room.lost else room.close], room.who,
            within(room.revenue), said(room.less_one_price, 3), percent(room.efficiency),
            share_said(room.late), f"{room.bids:.0f}",
        )
        for room in told.rooms
    )  # fmt: skip
    timing = (
        (name, said(told.going_late[close], 3), said(told.going_open[close], 3))
        for close, name in CLOSES_SAID.items()
    )
    return f"""
## Bids that are seen, and the last seconds

Bids stand on a board for an hour, and each bidder has ten. Nearly all come in the last ten
seconds [ZJ-C9]. Two habits, run through the shipped rule, show why. *Open* bidders look every
{LOOK_S} s and, when outside the winners, bid over the lowest of them by an equal part of what is
left up to their value for every bid left. *Late* ones hold a place at the floor and bid once in
the last ten seconds: just over the winners' lowest if that stood above the floor, and otherwise
the sealed equilibrium bid.

![The lowest winning bid over the hour](headcount-hour.svg)

Open bidding is an ascending sale: the line of winners stops at the value of the first who must
lose, about what one price would be; bids jump, because there are only ten, so winners overpay a
little. Late bidding shows nothing until it is over, and is the sealed sale again. One price in
this table: as many rights at the first rejected value, same draws.

{table(HOUR, rows)}

*Last ten seconds*: share of the bids above the floor. What one of ten gains by its timing:

{table(TIMING, timing)}

Under the hard close late is better whatever the others do: nobody can answer a late bid, and an
open one shows the others what to beat. So all rush, as is seen, here and in other sales with a
hard close [RothOckenfels2002]. Where all rush bids are sealed in effect, and the rush itself
costs little but what is lost on the way. The rest is a **thought experiment**, no rule of
Zhejiang: a *random* close (any second after minute {SURE_S // 60}; late bidders then bid in the
last ten seconds that are sure) and a *soft* close (a bid in the last {SOFT_S} s lets the sale go
on for {SOFT_S} s) take away most or all of what being late earns, bring bids forward, and keep
the board worth reading.
"""


CLOSES_SAID = {
    "hard": "hard",
    "random": "random",
    "soft": "soft",
    "lost": f"hard, {share_said(LOST)} of late bids lost",
}
RULES = {
    "head_count": "head count",
    "pay_as_bid": f"pay as bid, {FIXED_T} t",
    "first_rejected": f"one price, first rejected, {FIXED_T} t",
    "lowest_accepted": f"one price, lowest accepted, {FIXED_T} t",
}


def _limits(study: Study) -> str:
    return f"""
## What is assumed

- Values are private, independent and alike in distribution; bidders do not mind risk. Who fears
  losing shades less, which helps a sale at one's own bid. Common values, collusion and budgets
  are left out.
- The number of heads is known when bids are made, as it is on the board, apart from secret
  dummies and the floor.
- A dummy asks for next to nothing and wins only when heads are left over; what it would then pay
  is neglected.
- The floor is no cost to anybody but the bidder: a tonne kept has no value here. Where kept
  tonnes are worth the floor to later buyers, turning willing bidders away costs less than the
  table on floors says.
- Losers do not come back in the next session. If they do, the head count delays rather than
  denies.
- The skewed values, the spread of masses, the habits of the hour and the share of lost bids are
  assumed; no bid files of the province were to be had.
- With unequal masses and a fixed supply the equilibria are approximate, as their exploitability
  says.

## Run it again

```
make study        # or: python benchmarks/studies/headcount_study.py
```

writes this page and its charts anew, the same to the digit with seed {study.seed}. It takes a few
minutes on two cores; `--quick` takes seconds and wider intervals. The pieces stand in
`market/laboratory/studies/` and can be used for other questions; the exact formulas in
`market/laboratory/equilibrium/sealed_bids.py` ([yardsticks](yardsticks.md)).
"""
