#include "tests/test.h"

#include "model/fileio.h"
#include "tests/perform/parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static params truth;

static bool
expect_lamp(void *user, const uint8_t message[3])
{
	uint8_t(*lamp)[3] = user;
	memcpy(lamp[gig_lamp_of(message)], message, 3);
	return true;
}

/* A free cell's pad may show what the network has planned there. */
static bool
may_play(const map_file *f, int lamp, const uint8_t *shown)
{
	for (int i = 0; i < f->n_lights; i++) {
		const map_light *l = &f->light[i];
		if (l->binding.target.to == MIDI_TO_CELL && l->from == MIDI_FROM_NOTE &&
		    l->number + LIGHT_LAMPS / 2 == lamp && midi_map_acts(&f->map, &l->binding, &truth) &&
		    params_cell(&truth, midi_map_cell(&f->map, 0, &l->binding.target, &truth)).kind ==
			CELL_FREE)
			return shown[2] == l->colour[LIGHT_PLAYS].value ||
			       shown[2] == l->colour[LIGHT_HERE].value;
	}
	return false;
}

static int
compare_lights(const gig_device *d, const map_file *f)
{
	static uint8_t wanted[LIGHT_LAMPS][3];
	static lights l;
	control c = {.params = &truth};
	const lights_view v = {.control = &c};
	int wrong = 0, lit = 0;
	memset(wanted, 0, sizeof wanted);
	lights_forget(&l);
	lights_refresh(&l, f, &v, LIGHT_LAMPS, expect_lamp, wanted);
	for (int i = 0; i < LIGHT_LAMPS; i++) {
		lit += wanted[i][0] != 0;
		if (wanted[i][0] && (!d->lit[i] || memcmp(wanted[i], d->lamp[i], 3) != 0) &&
		    !may_play(f, i, d->lamp[i])) {
			print_message("%s: lamp %d shows %02x %d %d, not %02x %d %d\n", d->map, i,
				      d->lamp[i][0], d->lamp[i][1], d->lamp[i][2], wanted[i][0], wanted[i][1],
				      wanted[i][2]);
			wrong++;
		}
	}
	print_message("%s: %d lamps, %d wrong\n", d->map, lit, wrong);
	assert_true(lit > 8);
	return wrong;
}

static void
said(void *user, const char *line)
{
	(void)user;
	print_message("%s\n", line);
}

int
gig_judge(const gig_tablet *looker, const gig_tablet *tablet)
{
	int wrong = 0;
	char name[PARAM_PATH_MAX];
	params_reset(&truth);
	for (int slot = 0; slot < PARAM_SLOTS; slot++) {
		assert_true(looker->told[slot]);
		params_set(&truth, slot, looker->value[slot], 0);
		if (fabsf(looker->value[slot] - tablet->value[slot]) >
		    1e-4f * fmaxf(1.0f, fabsf(tablet->value[slot]))) {
			print_message("%s: the tablet shows %g, not %g\n", param_path(slot, name),
				      (double)tablet->value[slot], (double)looker->value[slot]);
			wrong++;
		}
	}
	for (int i = 0; i < CELLS; i++) {
		float value = 0.0f;
		sscanf(looker->cell[i], "%f", &value);
		if (*looker->cell[i])
			params_set_cell(&truth, i,
					value > 0 ? cell_hit((int)lrintf(value * 127.0f))
						  : (cell){.kind = CELL_REST});
		if (strcmp(looker->cell[i], tablet->cell[i]) != 0) {
			print_message("cell %d: the tablet shows '%s', not '%s'\n", i, tablet->cell[i],
				      looker->cell[i]);
			wrong++;
		}
	}
	for (int d = 0; d < GIG_DEVICES; d++) {
		static map_file f;
		char path[512];
		char *text;
		size_t size;
		snprintf(path, sizeof path, "%s/data/maps/%s.map", getenv("srcdir") ? getenv("srcdir") : ".",
			 gig_devices[d].map);
		assert_ok(file_read_whole(path, 1 << 20, &text, &size, &test_error));
		assert_int_equal(map_file_parse(text, size, path, &f, said, NULL), 0);
		free(text);
		wrong += compare_lights(&gig_devices[d], &f);
	}
	return wrong;
}
