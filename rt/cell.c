#include "rt/cell.h"

/* From the low end: kind 2 bits, velocity 7, chance 7, ratchet - 1 2, nth - 1 3, of - 1 3, offset 8. */
enum { VELOCITY = 2, CHANCE = 9, RATCHET = 16, NTH = 18, OF = 21, OFFSET = 24 };

static uint8_t
within(int x, int low, int high)
{
	return (uint8_t)(x < low ? low : x > high ? high : x);
}

cell
cell_hit(int velocity)
{
	return cell_tidy((cell){.kind = CELL_HIT,
				.velocity = within(velocity, 1, 127),
				.ratchet = 1,
				.chance = 100,
				.nth = 1,
				.of = 1});
}

cell
cell_tidy(cell c)
{
	if (c.kind != CELL_HIT)
		return (cell){.kind = c.kind == CELL_REST ? CELL_REST : CELL_FREE};
	c.velocity = within(c.velocity, 1, 127);
	c.ratchet = within(c.ratchet, 1, STEP_MAX_RATCHET);
	c.chance = within(c.chance, 1, 100);
	c.of = within(c.of, 1, CELL_MAX_OF);
	c.nth = within(c.nth, 1, c.of);
	return c;
}

uint32_t
cell_pack(cell c)
{
	const cell t = cell_tidy(c);
	if (t.kind != CELL_HIT)
		return (uint32_t)t.kind;
	return (uint32_t)t.kind | (uint32_t)t.velocity << VELOCITY | (uint32_t)t.chance << CHANCE |
	       (uint32_t)(t.ratchet - 1) << RATCHET | (uint32_t)(t.nth - 1) << NTH |
	       (uint32_t)(t.of - 1) << OF | (uint32_t)(uint8_t)t.offset << OFFSET;
}

cell
cell_unpack(uint32_t word)
{
	return cell_tidy((cell){.kind = (cell_kind)(word & 3),
				.velocity = (uint8_t)(word >> VELOCITY & 127),
				.chance = (uint8_t)(word >> CHANCE & 127),
				.ratchet = (uint8_t)((word >> RATCHET & 3) + 1),
				.nth = (uint8_t)((word >> NTH & 7) + 1),
				.of = (uint8_t)((word >> OF & 7) + 1),
				.offset = (int8_t)(uint8_t)(word >> OFFSET)});
}

bool
cell_sounds(const cell *c, int64_t round, float draw)
{
	return c->kind == CELL_HIT && round % c->of == c->nth - 1 && draw * 100.0f < (float)c->chance;
}
