#!/usr/bin/env python3
"""Next runs of cron() beside a second implementation that walks over every minute.

    tests/conformance/schedule/run.py --program build/release/cmd/plimsoll [--count 5000] [--seed N]

Expressions are made at random from the grammar of the EventBridge user guide. For each, `plimsoll
explain PL905 --schedule` must name the same three next runs as the walk does: a minute belongs to the
schedule when each of its five parts, and the year, fits its field. Wrong ones must be refused.
"""

import argparse
import calendar
import datetime
import os
import random
import re
import subprocess
import sys

MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()
DAYS = "SUN MON TUE WED THU FRI SAT".split()
START = datetime.date(2026, 11, 24)
YEARS = 9  # as far as the walk goes
REFUSED = ["cron()", "rate()", "rate(5)", "rate(0 minutes)", "rate(-1 minutes)", "rate(5 seconds)",
           "rate(5 weeks)", "rate(1.5 hours)", "cron(0 10 * * *)", "cron(0 10 * * ? * *)",
           "cron(60 * * * ? *)", "cron(* 24 * * ? *)", "cron(0 0 0 * ? *)", "cron(0 0 32 * ? *)",
           "cron(0 0 1 13 ? *)", "cron(0 0 1 0 ? *)", "cron(0 0 ? * 8 *)", "cron(0 0 ? * 0 *)",
           "cron(0 0 ? * MOO *)", "cron(0 0 1 JANUARY ? *)", "cron(0 0 1 1 ? 1969)",
           "cron(0 0 1 1 ? 2200)", "cron(0 0 * * * *)", "cron(0 0 ? * ? *)", "cron(0 0 1 * 1 *)",
           "cron(0/0 * * * ? *)", "cron(? * * * ? *)", "cron(0 0 ? * 2#6 *)", "cron(0 0 ? * 2#1,3#2 *)",
           "at(2027-01-31)", "at(2027-02-30T00:00:00)", "at(2027-01-31 08:30:00)", "cron(a * * * ? *)",
           "cron(1- * * * ? *)", "cron(,1 * * * ? *)", "every(5 minutes)", "rate(5 minutes"]


def number(rng, low, high, names=None):
    value = rng.randint(low, high)
    return rng.choice([str(value), names[value - low]]) if names else str(value)


def item(rng, low, high, names=None):
    kind = rng.randint(0, 5)
    if kind == 0:
        first, last = sorted(rng.sample(range(low, high + 1), 2))
        if names and rng.random() < 0.5:
            return f"{names[first - low]}-{names[last - low]}"
        return f"{first}-{last}"
    if kind == 1:
        return f"{rng.choice(['*', str(rng.randint(low, high))])}/{rng.randint(1, high)}"
    if kind == 2:
        first, last = sorted(rng.sample(range(low, high + 1), 2))
        return f"{first}-{last}/{rng.randint(1, max(2, (high - low) // 3))}"
    return number(rng, low, high, names)


def field(rng, low, high, names=None, star=0.3):
    if rng.random() < star:
        return "*"
    return ",".join(item(rng, low, high, names) for _ in range(rng.choice([1, 1, 1, 2, 3])))


def expression(rng):
    minute, hour = field(rng, 0, 59, star=0.1), field(rng, 0, 23)
    month, year = field(rng, 1, 12, MONTHS, 0.6), rng.choice(["*", "*", "*", "2027-2030", "2028/2", "2027"])
    if rng.random() < 0.5:
        day, weekday = rng.choice([field(rng, 1, 31), "L", f"{rng.randint(1, 31)}W"]), "?"
    else:
        day = "?"
        weekday = rng.choice([field(rng, 1, 7, DAYS), "L", f"{number(rng, 1, 7, DAYS)}L",
                              f"{number(rng, 1, 7, DAYS)}#{rng.randint(1, 5)}"])
    return f"cron({minute} {hour} {day} {month} {weekday} {year})"


def value_of(text, low, names):
    return names.index(text.upper()) + low if names and text.upper() in names else int(text)


def fits(text, value, low, high, names=None):
    """Does a plain field hold the value?"""
    for part in text.split(","):
        span, _, step = part.partition("/")
        if span == "*":
            first, last = low, high
        elif "-" in span:
            first, last = (value_of(one, low, names) for one in span.split("-"))
        else:
            first = value_of(span, low, names)
            last = high if step else first
        if first <= value <= last and (value - first) % int(step or 1) == 0:
            return True
    return False


def working_day(year, month, wanted):
    """The day from Monday to Friday of the same month that is nearest; None: there is no such day."""
    length = calendar.monthrange(year, month)[1]
    if wanted > length:
        return None
    best = [day for day in range(1, length + 1) if datetime.date(year, month, day).weekday() < 5]
    return min(best, key=lambda day: abs(day - wanted))


def day_fits(date, day, weekday):
    length = calendar.monthrange(date.year, date.month)[1]
    if weekday == "?":
        if day == "L":
            return date.day == length
        if day.endswith("W"):
            return date.day == working_day(date.year, date.month, int(day[:-1]))
        return fits(day, date.day, 1, 31)
    number_of = date.isoweekday() % 7 + 1
    if weekday == "L":
        return number_of == 7
    if weekday.endswith("L"):
        return number_of == value_of(weekday[:-1], 1, DAYS) and date.day + 7 > length
    if "#" in weekday:
        wanted, nth = weekday.split("#")
        return number_of == value_of(wanted, 1, DAYS) and (date.day + 6) // 7 == int(nth)
    return fits(weekday, number_of, 1, 7, DAYS)


def walk(text):
    """The first three runs, minute by minute."""
    minute, hour, day, month, weekday, year = text[5:-1].split(" ")
    found = []
    date = START
    while date < START.replace(year=START.year + YEARS) and len(found) < 3:
        if (fits(year, date.year, 1970, 2199) and fits(month, date.month, 1, 12, MONTHS)
                and day_fits(date, day, weekday)):
            for of_day in range(24 * 60):
                if len(found) < 3 and fits(hour, of_day // 60, 0, 23) and fits(minute, of_day % 60, 0, 59):
                    found.append(f"{date} {of_day // 60:02}:{of_day % 60:02}:00")
        date += datetime.timedelta(days=1)
    return found


def ask(program, text):
    done = subprocess.run([program, "explain", "PL905", "--schedule", text, "--as-of", str(START)],
                          capture_output=True, text=True, timeout=30)
    return done.returncode, re.findall(r"^  ... (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)$", done.stdout, re.M), done.stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--count", type=int, default=150)
    parser.add_argument("--seed", type=int, default=905)
    given = parser.parse_args()
    rng = random.Random(given.seed)
    program = os.path.abspath(given.program)
    failed = ran = 0
    for _ in range(given.count):
        text = expression(rng)
        wanted = walk(text)
        status, runs, said = ask(program, text)
        end = str(START.replace(year=START.year + YEARS))
        same = status == 0 and [one for one in runs if one < end] == wanted
        ran += len(wanted) > 0
        if not same or "not sure" in said:
            failed += 1
            print(f"{text}: the walk has {wanted}, plimsoll says\n{said}")
    for text in REFUSED:
        status, _, said = ask(program, text)
        if status != 1:
            failed += 1
            print(f"{text!r} must be refused; status {status}\n{said}")
    print(f"{given.count} schedules, {ran} of which run, and {len(REFUSED)} wrong ones: {failed} disagreements")
    if ran < given.count // 3:
        print("too few of them run: nothing was compared")
        return 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
