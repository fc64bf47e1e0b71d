/* Every allocation of what Drumlin does at its start and while it loads and saves fails in turn. */
#include "tests/alloc_faults.h"
#include "tests/files.h"
#include "tests/kit_fixture.h"

#include "app/player.h"
#include "app/session.h"
#include "app/take.h"
#include "rt/rng.h"

enum { RATE = 48000 };

/* --- scenarios: each returns what came of it, and has freed everything -- */

static char *session_path, *folder, *primer_path;
static char *session_text; /* what session_path holds at first */

static void
quiet(void *user, const char *line)
{
	(void)user;
	(void)line;
}

static dr_status
opens(dr_error *err)
{
	static player p;
	const music_options o = {.primer = primer_path};
	const dr_status status = player_open(&p, &o, RATE, false, quiet, NULL, err);
	if (status == DR_OK)
		player_close(&p);
	return status;
}

static dr_status
loads(const char *name, dr_error *err)
{
	const music_options o = {.kit = {name}, .n_kits = 1};
	kit_set *set = NULL;
	const dr_status status = player_load_kits(&o, RATE, false, NULL, quiet, NULL, &set, err);
	if (status == DR_OK) {
		HOLDS(set);
		kit_set_free(set);
	}
	return status;
}

static dr_status
loads_small(dr_error *err)
{
	return loads(fixture_path("drumkit.xml"), err);
}

static dr_status
loads_of_the_house(dr_error *err)
{
	return loads(DRUMLIN_SOURCE_DATADIR "/kits/slag", err);
}

static void
fill_session(session *s, scenes *bank)
{
	static params p;
	static control c;
	uint64_t seed = 1;
	params_reset(&p);
	for (int i = 0; i < CELLS; i += 7)
		params_set_cell(&p, i, cell_unpack((uint32_t)rng_mix(seed + (uint64_t)i)));
	control_init(&c, &p, NULL);
	scenes_init(bank, &c);
	HOLDS(scenes_store(bank, 3));
	const music_options o = {.kit = {"basalt", "slag"}, .n_kits = 2, .model = "default"};
	HOLDS(session_take(s, &p, "techno", &o) && session_take_scenes(s, bank));
}

/* The old file or the new one, and never less than that. */
static dr_status
writes_session(dr_error *err)
{
	static session s;
	static scenes bank;
	static bool filled;
	char *text;
	size_t size;
	const long left = alloc_hold();
	if (!filled)
		fill_session(&s, &bank);
	filled = true;
	alloc_go_on(left);
	const dr_status status = session_write(session_path, &s, err);
	const long rest = alloc_hold();
	HOLDS(file_read_whole(session_path, 1 << 24, &text, &size, NULL) == DR_OK);
	if (session_text)
		HOLDS(strcmp(text, session_text) == 0);
	else
		session_text = strdup(text);
	free(text);
	alloc_go_on(rest);
	return status;
}

static dr_status
reads_session(dr_error *err)
{
	session s;
	const dr_status status = session_read(session_path, &s, quiet, NULL, err);
	if (status == DR_OK) { /* all of it */
		HOLDS(s.n_kits == 2);
		HOLDS(s.model);
		HOLDS(strcmp(s.style, "techno") == 0);
		HOLDS(s.scenes[2].used);
	}
	session_clear(&s);
	return status;
}

static dr_status
records(dr_error *err)
{
	static float sound[480];
	const float *bus[2 * INSTRUMENTS];
	tape *t = NULL;
	take *k = NULL;
	for (int i = 0; i < 2 * INSTRUMENTS; i++)
		bus[i] = sound;
	dr_status status = tape_new(true, RATE, &t, err);
	if (status != DR_OK)
		return status;
	status = take_begin(folder, t, &k, err);
	for (int i = 0; i < 20 && status == DR_OK; i++) {
		tape_strike(t, 7, 120.0f, 0.0f, INST_BD, 100);
		tape_write(t, RATE, 480, sound, sound, bus);
		status = take_write(k, err);
	}
	dr_error later;
	const dr_status ended = k ? take_end(k, status == DR_OK ? err : &later) : DR_OK;
	tape_free(t);
	/* A hundred takes in the same second are too many. */
	(void)alloc_hold();
	files_remove_below(folder);
	return status == DR_OK ? ended : status;
}

static void
opening_the_player(void **state)
{
	(void)state;
	alloc_each_fails(&(alloc_scenario){"player_open", opens, "libjansson"});
}

static void
loading_a_kit(void **state)
{
	(void)state;
	alloc_each_fails(&(alloc_scenario){"a small kit", loads_small, "libsndfile libFLAC"});
	alloc_each_fails(&(alloc_scenario){"a kit of the house", loads_of_the_house, "libsndfile libFLAC"});
}

static void
writing_and_reading_a_session(void **state)
{
	(void)state;
	dr_error err;
	assert_int_equal(writes_session(&err), DR_OK);
	alloc_each_fails(&(alloc_scenario){"writing a session", writes_session, NULL});
	alloc_each_fails(&(alloc_scenario){"reading a session", reads_session, "libjansson"});
}

static void
recording(void **state)
{
	(void)state;
	alloc_each_fails(&(alloc_scenario){"recording", records, NULL});
}

static const char primer[] =
    "name: Two kicks\ntempo: 130\nmetre: 4/4\n\nBD  X...x...X...x...\nCH  ..x...x...x...x.\n";

static int
up(void **state)
{
	files_make();
	session_path = files_path("set.json");
	primer_path = files_path("primer.drum");
	folder = files_path("takes/x");
	files_put("primer.drum", primer, sizeof primer - 1);
	if (fixture_up(state) != 0)
		return -1;
	fixture_sine("a.wav", RATE, 2, 1000, 200.0, 0.5);
	fixture_sine("b.flac", 44100, 1, 1000, 300.0, 0.5);
	fixture_kit(
	    "<instrument><name>Kick</name><midiOutNote>36</midiOutNote><layer><filename>a.wav</filename>"
	    "<min>0</min><max>1</max></layer></instrument><instrument><name>Snare</name><midiOutNote>38"
	    "</midiOutNote><layer><filename>b.flac</filename><min>0</min><max>1</max></layer></instrument>");
	return 0;
}

static int
down(void **state)
{
	files_remove();
	free(session_path);
	free(session_text);
	free(primer_path);
	free(folder);
	return fixture_down(state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(opening_the_player),
	    cmocka_unit_test(loading_a_kit),
	    cmocka_unit_test(writing_and_reading_a_session),
	    cmocka_unit_test(recording),
	};
	return cmocka_run_group_tests(tests, up, down);
}
