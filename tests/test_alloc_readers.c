/* Every allocation of those who read what comes from outside, and write it, fails in turn: kits of every
 * form, models, sounds. */
#include "tests/alloc_faults.h"
#include "tests/kit_fixture.h"

#include "model/audiofile.h"
#include "model/fileio.h"
#include "model/kit_hydrogen.h"
#include "model/model_file.h"
#include "model/safetensors.h"

#include <dirent.h>
#include <string.h>

enum { RATE = 48000 };

static char kit_path[512], other_path[512];

static void
quiet(void *user, const char *line)
{
	(void)user;
	(void)line;
}

static dr_status
loads(dr_error *err)
{
	kit *k = NULL;
	const kit_load_options o = {.rate = RATE, .warn = quiet};
	const dr_status status = kit_load_with(kit_path, &o, &k, err);
	if (status == DR_OK)
		kit_free(k);
	return status;
}

static void
kit_is(const char *name)
{
	snprintf(kit_path, sizeof kit_path, "%s", fixture_path(name));
}

static const char spared[] = "libsndfile libFLAC";

static void
a_folder_of_samples(void **state)
{
	(void)state;
	fixture_folder("pack");
	fixture_folder("pack/Kicks");
	fixture_drum("pack/Kicks/one.wav", FIXTURE_KICK, 0);
	fixture_drum("pack/snare soft.wav", FIXTURE_SNARE, 0);
	fixture_drum("pack/snare hard.wav", FIXTURE_SNARE, 1);
	fixture_drum("pack/tom 1.wav", FIXTURE_TOM, 0);
	fixture_drum("pack/tom 2.wav", FIXTURE_TOM, 1);
	kit_is("pack");
	alloc_each_fails(&(alloc_scenario){"a folder of samples", loads, spared});
}

static void
an_sfz_file(void **state)
{
	(void)state;
	fixture_sine("a.wav", RATE, 1, 500, 200.0, 0.5);
	fixture_text("keys.sfz", "#define $BD 36\n");
	fixture_text("kit.sfz", "#include \"keys.sfz\"\n<group> key=$BD\n<region> sample=a.wav lovel=64\n"
				"<region> sample=a.wav volume=-6\n<region> key=38 sample=a.wav\n");
	kit_is("kit.sfz");
	alloc_each_fails(&(alloc_scenario){"an SFZ file", loads, spared});
}

static dr_status
loads_mapped(dr_error *err)
{
	kit *k = NULL;
	const kit_load_options o = {.rate = RATE, .warn = quiet};
	const dr_status status = kit_load_with(kit_path, &o, &k, err);
	if (status == DR_OK) {
		HOLDS(strcmp(k->name, "tiny") == 0); /* and not the folder that the map lies in */
		kit_free(k);
	}
	return status;
}

static void
a_kit_map(void **state)
{
	(void)state;
	fixture_sine("a.wav", RATE, 1, 500, 200.0, 0.5);
	fixture_kit("<instrument><name>Kick</name><layer><filename>a.wav</filename></layer></instrument>");
	fixture_folder("maps");
	fixture_sine("maps/kick.wav", RATE, 1, 500, 200.0, 0.5);
	fixture_text("maps/one.kitmap", "kit = ..\nSD = a.wav velocity 1-63\nSD = a.wav velocity 64-127\n"
					"RS = a.wav tune 7\nPC = instrument Kick\n");
	kit_is("maps/one.kitmap");
	alloc_each_fails(&(alloc_scenario){"a kit map", loads_mapped, spared});
}

/* --- what is written: the old file or the new one, and never less than that -- */

static char *written;
static size_t written_size;

/* Also at the beginning: a test that is skipped is left in its middle. */
static void
forget_written(void)
{
	free(written);
	written = NULL;
}

/* The file holds what the first of all calls has found there. */
static void
is_whole(const char *path)
{
	char *data;
	size_t size;
	const long left = alloc_hold();
	HOLDS(file_read_whole(path, 1 << 20, &data, &size, NULL) == DR_OK);
	if (!written) {
		written = data;
		written_size = size;
	} else {
		HOLDS(size == written_size && memcmp(data, written, size) == 0);
		free(data);
	}
	alloc_go_on(left);
}

static dr_status
writes_and_reads_drumkit(dr_error *err)
{
	kit_warner warner = {.where = "drumkit"};
	kit_desc *d, *back;
	dr_status status = kit_hydrogen_read(kit_path, &warner, &d, err);
	if (status != DR_OK)
		return status;
	status = kit_hydrogen_write(d, other_path, err);
	kit_desc_free(d);
	is_whole(other_path);
	if (status == DR_OK)
		status = kit_hydrogen_read(other_path, &warner, &back, err);
	if (status == DR_OK) {
		HOLDS(back->n_instruments == 2);
		kit_desc_free(back);
	}
	return status;
}

static void
no_files_are_left_beside(const char *path)
{
	char *folder = strdup(path);
	*strrchr(folder, '/') = '\0';
	DIR *dir = opendir(folder);
	const struct dirent *entry;
	assert_non_null(dir);
	while ((entry = readdir(dir)))
		assert_null(strstr(entry->d_name, ".part"));
	closedir(dir);
	free(folder);
}

static void
a_drumkit_written(void **state)
{
	(void)state;
	fixture_kit("<instrument><name>Kick</name><layer><filename>a.wav</filename></layer></instrument>"
		    "<instrument><name>Snare</name><layer><filename>b.wav</filename></layer></instrument>");
	kit_is("drumkit.xml");
	snprintf(other_path, sizeof other_path, "%s", fixture_path("out.xml"));
	forget_written();
	assert_ok(writes_and_reads_drumkit(&test_error));
	alloc_each_fails(&(alloc_scenario){"a drumkit written and read", writes_and_reads_drumkit, NULL});
	no_files_are_left_beside(other_path);
	forget_written();
}

static dr_status
writes_tensors(dr_error *err)
{
	static const float values[6] = {1.0f, 2.0f, 3.0f, 4.0f, 5.0f, 6.0f};
	static const safetensors_out tensor[] = {{"one", 1, 4, values}, {"two", 2, 3, values}};
	static const char *const metadata[] = {"format", "test", "name", "Some", NULL};
	const dr_status status = safetensors_write(other_path, tensor, 2, metadata, err);
	is_whole(other_path);
	return status;
}

static dr_status
reads_tensors(dr_error *err)
{
	safetensors *s;
	const dr_status status = safetensors_parse(written, written_size, other_path, &s, err);
	if (status == DR_OK) {
		HOLDS(safetensors_count(s) == 2);
		HOLDS(safetensors_find(s, "two"));
		HOLDS(strcmp(safetensors_metadata(s, "name"), "Some") == 0);
		safetensors_free(s);
	}
	return status;
}

static void
tensors(void **state)
{
	(void)state;
	snprintf(other_path, sizeof other_path, "%s", fixture_path("out.safetensors"));
	forget_written();
	assert_ok(writes_tensors(&test_error));
	alloc_each_fails(&(alloc_scenario){"tensors written", writes_tensors, NULL});
	no_files_are_left_beside(other_path);
	alloc_each_fails(&(alloc_scenario){"tensors read", reads_tensors, "libjansson"});
	forget_written();
}

static model_info info = {.config = {NULL, 8, 1, 8, 8}, .n_styles = 1, .hits_per_bar = 12};
static touch_cell map[TOUCH_CELLS];
static net whole_net;
static float *weights;

static dr_status
writes_model(dr_error *err)
{
	const dr_status status = model_write(other_path, &info, &whole_net, weights, err);
	is_whole(other_path);
	return status;
}

static dr_status
reads_model(dr_error *err)
{
	model *m;
	const dr_status status = model_load(other_path, &m, err);
	if (status == DR_OK) {
		HOLDS(m->info.n_styles == 1);
		HOLDS(strcmp(m->info.style[0].name, "techno") == 0);
		HOLDS(m->info.touch &&
		      m->info.touch[TOUCH_CELLS - 1].played_velocity[MODEL_VELOCITIES] == 1.0f);
		model_free(m);
	}
	return status;
}

static void
a_model(void **state)
{
	(void)state;
	snprintf(other_path, sizeof other_path, "%s", fixture_path("out.safetensors"));
	info.config.type = trunk_find("gru");
	strcpy(info.style[0].name, "techno");
	touch_start(map);
	info.touch = map;
	info.style[0].touch = 1;
	assert_ok(net_init(&whole_net, &info.config, &test_error));
	weights = weights_alloc(whole_net.weights.total);
	weights_init(&whole_net.weights, 1, weights);
	forget_written();
	assert_ok(writes_model(&test_error));
	alloc_each_fails(&(alloc_scenario){"a model written", writes_model, NULL});
	no_files_are_left_beside(other_path);
	alloc_each_fails(&(alloc_scenario){"a model read", reads_model, "libjansson"});
	free(weights);
	forget_written();
}

static dr_status
reads_sound(dr_error *err)
{
	float *data;
	uint32_t frames;
	int channels;
	const dr_status status = audiofile_read(kit_path, 44100, 10.0, &data, &frames, &channels, err);
	if (status == DR_OK) {
		HOLDS(frames >= 88198 &&
		      frames <= 88202); /* without room for the table, the library resamples */
		free(data);
	} else {
		HOLDS(strstr(err->text, "long.wav"));
	}
	return status;
}

/* Long enough that its room grows, and at another rate. */
static void
a_sound_read(void **state)
{
	(void)state;
	fixture_sine("long.wav", RATE, 1, 96000, 200.0, 0.5);
	kit_is("long.wav");
	alloc_each_fails(&(alloc_scenario){"a sound read", reads_sound, spared});
}

int
main(void)
{
#define IN_FOLDER(f) cmocka_unit_test_setup_teardown(f, fixture_up, fixture_down)
	const struct CMUnitTest tests[] = {
	    IN_FOLDER(a_folder_of_samples), IN_FOLDER(an_sfz_file), IN_FOLDER(a_kit_map),
	    IN_FOLDER(a_drumkit_written),   IN_FOLDER(tensors),     IN_FOLDER(a_model),
	    IN_FOLDER(a_sound_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
