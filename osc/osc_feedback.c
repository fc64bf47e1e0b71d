/* Telling subscribers what has changed, on the paths that set it. Runs in the OSC thread. */
#include "osc/osc_state.h"

#include <stdio.h>
#include <string.h>

static uint32_t
version(const osc_server *s, int slot)
{
	return atomic_load_explicit(&s->control->params->version[slot], memory_order_acquire);
}

static uint32_t
source(const osc_server *s, int slot)
{
	return atomic_load_explicit(&s->control->params->source[slot], memory_order_relaxed);
}

/* Into the packet that has been begun. False if there is no more room for now. */
bool
osc_feedback_value(osc_server *s, osc_peer *to, int slot)
{
	char name[PARAM_PATH_MAX], path[OSC_PATH_MAX];
	const uint32_t told = version(s, slot);
	const float value = params_get(s->control->params, slot);
	snprintf(path, sizeof path, "/drumlin/%s", param_path(slot, name));
	const bool room = param_describe(slot)->kind == PARAM_KIND_FLOAT
			      ? osc_out_add(s, path, "f", (double)value)
			      : osc_out_add(s, path, "i", (int)value);
	if (room)
		to->seen[slot] = told;
	return room;
}

static bool
tell_params(osc_server *s, osc_peer *p)
{
	for (int slot = 0; slot < PARAM_SLOTS; slot++) {
		const uint32_t now = version(s, slot);
		if (p->seen[slot] == now && !p->corrected[slot])
			continue;
		/* no echo to the hand that moved it */
		if (osc_peer_same_hand(s, p, source(s, slot)) && !p->corrected[slot])
			p->seen[slot] = now;
		else if (!osc_feedback_value(s, p, slot))
			return false;
		p->corrected[slot] = false;
	}
	return true;
}

/* Both sides of a pad in one message, for those who have a pad. */
static bool
tell_pads(osc_server *s, osc_peer *p)
{
	static const struct {
		const char *path;
		int x, y;
	} pad[2] = {{"/drumlin/kit/xy", PARAM_KIT_X, PARAM_KIT_Y},
		    {"/drumlin/style/xy", PARAM_STYLE_X, PARAM_STYLE_Y}};
	for (int i = 0; i < 2; i++) {
		const uint32_t now = version(s, pad[i].x) + version(s, pad[i].y);
		const bool own = osc_peer_same_hand(s, p, source(s, pad[i].x)) &&
				 osc_peer_same_hand(s, p, source(s, pad[i].y));
		if (p->xy[i] == now)
			continue;
		if (!own &&
		    !osc_out_add(s, pad[i].path, "ff", (double)params_get(s->control->params, pad[i].x),
				 (double)params_get(s->control->params, pad[i].y)))
			return false;
		p->xy[i] = now;
	}
	return true;
}

static void
tell(osc_server *s, osc_peer *p)
{
	const unsigned want = p->sections;
	if (!osc_out_begin(s, p))
		return;
	/* In this order, until there is no more room; what is left comes with the next round. */
	const bool all = (!(want & OSC_SECTION_PARAMS) ||
			  (tell_params(s, p) && tell_pads(s, p) && osc_told_playing(s, p))) &&
			 (!(want & OSC_SECTION_PLAYHEAD) || osc_told_playhead(s, p)) &&
			 (!(want & OSC_SECTION_STEPS) || osc_told_steps(s, p)) &&
			 (!(want & OSC_SECTION_CELLS) || osc_told_cells(s, p)) &&
			 (!(want & OSC_SECTION_PLAYS) || osc_told_plays(s, p)) &&
			 (!(want & OSC_SECTION_METERS) || osc_told_meters(s, p));
	(void)all;
	osc_out_end(s);
}

void
osc_feedback_full(osc_server *s, osc_peer *to)
{
	for (int slot = 0; slot < PARAM_SLOTS; slot++)
		to->corrected[slot] = true;
	for (int i = 0; i < 2; i++)
		to->xy[i] = UINT32_MAX;
	to->playing = to->playhead = to->edit = -1;
	memset(to->steps, 0xff, sizeof to->steps);
	memset(to->plays, OSC_UNTOLD, sizeof to->plays);
	/* Of all cells only those that are not free: there are hundreds. */
	memset(to->cells, 0, sizeof to->cells);
	for (int i = 0; i < ENGINE_METERS; i++)
		to->meters[i] = -1.0f;
	osc_told_look(s);
	tell(s, to);
}

void
osc_feedback_changes(osc_server *s)
{
	osc_told_look(s);
	for (int i = 0; i < OSC_PEERS; i++)
		if (s->peer[i].used && s->peer[i].subscribed)
			tell(s, &s->peer[i]);
}
