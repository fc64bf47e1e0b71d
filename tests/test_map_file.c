/* Map files: what lines mean, what is wrong with others and where; and every shipped map. */
#include "tests/test.h"

#include "model/fileio.h"
#include "osc/map_file.h"
#include "osc/midi_maps.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

static map_file f;
static char said[64][512];
static int n_said;

static void
say(void *user, const char *line)
{
	(void)user;
	if (n_said < 64)
		snprintf(said[n_said++], sizeof *said, "%s", line);
}

static int
parse(const char *text)
{
	n_said = 0;
	return map_file_parse(text, strlen(text), "a.map", &f, say, NULL);
}

static const midi_binding *
only(const char *text)
{
	if (parse(text) != 0 || f.map.n_bindings != 1)
		fail_msg("%s: %d bindings, %s", text, f.map.n_bindings, n_said ? said[0] : "no fault");
	return &f.map.binding[0];
}

static void
lines_mean_what_they_say(void **state)
{
	(void)state;
	const midi_binding *b = only("cc 0 channel any -> BD/level");
	assert_true(b->from == MIDI_FROM_CC && b->number == 0 && b->channel == -1 && b->pickup);
	assert_true(b->how == MIDI_ABSOLUTE && b->target.which == param_slot(PARAM_LEVEL, INST_BD));
	b = only("  cc 16 channel 3 -> density range 0.2 0.9 curve log jump # words behind\r\n");
	assert_true(b->ranged && b->low == 0.2f && b->high == 0.9f && b->curve == MIDI_CURVE_LOG);
	assert_true(!b->pickup && b->channel == 2);
	b = only("note 36 -> toggle BD/mute");
	assert_true(b->from == MIDI_FROM_NOTE && b->how == MIDI_TOGGLE);
	assert_true(only("note 60 -> momentary repeat")->how == MIDI_MOMENTARY);
	assert_true(only("note 60 -> BD/mute")->how == MIDI_TOGGLE);
	b = only("cc 20 relative twos -> tempo step 0.5");
	assert_true(b->how == MIDI_TWOS && b->step == 0.5f && b->target.which == PARAM_TEMPO);
	assert_true(only("cc 20 relative offset -> tempo")->how == MIDI_OFFSET);
	assert_true(only("cc 20 relative sign -> tempo")->how == MIDI_SIGN);
	assert_true(only("cc14 1 -> tempo")->from == MIDI_FROM_CC14);
	assert_true(only("nrpn 16383 -> tempo")->number == 16383);
	assert_true(only("bend -> tempo")->from == MIDI_FROM_BEND);
	assert_true(only("pressure -> tempo")->from == MIDI_FROM_PRESSURE);
	assert_true(only("keypressure 60 -> tempo")->from == MIDI_FROM_KEY_PRESSURE);
	b = only("note 60 -> command fill");
	assert_true(b->target.to == MIDI_TO_COMMAND && b->target.which == COMMAND_FILL &&
		    b->how == MIDI_PRESS);
	b = only("note 60 -> scene 3");
	assert_true(b->target.which == COMMAND_SCENE && b->target.has_value && b->target.value == 3.0f);
	b = only("note 60 -> SD/trigger value 100");
	assert_true(b->target.which == COMMAND_TRIGGER && b->target.instrument == INST_SD);
	b = only("note 60 -> metre value 7/8");
	assert_true(b->how == MIDI_PRESS && b->target.value == 4.0f);
	b = only("note 81 -> cell CH 5");
	assert_true(b->target.to == MIDI_TO_CELL && b->target.instrument == INST_CH && b->target.step == 4);
	b = only("cc 91 -> page steps next");
	assert_true(b->target.to == MIDI_TO_PAGE && b->target.move == 1);
	b = only("takeover jump\nchannel 2\nlayer 2\ncc 1 -> tempo");
	assert_true(!b->pickup && b->channel == 1 && b->layer == 2 && f.map.grid[0].layers == 2);
	assert_int_equal(
	    parse("device \"A B\" c\ndrums channel 10\nstart F0 00 F7\nstart 90 01 02\nend b0 7 7f"), 0);
	assert_true(f.n_devices == 2 && f.map.drums == 1 << 9 && f.start.size == 6 && f.end.size == 3);
	assert_int_equal(
	    parse("grid note 81 by 1 -10 size 8 4 -> cells BD SD CP RS CH light hit 5 plays 3@2"), 0);
	assert_true(f.map.n_bindings == 32 && f.n_lights == 32 && f.map.grid[0].n_instruments == 5);
	assert_true(f.map.binding[0].number == 51 && f.map.binding[0].target.row == 3);
	assert_true(f.light[9].number == 72 && f.light[9].colour[LIGHT_PLAYS].channel == 1);
}

static void
faults_have_a_line_and_a_column_and_the_rest_is_used(void **state)
{
	(void)state;
	static const struct {
		const char *line, *where, *what;
	} wrong[] = {
	    {"cc 128 -> tempo", "a.map:2:4:", "127"},
	    {"cc 1 -> BD/levle", "a.map:2:9:", "BD/levle: no such parameter or command"},
	    {"cc 1 -> command tempo", "a.map:2:17:", "no such command"},
	    {"cc 1 tempo", "a.map:2:6:", "->"},
	    {"knob 1 -> tempo", "a.map:2:1:", "keypressure"},
	    {"cc 1 channel 17 -> tempo", "a.map:2:14:", "16"},
	    {"cc 1 -> tempo range 10 20", "a.map:2:21:", "between 20 and 300"},
	    {"cc 1 -> tempo range 20", "a.map:2:23:", "between 20 and 300"},
	    {"cc 1 -> tempo curve steep", "a.map:2:21:", "log or linear"},
	    {"cc 1 -> tempo and more", "a.map:2:15:", "and: not expected here"},
	    {"note 1 relative twos -> tempo", "a.map:2:17:", "only cc"},
	    {"cc 1 relative trios -> tempo", "a.map:2:15:", "twos"},
	    {"cc 1 relative twos -> play", "a.map:2:23:", "only parameters"},
	    {"cc 1 -> toggle play", "a.map:2:16:", "toggled"},
	    {"cc 1 -> play range 0 1", "a.map:2:20:", "only parameters"},
	    {"cc 1 -> page pages next", "a.map:2:14:", "steps"},
	    {"cc 1 -> cell XX 1", "a.map:2:14:", "instrument"},
	    {"cc 1 -> cell BD 33", "a.map:2:17:", "32"},
	    {"cc 1 ->", "a.map:2:8:", "wanted here"},
	    {"bend -> tempo light on 1", "a.map:2:21:", "only cc and note"},
	    {"cc 1 -> tempo light", "a.map:2:20:", "shows"},
	    {"cc 1 -> tempo light on 128", "a.map:2:24:", "127"},
	    {"cc 1 -> tempo light on 1@17", "a.map:2:24:", "CHANNEL"},
	    {"cc 1 -> tempo light glow 1", "a.map:2:21:", "glow"},
	    {"start F0 00", "a.map:2:12:", "F7"},
	    {"start 00 F7", "a.map:2:7:", "status"},
	    {"start F0 F0 F7", "a.map:2:10:", "status"},
	    {"start F0 XX F7", "a.map:2:10:", "hexadecimal"},
	    {"device", "a.map:2:7:", "name"},
	    {"grid note 81 by 1 -10 size 8 10 -> cells BD", "a.map:2:33:", "corner"},
	    {"grid note 81 by 1 -10 size 8 8 -> cells", "a.map:2:40:", "instrument"},
	    {"cc 1 -> scene/current", "a.map:2:9:", "cannot be set"},
	    {"layer 99", "a.map:2:7:", "16"},
	    {"light cc 1 tempo on 1", "a.map:2:", "<- is wanted"},
	    {"light cc 1 <- tempo is fast on 1", "a.map:2:", "between"},
	    {"grid note 81 size 8 8 -> cells BD", "a.map:2:", "by is wanted"},
	    {"grid note 81 by 1 x size 8 8 -> cells BD", "a.map:2:", "127"},
	    {"grid note 81 by 1 -10 8 8 -> cells BD", "a.map:2:", "size is wanted"},
	    {"grid note 81 by 1 -10 size 99 8 -> cells BD", "a.map:2:", "32"},
	    {"grid note 81 by 1 -10 size 8 8 cells BD", "a.map:2:", "-> is wanted"},
	    {"grid note 81 by 1 -10 size 8 8 -> BD", "a.map:2:", "cells is wanted"},
	    {"grid note 1 by 1 1 size 1 1 -> cells BD BD BD BD BD BD BD BD BD BD BD BD BD",
	     "a.map:2:", "only 12"},
	    {"grid note 81 by 1 -10 size 8 8 -> cells BD light glow 1", "a.map:2:", "glow"},
	    {"drums 10", "a.map:2:", "channel is wanted"},
	    {"channel 17", "a.map:2:", "16"},
	    {"takeover maybe", "a.map:2:", "pickup or jump"},
	    {"device a b c d e f g h i j k l m n o p q r s t", "a.map:2:", "names"},
	};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		char text[256];
		snprintf(text, sizeof text, "cc 1 -> swing\n%s\ncc 2 -> density\n", wrong[i].line);
		if (parse(text) != 1)
			fail_msg("%s: %d faults", wrong[i].line, n_said);
		if (strncmp(said[0], wrong[i].where, strlen(wrong[i].where)) != 0 ||
		    !strstr(said[0], wrong[i].what))
			fail_msg("%s: said %s", wrong[i].line, said[0]);
		assert_int_equal(f.map.n_bindings, 2);
	}
}

static void
ports_are_known_by_any_spelling(void **state)
{
	(void)state;
	parse("device \"Launchpad Mini MK3 MIDI 2\" nanoKONTROL2");
	assert_true(map_file_is_for(&f, "Launchpad Mini MK3 MIDI 2"));
	assert_true(map_file_is_for(&f, "alsa:Launchpad-Mini-MK3/midi_2"));
	assert_true(map_file_is_for(&f, "a2j:Launchpad Mini MK3 [20] (capture): Launchpad Mini MK3 MIDI 2"));
	assert_true(map_file_is_for(&f, "Midi-Bridge:nanokontrol2 nanoKONTROL2 _ CTRL"));
	assert_false(map_file_is_for(&f, "Launchpad Mini MK3 MIDI 1"));
	assert_false(map_file_is_for(&f, ""));
}

static void
what_is_written_reads_back(void **state)
{
	(void)state;
	static const char *const lines[] = {"cc 16 channel 3 -> density range 0.200000003 0.899999976 jump",
					    "note 36 -> toggle BD/mute",
					    "note 60 channel 1 -> momentary repeat",
					    "cc 20 relative sign -> tempo",
					    "cc14 1 -> tempo",
					    "nrpn 300 -> kit/x",
					    "bend channel 1 -> kit/y",
					    "note 40 -> metre value 4"};
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		char line[160];
		map_line_write(only(lines[i]), line, sizeof line);
		assert_string_equal(line, lines[i]);
	}
}

/* --- the shipped ones -------------------------------------------------------------------------------------
 */

static void
read_shipped(const char *name)
{
	char path[512], *text;
	size_t size;
	snprintf(path, sizeof path, "%s/maps/%s", DRUMLIN_SOURCE_DATADIR, name);
	assert_ok(file_read_whole(path, 1 << 20, &text, &size, &test_error));
	n_said = 0;
	const int faults = map_file_parse(text, size, path, &f, say, NULL);
	if (faults)
		fail_msg("%s", said[0]);
	free(text);
}

static void
every_shipped_map_is_without_fault_and_for_a_device(void **state)
{
	(void)state;
	int maps = 0;
	DIR *folder = opendir(DRUMLIN_SOURCE_DATADIR "/maps");
	assert_non_null(folder);
	for (struct dirent *e; (e = readdir(folder));) {
		if (!strstr(e->d_name, ".map"))
			continue;
		read_shipped(e->d_name);
		assert_true(f.n_devices > 0 && f.map.n_bindings > 0);
		maps++;
	}
	closedir(folder);
	assert_int_equal(maps, 4);
}

static void
the_built_in_map_is_the_nanokontrols(void **state)
{
	(void)state;
	static midi_map own;
	midi_map_default(&own);
	read_shipped("nanokontrol2.map");
	assert_int_equal(own.drums, f.map.drums);
	for (int i = 0; i < own.n_bindings; i++) {
		bool found = false;
		for (int k = 0; k < f.map.n_bindings && !found; k++) {
			const midi_binding *a = &own.binding[i], *b = &f.map.binding[k];
			found = midi_same_control(a, b) && a->how == b->how && a->pickup == b->pickup &&
				a->target.to == b->target.to && a->target.which == b->target.which;
		}
		if (!found)
			fail_msg("cc %d is not the same", own.binding[i].number);
	}
}

static void
the_map_is_chosen_by_the_ports_name_or_by_wish(void **state)
{
	(void)state;
	static const struct {
		const char *text, *path;
		bool given;
	} files[] = {
	    {"device knobs\ncc 1 -> tempo\n", "/own/knobs.map", false},
	    {"device knobs\ncc 1 -> swing\n", "/shipped/knobs.map", false}, /* the same name, later */
	    {"device pads\ncc 1 -> density\n", "/shipped/pads.map", false}};
	map_file *chosen[MIDI_CHOSEN];
	midi_maps *m = midi_maps_new();
	for (int i = 0; i < 3; i++)
		assert_int_equal(midi_maps_add(m, files[i].text, strlen(files[i].text), files[i].path,
					       files[i].given, say, NULL),
				 0);
	assert_int_equal(midi_maps_for(m, "Knobs MIDI 1", chosen), 1);
	assert_string_equal(chosen[0]->path, "/own/knobs.map");
	assert_int_equal(midi_maps_for(m, "another", chosen), 0);
	static const char wished[] = "cc 2 -> volume\n";
	midi_maps_add(m, wished, strlen(wished), "mine.map", true, say, NULL);
	assert_int_equal(midi_maps_for(m, "another", chosen), 1);
	assert_string_equal(chosen[0]->path, "mine.map");
	assert_int_equal(midi_maps_for(m, "pads", chosen), 2); /* it names no port: it is for all */
	static const char learned[] = "cc 1 -> kit/x\n";
	midi_maps_learned(m, learned, strlen(learned), "learned.map", say, NULL);
	midi_map *map = midi_maps_compose(m, chosen, 2);
	assert_int_equal(map->n_bindings, 2);
	assert_int_equal(map->binding[0].target.which, PARAM_KIT_X);
	assert_int_equal(map->binding[1].target.which, PARAM_VOLUME);
	free(map);
	map = midi_maps_compose(m, NULL, 0); /* the built-in one */
	assert_int_equal(map->drums, 0xffff);
	free(map);
	midi_maps_free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lines_mean_what_they_say),
	    cmocka_unit_test(faults_have_a_line_and_a_column_and_the_rest_is_used),
	    cmocka_unit_test(ports_are_known_by_any_spelling),
	    cmocka_unit_test(what_is_written_reads_back),
	    cmocka_unit_test(every_shipped_map_is_without_fault_and_for_a_device),
	    cmocka_unit_test(the_built_in_map_is_the_nanokontrols),
	    cmocka_unit_test(the_map_is_chosen_by_the_ports_name_or_by_wish),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
