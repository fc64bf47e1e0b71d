/* What the composer remembers: states and steps by their number, in no order. */
#include "model/composer_state.h"

#include <string.h>

void
composer_forget(composer *c)
{
	for (int i = 0; i < COMPOSER_SNAPSHOTS; i++)
		c->snapshot_key[i].step = COMPOSER_NO_STEP;
	for (int i = 0; i < COMPOSER_RECORD; i++)
		c->record_key[i].step = COMPOSER_NO_STEP;
}

static int
find(const composer_key *key, int n, int64_t step)
{
	for (int i = 0; i < n; i++)
		if (key[i].step == step)
			return i;
	return -1;
}

/* The place of this step, or the oldest one. */
static int
place_for(composer *c, composer_key *key, int n, int64_t step)
{
	int place = find(key, n, step);
	if (place < 0) {
		place = 0;
		for (int i = 1; i < n; i++)
			if (key[i].written < key[place].written)
				place = i;
	}
	key[place] = (composer_key){.step = step, .written = ++c->writes};
	return place;
}

bool
composer_restore(composer *c, int64_t step)
{
	const int place = find(c->snapshot_key, COMPOSER_SNAPSHOTS, step);
	if (place < 0)
		return false;
	memcpy(composer_head(c), composer_snapshot(c, (uint64_t)place), c->state_size);
	c->hand = c->snapshot_hand[place];
	return true;
}

void
composer_keep(composer *c, int64_t step)
{
	const int place = place_for(c, c->snapshot_key, COMPOSER_SNAPSHOTS, step);
	memcpy(composer_snapshot(c, (uint64_t)place), composer_head(c), c->state_size);
	c->snapshot_hand[place] = c->hand;
}

composer_entry *
composer_recorded(composer *c, int64_t step)
{
	const int place = find(c->record_key, COMPOSER_RECORD, step);
	return place < 0 ? NULL : &c->record[place];
}

composer_entry *
composer_entry_for(composer *c, int64_t step)
{
	return &c->record[place_for(c, c->record_key, COMPOSER_RECORD, step)];
}
