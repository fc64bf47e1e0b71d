/* The sections of feedback beside the parameters: cells, the playhead, what the network plays, meters. Each
 * is compared with what the peer was told, so that what changes often is told as often as there is room. Runs
 * in the OSC thread. */
#include "osc/osc_state.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static bool
wanted(const osc_server *s, unsigned section)
{
	for (int i = 0; i < OSC_PEERS; i++)
		if (s->peer[i].used && s->peer[i].subscribed && s->peer[i].sections & section)
			return true;
	return false;
}

/* The bar that sounds, as far as it is written; what is not keeps what was there. */
static void
look_at_plan(osc_server *s)
{
	const int64_t first = (int64_t)s->now.position - s->now.place.step;
	const int length = s->now.place.len;
	for (int n = 0; n < CELL_STEPS; n++) {
		step_event e;
		const bool written = n < length && engine_read_step(s->control->engine, first + n, &e);
		for (int i = 0; i < INSTRUMENTS; i++)
			if (written || n >= length)
				s->plays[i][n] = written ? e.hits.hit[i].velocity : 0;
	}
}

void
osc_told_look(osc_server *s)
{
	engine_get_status(s->control->engine, &s->now);
	if (wanted(s, OSC_SECTION_PLAYS))
		look_at_plan(s);
	if (wanted(s, OSC_SECTION_METERS)) {
		engine_take_far_peaks(s->control->engine, s->meters);
		for (int i = 0; i < ENGINE_METERS; i++)
			s->meters[i] = fminf(
			    fmaxf(1.0f + 20.0f * log10f(fmaxf(s->meters[i], 1e-6f)) / 60.0f, 0.0f), 1.0f);
	}
}

bool
osc_told_playing(osc_server *s, osc_peer *to)
{
	const bool changed = to->playing != s->now.rolling, again = osc_again_due(&to->playing_again);
	if (!changed && !again)
		return true;
	if (!osc_out_add(s, "/drumlin/playing", "i", (int)s->now.rolling))
		return false;
	osc_again_told(&to->playing_again, changed && to->playing >= 0);
	to->playing = s->now.rolling;
	return true;
}

static bool
light(osc_server *s, int step, int on)
{
	char path[OSC_PATH_MAX];
	if (step < 1 || step > CELL_STEPS)
		return true;
	snprintf(path, sizeof path, "/drumlin/playhead/%d", step);
	return osc_out_add(s, path, "i", on);
}

bool
osc_told_playhead(osc_server *s, osc_peer *to)
{
	const int now = s->now.rolling ? s->now.place.step + 1 : 0;
	if (to->playhead == now)
		return true;
	if (to->playhead < 0)
		for (int n = 1; n <= CELL_STEPS; n++)
			if (n != now && !light(s, n, 0))
				return false;
	if (!light(s, to->playhead, 0) || !light(s, now, 1) || !osc_out_add(s, "/drumlin/playhead", "i", now))
		return false;
	to->playhead = now;
	return true;
}

static double
value_of(cell c)
{
	return c.kind == CELL_HIT ? (double)((float)c.velocity / 127.0f) : c.kind == CELL_REST ? -1.0 : 0.0;
}

static bool
is_plain(cell c)
{
	return c.kind != CELL_HIT || (c.chance == 100 && c.of == 1 && c.ratchet == 1);
}

bool
osc_told_step(osc_server *s, int instrument, int step, cell c)
{
	char path[OSC_PATH_MAX];
	snprintf(path, sizeof path, "/drumlin/%s/step/%d", instrument_name(instrument), step + 1);
	return is_plain(c) ? osc_out_add(s, path, "f", value_of(c))
			   : osc_out_add(s, path, "fiiii", value_of(c), (int)c.chance, (int)c.nth, (int)c.of,
					 (int)c.ratchet);
}

bool
osc_told_cell(osc_server *s, int index, cell c)
{
	const int step = index % CELL_STEPS, instrument = index / CELL_STEPS % INSTRUMENTS,
		  bar = index / CELL_STEPS / INSTRUMENTS;
	const char *name = instrument_name(instrument);
	return is_plain(c) ? osc_out_add(s, "/drumlin/cell", "isif", bar + 1, name, step + 1, value_of(c))
			   : osc_out_add(s, "/drumlin/cell", "isifiiii", bar + 1, name, step + 1, value_of(c),
					 (int)c.chance, (int)c.nth, (int)c.of, (int)c.ratchet);
}

static bool
tell_edited_bar(osc_server *s, osc_peer *to)
{
	const bool changed = to->edit != s->edit, again = osc_again_due(&to->edit_again);
	if (!changed && !again)
		return true;
	if (!osc_out_add(s, "/drumlin/pattern/edit", "i", s->edit + 1))
		return false;
	osc_again_told(&to->edit_again, changed && to->edit >= 0);
	to->edit = s->edit;
	return true;
}

bool
osc_told_steps(osc_server *s, osc_peer *to)
{
	if (!tell_edited_bar(s, to))
		return false;
	for (int i = 0; i < INSTRUMENTS; i++)
		for (int n = 0; n < CELL_STEPS; n++) {
			const cell c = params_cell(s->control->params, cell_index(s->edit, i, n));
			const uint32_t word = cell_pack(c);
			const bool changed = to->steps[i][n] != word,
				   again = osc_again_due(&to->step_again[i][n]);
			if (!changed && !again)
				continue;
			if (!osc_told_step(s, i, n, c))
				return false;
			osc_again_told(&to->step_again[i][n], changed && to->steps[i][n] != OSC_UNTOLD_CELL);
			to->steps[i][n] = word;
		}
	return true;
}

bool
osc_told_cells(osc_server *s, osc_peer *to)
{
	for (int index = 0; index < CELLS; index++) {
		const cell c = params_cell(s->control->params, index);
		const uint32_t word = cell_pack(c);
		const bool changed = to->cells[index] != word, again = osc_again_due(&to->cell_again[index]);
		if (!changed && !again)
			continue;
		if (!osc_told_cell(s, index, c))
			return false;
		to->cells[index] = word;
		osc_again_told(&to->cell_again[index], changed);
	}
	return true;
}

bool
osc_told_plays(osc_server *s, osc_peer *to)
{
	char path[OSC_PATH_MAX];
	for (int i = 0; i < INSTRUMENTS; i++)
		for (int n = 0; n < CELL_STEPS; n++) {
			if (to->plays[i][n] == s->plays[i][n])
				continue;
			snprintf(path, sizeof path, "/drumlin/%s/plays/%d", instrument_name(i), n + 1);
			if (!osc_out_add(s, path, "f", (double)((float)s->plays[i][n] / 127.0f)))
				return false;
			to->plays[i][n] = s->plays[i][n];
		}
	return true;
}

bool
osc_told_meters(osc_server *s, osc_peer *to)
{
	char path[OSC_PATH_MAX];
	for (int i = 0; i < ENGINE_METERS; i++) {
		if (fabsf(to->meters[i] - s->meters[i]) < 0.005f)
			continue;
		if (i < INSTRUMENTS)
			snprintf(path, sizeof path, "/drumlin/%s/meter", instrument_name(i));
		else
			snprintf(path, sizeof path, "/drumlin/main/meter/%s",
				 i == INSTRUMENTS ? "left" : "right");
		if (!osc_out_add(s, path, "f", (double)s->meters[i]))
			return false;
		to->meters[i] = s->meters[i];
	}
	return true;
}
