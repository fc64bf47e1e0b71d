/* Telling subscribers what has changed, on the paths that set it. Runs in the OSC thread. */
#include "osc/osc_state.h"

#include <lo/lo.h>
#include <stdio.h>
#include <stdlib.h>

static void
send_message(osc_server *s, osc_peer *to, const char *path, lo_message m)
{
	size_t size = 0;
	void *data = m ? lo_message_serialise(m, path, NULL, &size) : NULL;
	if (data)
		osc_net_send(s, to, data, size);
	free(data);
	if (m)
		lo_message_free(m);
}

static uint32_t
version(const osc_server *s, int slot)
{
	return atomic_load_explicit(&s->control->params->version[slot], memory_order_acquire);
}

void
osc_feedback_value(osc_server *s, osc_peer *to, int slot)
{
	char name[PARAM_PATH_MAX], path[PARAM_PATH_MAX + 16];
	const uint32_t told = version(s, slot);
	const float value = params_get(s->control->params, slot);
	snprintf(path, sizeof path, "/drumlin/%s", param_path(slot, name));
	lo_message m = lo_message_new();
	if (m && param_describe(slot)->kind == PARAM_KIND_FLOAT)
		lo_message_add_float(m, value);
	else if (m)
		lo_message_add_int32(m, (int32_t)value);
	send_message(s, to, path, m);
	to->seen[slot] = told;
}

static void
tell_playing(osc_server *s, osc_peer *to)
{
	engine_status e;
	engine_get_status(s->control->engine, &e);
	if (to->told_playing == e.rolling)
		return;
	to->told_playing = e.rolling;
	lo_message m = lo_message_new();
	if (m)
		lo_message_add_int32(m, e.rolling);
	send_message(s, to, "/drumlin/playing", m);
}

void
osc_feedback_full(osc_server *s, osc_peer *to)
{
	for (int slot = 0; slot < PARAM_SLOTS && to->subscribed; slot++)
		osc_feedback_value(s, to, slot);
	to->told_playing = -1;
	tell_playing(s, to);
}

void
osc_feedback_changes(osc_server *s)
{
	for (int i = 0; i < OSC_PEERS; i++) {
		osc_peer *p = &s->peer[i];
		for (int slot = 0; slot < PARAM_SLOTS && p->subscribed; slot++) {
			const uint32_t now = version(s, slot);
			const bool corrected = p->corrected[slot];
			p->corrected[slot] = false;
			if (p->seen[slot] == now && !corrected)
				continue;
			const uint32_t source =
			    atomic_load_explicit(&s->control->params->source[slot], memory_order_relaxed);
			if (source == PARAM_SOURCE_FIRST_PEER + (uint32_t)i && !corrected)
				p->seen[slot] = now; /* no echo to the hand that moved it */
			else
				osc_feedback_value(s, p, slot);
		}
		if (p->subscribed)
			tell_playing(s, p);
	}
}

void
osc_feedback_count(osc_server *s)
{
	int n = 0;
	for (int i = 0; i < OSC_PEERS; i++)
		n += s->peer[i].used && s->peer[i].subscribed;
	atomic_store_explicit(&s->subscribers, n, memory_order_relaxed);
}
