/* The pattern's cells, each at a path of its own and all through one. Runs in the OSC thread. */
#include "osc/osc_state.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int
whole(float x)
{
	return (int)fminf(fmaxf(x, -1e6f), 1e6f);
}

/* 0 free, below 0 a rest, above a hit: 0..1 as buttons and faders send it, or 1..127 as MIDI does. Then
 * chance (0..1, or per cent), nth, of, ratchet. */
static bool
parse(const lo_message m, int first, cell *c)
{
	float v, more[4];
	if (!osc_number(m, first, &v) || isnan(v))
		return false;
	*c = (cell){.kind = v < 0.0f ? CELL_REST : CELL_FREE};
	if (v <= 0.0f)
		return true;
	*c = cell_hit(whole(v <= 1.0f ? roundf(v * 127.0f) : v));
	const int n = osc_argc(m) - first - 1;
	if (n > 4)
		return false;
	for (int i = 0; i < n; i++)
		if (!osc_number(m, first + 1 + i, &more[i]) || isnan(more[i]))
			return false;
	const float share = n > 0 ? (more[0] < 1.0f ? more[0] * 100.0f : more[0]) : 100.0f;
	const int wanted[4] = {whole(share), n > 1 ? whole(more[1]) : 1, n > 2 ? whole(more[2]) : 1,
			       n > 3 ? whole(more[3]) : 1};
	uint8_t byte[4];
	for (int i = 0; i < 4; i++)
		byte[i] = (uint8_t)(wanted[i] < 1 ? 1 : wanted[i] > 100 ? 100 : wanted[i]);
	c->chance = byte[0];
	c->of = byte[2];
	c->nth = byte[1];
	c->ratchet = byte[3];
	*c = cell_tidy(*c);
	return true;
}

/* The hand that set it knows; whoever else shows it is told. */
static void
set_cell(osc_server *s, const osc_peer *from, int bar, int instrument, int step, cell c)
{
	const int index = cell_index(bar, instrument, step);
	const uint32_t word = cell_pack(c);
	control_set_cell(s->control, index, c);
	for (int i = 0; i < OSC_PEERS; i++) {
		osc_peer *p = &s->peer[i];
		if (!p->used || !osc_peer_same_hand(s, p, osc_peer_source(s, from)))
			continue;
		p->cells[index] = word;
		osc_again_set(&p->cell_again[index]);
		if (bar != s->edit)
			continue;
		p->steps[instrument][step] = word;
		osc_again_set(&p->step_again[instrument][step]);
	}
}

bool
osc_cell_path(const char *path, osc_cell_ref *ref)
{
	const char name[3] = {path[0], path[0] ? path[1] : '\0', '\0'};
	ref->instrument = instrument_from_name(name);
	if (ref->instrument < 0 || strncmp(path + 2, "/step/", 6) != 0)
		return false;
	const char *digits = path + 8;
	if (*digits < '1' || *digits > '9' || strspn(digits, "0123456789") != strlen(digits) ||
	    strlen(digits) > 2)
		return false;
	ref->step = atoi(digits) - 1;
	return ref->step < CELL_STEPS;
}

void
osc_cell_step(osc_server *s, osc_peer *from, osc_cell_ref ref, const lo_message m)
{
	cell c;
	if (osc_argc(m) == 0) {
		if (osc_out_begin(s, from)) {
			osc_told_step(
			    s, ref.instrument, ref.step,
			    params_cell(s->control->params, cell_index(s->edit, ref.instrument, ref.step)));
			osc_again_told(&from->step_again[ref.instrument][ref.step], false);
			osc_out_end(s);
		}
	} else if (parse(m, 0, &c)) {
		set_cell(s, from, s->edit, ref.instrument, ref.step, c);
	} else {
		osc_malformed(s);
	}
}

void
osc_cell_any(osc_server *s, osc_peer *from, const lo_message m)
{
	float bar, number, step;
	cell c;
	const char *name = osc_text(m, 1);
	int instrument = name ? instrument_from_name(name) : -1;
	if (instrument < 0 && osc_number(m, 1, &number) && number >= 1.0f && number <= (float)INSTRUMENTS)
		instrument = (int)number - 1;
	const bool sane = instrument >= 0 && osc_number(m, 0, &bar) && bar >= 1.0f &&
			  bar <= (float)CELL_BARS && osc_number(m, 2, &step) && step >= 1.0f &&
			  step <= (float)CELL_STEPS;
	if (!sane) {
		osc_malformed(s);
		return;
	}
	if (osc_argc(m) == 3) {
		const int index = cell_index((int)bar - 1, instrument, (int)step - 1);
		if (osc_out_begin(s, from)) {
			osc_told_cell(s, index, params_cell(s->control->params, index));
			osc_again_told(&from->cell_again[index], false);
			osc_out_end(s);
		}
	} else if (parse(m, 3, &c)) {
		set_cell(s, from, (int)bar - 1, instrument, (int)step - 1, c);
	} else {
		osc_malformed(s);
	}
}

/* Everybody's steps are of the same bar. */
void
osc_cell_edit(osc_server *s, osc_peer *from, const lo_message m)
{
	float bar;
	if (osc_argc(m) == 0) {
		if (osc_out_begin(s, from)) {
			osc_out_add(s, "/drumlin/pattern/edit", "i", s->edit + 1);
			osc_out_end(s);
		}
	} else if (!osc_number(m, 0, &bar) || isnan(bar)) {
		osc_malformed(s);
	} else if (bar > 0.0f) { /* 0 is a button's release */
		s->edit = bar < 1.5f ? 0 : bar >= (float)CELL_BARS ? CELL_BARS - 1 : (int)(bar + 0.5f) - 1;
	}
}

static bool
next_step(osc_cell_ref *ref, char path[OSC_PATH_MAX])
{
	if (++ref->step >= CELL_STEPS) {
		ref->step = 0;
		if (++ref->instrument >= INSTRUMENTS)
			return false;
	}
	snprintf(path, OSC_PATH_MAX, "/drumlin/%s/step/%d", instrument_name(ref->instrument), ref->step + 1);
	return true;
}

void
osc_cell_match(osc_server *s, osc_peer *from, const char *pattern, const lo_message m, bool *any)
{
	char path[OSC_PATH_MAX];
	for (osc_cell_ref ref = {0, -1}; next_step(&ref, path);)
		if (osc_path_match(pattern, path)) {
			osc_cell_step(s, from, ref, m);
			*any = true;
		}
}

bool
osc_cell_matched(const char *pattern)
{
	char path[OSC_PATH_MAX];
	for (osc_cell_ref ref = {0, -1}; next_step(&ref, path);)
		if (osc_path_match(pattern, path))
			return true;
	return false;
}
