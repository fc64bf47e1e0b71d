#include "rt/metre.h"

#include "rt/step.h"

#include <math.h>

static const metre table[METRES] = {{4, 4, false}, {3, 4, false}, {5, 4, false},
				    {6, 8, false}, {7, 8, false}, {12, 8, false}};

static bool
takes_triplets(metre m)
{
	return m.beat_type == 4 && m.beats * 6 <= STEP_MAX_BAR;
}

metre
metre_make(int which, bool triplets)
{
	metre m = table[which < 0 ? 0 : which >= METRES ? METRES - 1 : which];
	m.triplets = triplets && takes_triplets(m);
	return m;
}

int
metre_steps_per_quarter(metre m)
{
	return m.triplets ? 6 : 4;
}

int
metre_steps_per_beat(metre m)
{
	return metre_steps_per_quarter(m) * 4 / m.beat_type;
}

int
metre_steps(metre m)
{
	return m.beats * metre_steps_per_quarter(m) * 4 / m.beat_type;
}

bool
metre_equal(metre a, metre b)
{
	return a.beats == b.beats && a.beat_type == b.beat_type && a.triplets == b.triplets;
}

bool
metre_compound(metre m)
{
	return m.triplets || (m.beat_type == 8 && m.beats % 3 == 0);
}

bool
metre_from_bbt(double beats_per_bar, double beat_type, bool triplets, metre *m)
{
	const double steps = beats_per_bar * 16.0 / beat_type;
	const double beats = nearbyint(beats_per_bar), type = nearbyint(beat_type);
	if (!(fabs(beats - beats_per_bar) < 1e-6 && fabs(type - beat_type) < 1e-6))
		return false;
	if (!(beats >= 1.0 && beats <= 64.0 && type >= 1.0 && type <= 16.0 && fmod(16.0, type) == 0.0))
		return false;
	if (steps < STEP_MIN_BAR || steps > STEP_MAX_BAR)
		return false;
	*m = (metre){(uint8_t)beats, (uint8_t)type, false};
	m->triplets = triplets && takes_triplets(*m);
	return true;
}

bar_map
bar_map_make(metre m)
{
	return (bar_map){.now = {.metre = m}};
}

static bool
line_equal(const bar_line *a, const bar_line *b)
{
	return a->step == b->step && a->bar == b->bar && metre_equal(a->metre, b->metre);
}

bool
bar_map_equal(const bar_map *a, const bar_map *b)
{
	return line_equal(&a->now, &b->now) && a->changes == b->changes &&
	       (!a->changes || line_equal(&a->next, &b->next));
}

bar_place
bar_map_at(const bar_map *map, int64_t step)
{
	const bar_line *line = map->changes && step >= map->next.step ? &map->next : &map->now;
	const int len = metre_steps(line->metre);
	int64_t bars = (step - line->step) / len, in_bar = (step - line->step) % len;
	if (in_bar < 0) {
		in_bar += len;
		bars--;
	}
	const int64_t bar = line->bar + bars;
	return (bar_place){.bar = bar > 0 ? bar : 0, .step = (int)in_bar, .len = len, .metre = line->metre};
}

int64_t
bar_map_line(const bar_map *map, int64_t step)
{
	const bar_place at = bar_map_at(map, step);
	if (at.step == 0)
		return step;
	const int64_t line = step - at.step + at.len;
	return map->changes && step < map->next.step && line > map->next.step ? map->next.step : line;
}

void
bar_map_change(bar_map *map, metre m, int64_t step)
{
	map->changes = false;
	if (metre_equal(map->now.metre, m))
		return;
	const int64_t line = bar_map_line(map, step);
	map->next = (bar_line){line, bar_map_at(map, line).bar, m};
	map->changes = true;
}

void
bar_map_advance(bar_map *map, int64_t step)
{
	if (!map->changes || step < map->next.step)
		return;
	map->now = map->next;
	map->changes = false;
}

static int64_t
pack(const bar_line *l)
{
	return l->metre.beats | l->metre.beat_type << 8 | l->metre.triplets << 16;
}

static bar_line
unpack(int64_t step, int64_t bar, int64_t word)
{
	return (bar_line){step, bar, {(uint8_t)word, (uint8_t)(word >> 8), (word >> 16 & 1) != 0}};
}

void
bar_map_publish(bar_map_shared *s, const bar_map *map)
{
	const int64_t word[6] = {map->now.step,  map->now.bar,  pack(&map->now) | (int64_t)map->changes << 32,
				 map->next.step, map->next.bar, pack(&map->next)};
	/* Relaxed: only this thread writes it. */
	const uint32_t sequence = atomic_load_explicit(&s->sequence, memory_order_relaxed);
	atomic_store_explicit(&s->sequence, sequence + 1, memory_order_relaxed);
	/* Release: who sees a new word sees the odd number. */
	for (int i = 0; i < 6; i++)
		atomic_store_explicit(&s->word[i], word[i], memory_order_release);
	atomic_store_explicit(&s->sequence, sequence + 2, memory_order_release);
}

bar_map
bar_map_read(const bar_map_shared *s)
{
	for (;;) {
		int64_t word[6];
		const uint32_t before = atomic_load_explicit(&s->sequence, memory_order_acquire);
		for (int i = 0; i < 6; i++)
			word[i] = atomic_load_explicit(&s->word[i], memory_order_acquire);
		/* The acquiring loads keep this one behind them. */
		const uint32_t after = atomic_load_explicit(&s->sequence, memory_order_relaxed);
		if (before != after || before & 1)
			continue;
		return (bar_map){.now = unpack(word[0], word[1], word[2]),
				 .next = unpack(word[3], word[4], word[5]),
				 .changes = (word[2] >> 32 & 1) != 0};
	}
}
