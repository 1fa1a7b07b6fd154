"""The text and tables of the study of the sale by head count.

Every number comes from the `Study` passed in.
"""

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

# Table headings.
SAME = (
    "bidders",
    "prizes",
    "exact, all rules",
    "by head count",
    "one price, first rejected",
    "lowest accepted",
    "head count minus one price",
    "truthful, exact",
)
WHO = (
    "value",
    "gain, exact, n = 10",
    "head count minus one price",
    "four dummies minus one price",
    f"n = 19: head count minus one price for {FIXED_T} t",
)
FLOORS = (
    "floor",
    "revenue, exact",
    "simulated",
    "difference",
    "efficiency",
    "tonnes sold",
    "willing bidders turned away",
    "sold at the floor",
)
YEARS = (
    "rule",
    "tonnes",
    "revenue, exact",
    "simulated",
    "minus head count",
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
    "exploitability within the set",
    "by any bid, with or without a dummy",
)
PURE = (
    "habit of all bidders",
    "revenue by head count",
    f"head count (dummy {DEAR:g})",
    "head count, free dummies",
    "first rejected",
    "lowest accepted",
)
HOUR = (
    "close",
    "timing of the ten",
    "revenue",
    "minus one price",
    "efficiency",
    "last ten seconds",
    "raises",
)
TIMING = (
    "close",
    "late minus open, among nine open",
    "open minus late, among nine late",
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
# The cost of the head-count rule

*Written by `benchmarks/studies/headcount_study.py`; do not edit by hand.*

**What does Zhejiang's head-count rule cost in efficiency and revenue compared with a uniform price,
and who gains?** In the province's electronic sales the best 70 % of bidders, counted by heads and
rounded half up, win the mass they asked for, and each pays its own bid [ZJ-C9] [ZJ-C13] [ZJ-C14].
Elsewhere governments offer a number of tonnes, and often all winners pay one price.

Money is on a scale on which 0 is the floor price and 1 the highest value above it: if the floor is
4,000 yuan/t·yr and the highest value 24,000, then 0.1 stands for 2,000 yuan (an example, assumed).
Brackets contain 95 % intervals.
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
## Findings

1. **At the same tonnes the rule costs nothing.** Ten bidders who know the rule bid so that seven
   winners pay {ten.exact:.3f} in all, the same as one price earns (simulated difference
   {said(ten.difference, 3)}). All rights go to the highest values, and every bidder gains the same
   under both rules. The {ten.exact_truthful:.4f} of truthful bidding is no forecast: a single
   bidder who shades its bid gains {said(truth.leaving["head_count"], 3)}.
2. **The cost arises because heads determine the tonnes.** With {FIXED_T} t on offer and a floor
   above the value of half of the ten, the rule turns away {said(half.turned_away, 2)} willing
   bidders per sale although tonnes are unsold, reaches {percent(half.efficiency[0])} of the best
   use against {percent(half.efficiency[1])}, and earns {said(negative(half.difference), 3)} less
   than one price. At a floor of {low.floor:g} the same rationing *raises* revenue by
   {said(low.difference, 3)} and still loses
   {points_said(low.efficiency[1].mean - low.efficiency[0].mean)} points of efficiency.
3. **The rule counts heads, not tonnes.** Where firms want different masses and {FIXED_T} t are on
   offer, it changes efficiency by {said_points(mixed.lost)} points, and by {said_points(less.lost)}
   where large firms have lower values per tonne. The effect on revenue has no single sign
   ({said(mixed.difference, 2)}, {said(less.difference, 2)}, and {said(more.difference, 2)} where
   large firms have higher values).
4. **The number of heads can be inflated.** Four dummies let all ten real bidders win at the floor,
   eight do so for nineteen; three and seven do not. When dummies are free the game settles there:
   revenue above the floor is 0 instead of {said(level.revenue, 3)}. Only if a dummy costs about
   {DEAR:g} does no bidder use one.
5. **Who gains.** Compared with a fixed {FIXED_T} t at one price, the bidders of a crowded sale gain
   (nineteen: each fifth of them, the highest {said(study.gains[-1].many, 3)} per head), and the
   bureau gives {at_bidders(study.uniform, 19).prizes - FIXED_T} more tonnes for less money
   ({at_bidders(study.uniform, 19).exact:.3f} against
   {float(prize_sale(19, FIXED_T).revenue):.3f}). With dummies all bidders gain at the bureau's
   cost. Visible bids concentrate bidding in the last seconds (open bidding among late bidders
   costs {said(negative(hard.going_open["hard"]), 3)}), which loses
   {points_said(1 - lost.efficiency.mean)} % of the value if {share_said(LOST)} of late bids do
   not arrive.

Over a year the rule also has an advantage: since tonnes follow the number of bidders, it earns
{said(negative(fixed.less_heads), 2)} more than the same {heads.sold_t} t in equal portions at one
price, and {said(whole.less_heads, 2)} less than one sale of all {whole.sold_t} t at one price
([below](#tonnes-that-follow-heads)). **Recommendation for a bureau:** set the tonnes and the floor
yourself, pool small sales, sell at one price.
"""


def _method(study: Study) -> str:
    return f"""
## Method

Each rule is evaluated with the behaviour that is optimal *under that rule*; comparing the same bids
under two rules would mislead.

- **Truthful bidding**, as a benchmark only.
- **The rule's own equilibrium.** The sale by head count, with sealed bids and a floor that does not
  bind, is a pay-as-bid sale of *k* = ⌊0.7 *n* + ½⌋ prizes: the bid is the expected value of the
  marginal rival, given that it is less than one's own value, b(v) = E[Y | Y < v], Y the *k*-th
  highest rival value [Vickrey1961] [Krishna2010]. With a binding floor fewer bidders take part,
  fewer win, and b(v) = v − ∫P/P(v), P the probability to win, from the floor up [Myerson1981].
- **One price** is the *first rejected* bid: with unit demand truthful bidding is then optimal
  whatever others do, so no assumption about beliefs is needed. If it is instead the *lowest
  accepted* bid (more common in rule texts), a bid affects the price only if it is itself the lowest
  accepted, and bidders shade as in a first-price sale of one unit to *n* − *k* + 1 bidders: v(*n*
  − *k*)/(*n* − *k* + 1) for uniform values.
- **An empirical game**: bidding habits compete, and replicator dynamics move the mix
  [TaylorJonker1978] [Wellman2006]. The distance of a mix from an equilibrium is its
  *exploitability*: the gain of one bidder who leaves it unilaterally for the best bid available,
  chosen on one half of the draws and earned on the other.

Values are independent draws, uniform on [0, 1] unless stated otherwise; *skewed* values are their
squares (many low, few high). Every rule uses the same draws (common random numbers), and
differences are paired: {study.sales:,} replications of each sale, {study.plays:,} of the game
(half of them for evaluation), {study.turns:,} of the hour. Bids are decided by
`market/laboratory/studies/sale_arrays.py`, which a test compares with the shipped rules bid by bid;
the hour runs the rule itself. Exact values are given alongside;
of {held_by(study)[1]} intervals at 95 % for a revenue or an efficiency with a known exact
value, {held_by(study)[0]} contain it.
"""


def _same(study: Study) -> str:
    return f"""
## The same tonnes

{table(SAME, (_same_row(row) for row in study.uniform))}

Revenue of all prizes, uniform values. It is *k*(*n* − *k*)/(*n* + 1) under all three rules, the
revenue equivalence of [Myerson1981]: the same bidders win, and the lowest value gains nothing. All
three are fully efficient (simulated
{percent(at_bidders(study.uniform, 10).efficiency["head_count"])} at *n* = 10). Pay-as-bid only
makes the bureau's income steadier. With skewed values:

{table(SAME, (_same_row(row) for row in study.skewed))}

**So the pricing rule is not the source of the cost.** The source is the *quantity* sold: heads
determine the tonnes, entry determines the heads, floors keep bidders away, and heads are not
tonnes.
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
## Gains by value

Average gain of a bidder, by its value. At the same tonnes no fifth gains from the rule. Dummies of
which all bidders know give every bidder the right at the floor: middle and high values save the
price, low values get a right that they would not have bought. And where {FIXED_T} t would have been
sold to nineteen at one price, the rule sells {at_bidders(study.uniform, 19).prizes} t and the price
falls.

{table(WHO, rows)}

![Gain by value](headcount-gains.svg)
"""


FIFTHS = ("lowest fifth", "second", "third", "fourth", "highest fifth")


def _quantity(study: Study) -> str:
    return f"""
## A binding floor

Ten bidders, {FIXED_T} t on offer, equal masses. The floor is raised on the scale of values, so that
an equal share of bidders stays away; money is counted from 0. First number: by head count, second:
one price.

{table(FLOORS, (_floor_row(row) for row in study.floors))}

Of the bidders above the floor 30 % must lose, whether tonnes are left or not. A monopolist would
do the same to raise the price, and at low floors revenue does rise; a bureau that wants rights to
be used would not. Under the head count no bid above a binding floor stays at it; at one price the
floor is the price whenever tonnes are left.

## Tonnes that follow heads

Six sales with 5, 6, 10, 15, 19 and 25 bidders. By head count the tonnes vary with the number of
bidders and the price per tonne hardly changes; at one price for a fixed amount it is the reverse.

![Price by number of bidders](headcount-price.svg)

{table(YEARS, (_year_row(row) for row in study.years))}

Efficiency is the value of the rights sold over the greatest possible value of the same number of
rights among all bidders of the year. The head count takes the best 70 % everywhere, nearly the
result of one sale for all, and is better than equal portions, of which small sales get too much.
The result holds because here only the number of bidders differs from sale to sale and the values
do not: in a slump the rule sells as much as in a boom.
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
offer. Seven heads may ask for far less or far more: the first column gives the range of 95 % of
sales. Ranking is by price per tonne, so without a fixed supply a bidder's mass changes nothing and
b(v) remains the equilibrium; with one, bids by size and value were found by fictitious play
[Brown1951]. *Exploitability* is what a bidder could still add to its gain.

{table(MASSES, (_masses_row(row) for row in study.masses))}

At one price bidders are assumed truthful. That is exact for equal masses; for unequal ones large
firms gain a little by demand reduction or lower bids (last column, second number), so revenue at
one price is an upper figure [AusubelEtAl2014]. Efficiency is the robust result: it depends only on
who is served. By thirds of size, head count minus one price:

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

A dummy has no need; it registers, bids the floor, ranks last and counts as a head. All numbers
are exact, for bidders who know the number of dummies.

{table(DUMMIES, rows)}

![Revenue by number of dummies](headcount-dummies.svg)

With four dummies and ten bidders (14 heads, ⌊0.7 · 14 + ½⌋ = {with_dummies(study, 10, 4).winning})
or eight and nineteen (27 heads, {with_dummies(study, 19, 8).winning}) no real bidder can lose, and
a bid at the floor suffices. Three leave one of ten out ({with_dummies(study, 10, 3).winning} win),
seven one of nineteen ({with_dummies(study, 19, 7).winning}): then bids remain above the floor.

If the others do not know, one, two, three or four dummies of one bidder bring it {secret} in
expectation (its own gain in equilibrium is {float(prize_sale(10, 7).buyers_gain) / 10:.3f}): the
second adds nothing, because of the rounding; the fourth makes its own bid superfluous. The gain of
their owner is shared by every bidder that would have lost.
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

Ten bidders choose from eight habits: *truthful*; *equilibrium* (of the rule, without dummies); *at
the floor*; *a step above* it ({STEP:g}); *sniper* (the shipped one: 10 % below its value, last);
*best answer to truth*; and two that bring one dummy each, one that shades as if nobody else did
and one at the floor. The second column gives the cost of a dummy to its owner; rules with a fixed
supply have no use for dummies. The replicator starts from nine mixes; the table shows the resulting
mix with the lowest exploitability by any bid.

{table(MIXED, mixed)}

Free dummies lead to the floor: with most bidders bringing one, all win, and no bidder gains by
leaving. At a cost of 0.01 each bidder prefers that others pay for the dummies; the mix shown is not
an equilibrium, since high values gain by bidding higher. From about {DEAR:g} the head count is
equivalent to a sealed-bid sale of seven prizes, and its revenue equals that of one price. (Under
first-rejected pricing several habits are equivalent to truthful bidding.)

Exploitability by any bid if all bidders had one habit:

{table(PURE, pure)}

Truthful bidding is an equilibrium at one price and the most exploitable habit of all by head
count. All at the floor looks stable against truth only (gain {said(played.floor_in_set, 4)}: a
certain win at one's own value is worth nothing), but a bid slightly above the floor is certain to
win. No bidder leaves equilibrium shading unless dummies are free.
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
## Visible bids and the last seconds

Bids are displayed on a board for an hour, and each bidder has ten. Nearly all come in the last ten
seconds [ZJ-C9]. Two habits, run through the shipped rule, explain this. *Open* bidders look every
{LOOK_S} s. When they are outside the winners, they bid above the lowest of them, by the distance
to their value divided by the number of bids left. *Late* bidders hold a place at the floor and bid
once in the last ten seconds: just above the winners' lowest bid if that is above the floor, and
otherwise the sealed equilibrium bid.

![The lowest winning bid over the hour](headcount-hour.svg)

Open bidding is an ascending sale: the lowest winning bid stops at the value of the first loser,
about the level of one price; bids jump, because there are only ten, so winners overpay a little.
Late bidding reveals nothing until the end, and is the sealed sale again. One price in this table:
the same number of rights at the first rejected value, same draws.

{table(HOUR, rows)}

*Last ten seconds*: share of the bids above the floor. Gain of one of ten bidders from its timing:

{table(TIMING, timing)}

Under the hard close late bidding is better whatever the others do: nobody can respond to a late
bid, and an open one shows the others what to beat. So all bid late, as is observed here and in
other sales with a hard close [RothOckenfels2002]. Where all bid late, bids are in effect sealed,
and the rush itself costs little except the bids that are lost. The remainder is a **thought
experiment**, no rule of Zhejiang: a *random* close (any second after minute {SURE_S // 60}; late
bidders then bid in the last ten seconds before it) and a *soft* close (a bid in the last {SOFT_S}
s extends the sale by {SOFT_S} s) remove most or all of the advantage of late bids, bring bids
forward, and keep the board informative.
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
## Assumptions

- Values are private, independent and identically distributed; bidders are risk-neutral. Risk-averse
  bidders shade less, which favours a pay-as-bid sale. Common values, collusion and budgets are
  left out.
- The number of heads is known when bids are made, as it is on the board, except for secret
  dummies and the floor.
- A dummy asks for a negligible mass and wins only when heads are left over; what it would then pay
  is neglected.
- The floor is a cost only to the bidder: a tonne kept has no value here. Where kept
  tonnes are worth the floor to later buyers, turning willing bidders away costs less than the
  table on floors shows.
- Losers do not return in the next session. If they do, the head count delays rather than
  denies.
- The skewed values, the spread of masses, the habits of the hour and the share of lost bids are
  assumed; no bid files of the province were available.
- With unequal masses and a fixed supply the equilibria are approximate, as their exploitability
  shows.

## How to reproduce

```
make study        # or: python benchmarks/studies/headcount_study.py
```

This writes the page and its charts again, identical to the digit with seed {study.seed}. It takes a
few minutes on two cores; `--quick` takes seconds and gives wider intervals. The parts are in
`market/laboratory/studies/` and can be used for other questions; the exact formulas are in
`market/laboratory/equilibrium/sealed_bids.py` ([theoretical benchmarks](benchmarks.md)).
"""
