/* An OSC server on an engine without a host, and two tablets with ports of their own. */
#ifndef DRUMLIN_OSC_RIG_H
#define DRUMLIN_OSC_RIG_H

#include "tests/engine_rig.h"

#include "osc/osc_server.h"

#include <lo/lo.h>
#include <pthread.h>

enum { OSC_RIG_HEARD = 4096, OSC_RIG_TEXT = 160 };

/* A tablet: a port of its own, and every message that has come to it, as text. */
typedef struct osc_tablet {
	lo_server_thread thread;
	lo_server from;
	pthread_mutex_t lock;
	int n;
	char heard[OSC_RIG_HEARD][OSC_RIG_TEXT];
} osc_tablet;

typedef struct osc_rig {
	engine_rig *play;
	control control;
	osc_server *osc;
	lo_address to;
	osc_tablet tablet[2];
} osc_rig;

void osc_rig_open(osc_rig *r, const osc_options *o);
void osc_rig_close(osc_rig *r); /* and frees it */
int osc_rig_set_up(void **state);
int osc_rig_tear_down(void **state);
#define osc_rig_test(test) cmocka_unit_test_setup_teardown(test, osc_rig_set_up, osc_rig_tear_down)

/* Tablet i sends. */
#define osc_rig_say(r, i, ...) lo_send_from((r)->to, (r)->tablet[i].from, LO_TT_IMMEDIATE, __VA_ARGS__)

/* An address of this machine beside the loopback; where it has none, in a network of the test's own, if that
 * is permitted. False otherwise. To be called before there are threads. */
bool osc_rig_own_address(char text[64]);

void osc_rig_ms(int n);

/* How often the tablet has heard that line (or one that begins with it, if it ends in a blank or slash). */
int osc_rig_heard(osc_tablet *t, const char *line);
int osc_rig_count(osc_tablet *t); /* all that it has heard */
void osc_rig_forget(osc_tablet *t);

/* These wait, two seconds at most. */
bool osc_rig_hears(osc_tablet *t, const char *line);
bool osc_rig_becomes(const osc_rig *r, int slot, float value);
bool osc_rig_cell_becomes(const osc_rig *r, int index, cell c);
bool osc_rig_counted(_Atomic uint32_t *counter, uint32_t value);

#endif
