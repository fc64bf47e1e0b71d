#include "rt/param.h"

#include "rt/rng.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define FLOAT PARAM_KIND_FLOAT
#define INTEGER PARAM_KIND_INTEGER
#define TOGGLE PARAM_KIND_TOGGLE
#define CHOICE PARAM_KIND_CHOICE
#define LINEAR PARAM_CURVE_LINEAR
#define LOG PARAM_CURVE_LOG
#define SAVED PARAM_FLAG_SAVED
#define REPLAN PARAM_FLAG_REPLAN
#define SET PARAM_FLAG_SET
#define SHOWN PARAM_FLAG_SHOWN
#define GLOBAL false
#define INSTRUMENT true

static const param_desc global_params[PARAM_GLOBAL_COUNT] = {
#define P(id, path, kind, low, high, initial, unit, curve, smoothing, flags, help)                           \
	{path, kind, (float)(low), (float)(high), (float)(initial), unit, curve, smoothing, flags, help},
    PARAM_GLOBALS(P)};

static const param_desc instrument_params[PARAM_INSTRUMENT_COUNT] = {
#undef P
#define P(id, path, kind, low, high, initial, unit, curve, smoothing, flags, help)                           \
	{path, kind, (float)(low), high, (float)(initial), unit, curve, smoothing, flags, help},
    PARAM_INSTRUMENTS(P)};

static const command_desc commands[COMMANDS] = {
#define C(id, path, scope, help) {path, scope, help},
    PARAM_COMMANDS(C)};

const param_desc *
param_describe(int slot)
{
	return slot < PARAM_GLOBAL_COUNT ? &global_params[slot]
					 : &instrument_params[(slot - PARAM_GLOBAL_COUNT) / INSTRUMENTS];
}

const command_desc *
command_describe(command_id id)
{
	return &commands[id];
}

int
param_slot_instrument(int slot)
{
	return slot < PARAM_GLOBAL_COUNT ? -1 : (slot - PARAM_GLOBAL_COUNT) % INSTRUMENTS;
}

static const char *
join_path(int instrument, const char *path, char buf[PARAM_PATH_MAX])
{
	snprintf(buf, PARAM_PATH_MAX, "%s%s%s", instrument < 0 ? "" : instrument_name(instrument),
		 instrument < 0 ? "" : "/", path);
	return buf;
}

const char *
param_path(int slot, char buf[PARAM_PATH_MAX])
{
	return join_path(param_slot_instrument(slot), param_describe(slot)->path, buf);
}

const char *
command_path(command_id id, int instrument, char buf[PARAM_PATH_MAX])
{
	return join_path(instrument, commands[id].path, buf);
}

/* Splits "BD/level" into instrument and rest; *rest is the whole path where there is no instrument. */
static int
split_instrument(const char *path, const char **rest)
{
	const char *slash = strchr(path, '/');
	*rest = path;
	if (!slash || slash - path != 2)
		return -1;
	const char name[3] = {path[0], path[1], '\0'};
	const int instrument = instrument_from_name(name);
	if (instrument >= 0)
		*rest = slash + 1;
	return instrument;
}

int
param_find(const char *path)
{
	const char *rest;
	const int instrument = split_instrument(path, &rest);
	if (instrument >= 0) {
		for (int i = 0; i < PARAM_INSTRUMENT_COUNT; i++)
			if (strcmp(rest, instrument_params[i].path) == 0)
				return param_slot(i, instrument);
		return -1;
	}
	for (int i = 0; i < PARAM_GLOBAL_COUNT; i++)
		if (strcmp(path, global_params[i].path) == 0)
			return i;
	return -1;
}

int
command_find(const char *path, int *instrument)
{
	const char *rest;
	const int i = split_instrument(path, &rest);
	*instrument = i;
	for (int c = 0; c < COMMANDS; c++)
		if (commands[c].per_instrument == (i >= 0) && strcmp(rest, commands[c].path) == 0)
			return c;
	return -1;
}

const char *
param_choice_name(int slot, int value, char buf[PARAM_CHOICE_MAX])
{
	const char *name = param_describe(slot)->unit;
	for (int i = 0; i < value && name; i++) {
		name = strchr(name, '|');
		name += name != NULL;
	}
	snprintf(buf, PARAM_CHOICE_MAX, "%.*s", name && value >= 0 ? (int)strcspn(name, "|") : 0,
		 name ? name : "");
	return buf;
}

int
param_choice(int slot, const char *name)
{
	char own[PARAM_CHOICE_MAX];
	const param_desc *d = param_describe(slot);
	if (d->kind != PARAM_KIND_CHOICE)
		return -1;
	for (int i = 0; i <= (int)d->high; i++)
		if (strcasecmp(name, param_choice_name(slot, i, own)) == 0)
			return i;
	return -1;
}

float
param_to_unit(int slot, float value)
{
	const param_desc *d = param_describe(slot);
	if (d->curve == PARAM_CURVE_LOG)
		return logf(value / d->low) / logf(d->high / d->low);
	return (value - d->low) / (d->high - d->low);
}

float
param_from_unit(int slot, float unit)
{
	const param_desc *d = param_describe(slot);
	const float u = fminf(fmaxf(unit, 0.0f), 1.0f);
	const float value = d->curve == PARAM_CURVE_LOG ? d->low * powf(d->high / d->low, u)
							: d->low + u * (d->high - d->low);
	return d->kind == PARAM_KIND_FLOAT ? value : roundf(value);
}

static uint64_t
pack(float value, uint32_t source)
{
	uint32_t bits;
	memcpy(&bits, &value, sizeof bits);
	uint64_t word = (uint64_t)source << 32 | bits;
	/* Clang 14 stores a word of a float and an integer in two halves, even where it is atomic; of this
	 * one it does not know what it is made of. */
	__asm__("" : "+r"(word));
	return word;
}

void
params_reset(params *p)
{
	memset(p, 0, sizeof *p);
	for (int slot = 0; slot < PARAM_SLOTS; slot++)
		atomic_init(&p->setting[slot], pack(param_describe(slot)->initial, PARAM_SOURCE_NONE));
	atomic_init(&p->last_slot, -1);
}

float
params_high(const params *p, int slot)
{
	const int32_t styles = atomic_load_explicit(&p->styles, memory_order_relaxed);
	return param_is_style(slot) && styles > 0 ? (float)styles : param_describe(slot)->high;
}

bool
params_set(params *p, int slot, float value, uint32_t source)
{
	const param_desc *d = param_describe(slot);
	if (isnan(value)) {
		atomic_fetch_add_explicit(&p->rejected, 1, memory_order_relaxed);
		return false;
	}
	float v = d->kind == PARAM_KIND_FLOAT ? value : roundf(value);
	const float high = params_high(p, slot);
	if (v < d->low || v > high) {
		atomic_fetch_add_explicit(&p->clamped, 1, memory_order_relaxed);
		v = v < d->low ? d->low : high;
	}
	/* The counters are released after the value, and readers acquire them: who sees the count sees
	 * at least this value. */
	atomic_store_explicit(&p->setting[slot], pack(v, source), memory_order_relaxed);
	if (!(d->flags & PARAM_FLAG_SHOWN))
		atomic_store_explicit(&p->last_slot, slot, memory_order_relaxed);
	atomic_fetch_add_explicit(&p->version[slot], 1, memory_order_release);
	if (d->flags & PARAM_FLAG_REPLAN)
		atomic_fetch_add_explicit(&p->replan_changes, 1, memory_order_release);
	atomic_fetch_add_explicit(&p->changes, 1, memory_order_release);
	return true;
}

cell
params_cell(const params *p, int index)
{
	/* Relaxed: a cell is one word, and stands alone. */
	return cell_unpack(
	    index < 0 || index >= CELLS ? 0 : atomic_load_explicit(&p->cell[index], memory_order_relaxed));
}

void
params_set_cell(params *p, int index, cell c)
{
	if (index < 0 || index >= CELLS)
		return;
	atomic_store_explicit(&p->cell[index], cell_pack(c), memory_order_relaxed);
	/* Released after the cell, as in params_set. */
	atomic_fetch_add_explicit(&p->cell_changes, 1, memory_order_release);
	atomic_fetch_add_explicit(&p->replan_changes, 1, memory_order_release);
	atomic_fetch_add_explicit(&p->changes, 1, memory_order_release);
}

void
params_pulse(params *p, command_id id)
{
	params_add_pulses(p, id, 1);
}

void
params_add_pulses(params *p, command_id id, uint32_t count)
{
	atomic_fetch_add_explicit(&p->pulse[id], count, memory_order_release);
	atomic_fetch_add_explicit(&p->changes, 1, memory_order_release);
}

void
params_regenerate(params *p, uint32_t source)
{
	const uint64_t seed = (uint64_t)params_get(p, PARAM_SEED);
	params_set(p, PARAM_SEED, (float)(rng_mix(seed) >> 40), source);
}
