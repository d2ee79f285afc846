"""How often should this shop retrain? Measured on its own events."""

import numpy as np
import recocore as rc

# Forty days of a small shop. After the 25th the fashion changes: who liked teas turns to coffees, and the reverse.
random = np.random.default_rng(1)
people = np.arange(120)
likes_tea = random.random(people.size) < 0.5
events: dict[str, list[object]] = {"user_id": [], "item_id": [], "timestamp": []}
for day in range(40):
    for person in random.choice(people, 50):
        tea = bool(likes_tea[person]) != (day >= 25)
        events["user_id"].append(f"customer {person}")
        events["item_id"].append(f"{'tea' if tea else 'coffee'} {int(20 * random.random() ** 2)}")
        events["timestamp"].append(day * 86_400 + int(random.integers(86_400)))

result = rc.drift.run(
    events,
    models=[rc.ItemKNN(k=10)],
    schedules=["never", "every:1", "every:7", "triggered:jensen-shannon", "oracle:2"],
    period="1d",
    controls=False,
)
curve = result.age_curves[0]
oldest = curve.well_known
print(f"a model {curve.ages[oldest]} days old finds {curve.ratio[oldest]:.0%} of what a fresh one finds")
for one in result.schedules:
    print(f"{one.title}: {one.fits - 1} refits, {one.relative:.0%} of the hits")

print()
print(rc.drift.advise(result, cpu_hour_price=0.05, value_per_hit=0.20))
# With out="folder" the run leaves a report to open in a browser, and goes on where it was stopped.
