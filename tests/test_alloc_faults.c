/* Memory that is not there: every allocation of what Drumlin does at its start and while it loads and saves
 * fails in turn, alone and with all that come after it. What failed says so, leaves nothing behind, and works
 * the next time. */
#include "tests/files.h"
#include "tests/kit_fixture.h"

#include "app/player.h"
#include "app/session.h"
#include "app/take.h"
#include "rt/rng.h"

#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

enum {
	RATE = 48000,
	MOST = 400
}; /* allocations of a scenario that fail one by one; of more, a random choice */

/* --- memory that fails when asked to -------------------------------------------------------------------- */

static _Atomic long countdown = -1, taken, live;
static _Atomic bool for_good; /* all that come after it fail, too */
/* Libraries that do not survive their own want of memory (libsndfile crashes in its FLAC reader, jansson's
 * parser ends in an assertion): what they ask for themselves is always there. */
static const char *spared;

#ifndef SANITIZED
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);
void __libc_free(void *);

static bool
is_spared(const void *caller)
{
	Dl_info from;
	char name[64];
	if (!spared || dladdr(caller, &from) == 0 || !from.dli_fname)
		return false;
	const char *slash = strrchr(from.dli_fname, '/');
	snprintf(name, sizeof name, "%s", slash ? slash + 1 : from.dli_fname);
	name[strcspn(name, ".")] = '\0';
	return strstr(spared, name) != NULL;
}

static bool
fails(const void *caller)
{
	if (is_spared(caller))
		return false;
	atomic_fetch_add(&taken, 1);
	const long left = atomic_load(&countdown);
	if (left < 0)
		return false;
	if (left > 0) {
		atomic_store(&countdown, left - 1);
		return false;
	}
	if (!atomic_load(&for_good))
		atomic_store(&countdown, -1);
	errno = ENOMEM;
	return true;
}

static void *
counted(void *p)
{
	if (p)
		atomic_fetch_add(&live, 1);
	return p;
}

void *
malloc(size_t size)
{
	return fails(__builtin_return_address(0)) ? NULL : counted(__libc_malloc(size));
}

void *
calloc(size_t n, size_t size)
{
	return fails(__builtin_return_address(0)) ? NULL : counted(__libc_calloc(n, size));
}

void *
realloc(void *old, size_t size)
{
	if (fails(__builtin_return_address(0)))
		return NULL;
	void *p = __libc_realloc(old, size);
	return old ? p : counted(p);
}

int
posix_memalign(void **out, size_t alignment, size_t size)
{
	if (fails(__builtin_return_address(0)))
		return ENOMEM;
	*out = counted(__libc_memalign(alignment, size));
	return *out ? 0 : ENOMEM;
}

void *
aligned_alloc(size_t alignment, size_t size)
{
	return fails(__builtin_return_address(0)) ? NULL : counted(__libc_memalign(alignment, size));
}

void
free(void *p)
{
	if (p)
		atomic_fetch_sub(&live, 1);
	__libc_free(p);
}
#endif

/* --- scenarios: each returns what came of it, and has freed everything ------------------------------------
 */

static char *session_path, *folder, *primer_path;
static char *session_text; /* what session_path holds at first */

/* An assertion for the child, in which cmocka must not go on. */
#define HOLDS(condition)                                                                                     \
	do {                                                                                                 \
		if (!(condition)) {                                                                          \
			fprintf(stderr, "%s: not so: %s\n", __func__, #condition);                           \
			abort();                                                                             \
		}                                                                                            \
	} while (0)

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
	const long left = atomic_exchange(&countdown, -1);
	if (!filled)
		fill_session(&s, &bank);
	filled = true;
	atomic_store(&countdown, left);
	const dr_status status = session_write(session_path, &s, err);
	const long rest = atomic_exchange(&countdown, -1);
	HOLDS(file_read_whole(session_path, 1 << 24, &text, &size, NULL) == DR_OK);
	if (session_text)
		HOLDS(strcmp(text, session_text) == 0);
	else
		session_text = strdup(text);
	free(text);
	atomic_store(&countdown, rest);
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
	atomic_store(&countdown, -1);
	files_remove_below(folder);
	return status == DR_OK ? ended : status;
}

/* --- each in turn ----------------------------------------------------------------------------------------
 */

typedef struct progress {
	long at;
	char what[300];
} progress;

typedef struct scenario {
	const char *name;
	dr_status (*run)(dr_error *err);
	const char *spared;
} scenario;

static void
complain(progress *p, const char *what, const char *detail)
{
	snprintf(p->what, sizeof p->what, "%s%s", what, detail);
	_exit(1);
}

/* In the child. */
static void
fail_each(const scenario *sc, uint64_t seed, bool good, progress *p)
{
	dr_error err;
	long failed = 0;
	spared = sc->spared;
	signal(SIGSEGV, SIG_DFL); /* cmocka's handler would go on with the other tests, here */
	signal(SIGABRT, SIG_DFL);
	for (int i = 0; i < 2; i++) { /* what libraries keep for good they have after the first */
		atomic_store(&taken, 0);
		if (sc->run(&err) != DR_OK)
			complain(p, "it does not work at all: ", err.text);
	}
	const long all = atomic_load(&taken);
	for (long n = 0; n < (all < MOST ? all : MOST); n++) {
		p->at = all <= MOST ? n : (long)(rng_next(&seed) % (uint64_t)all);
		err.text[0] = '\0';
		const long before = atomic_load(&live);
		atomic_store(&for_good, good);
		atomic_store(&countdown, p->at);
		const dr_status status = sc->run(&err);
		atomic_store(&countdown, -1);
		if (status != DR_OK && !err.text[0])
			complain(p, "it failed and did not say why", "");
		failed += status != DR_OK;
		if (atomic_load(&live) > before)
			complain(p, "memory was left behind after: ", err.text);
	}
	atomic_store(&for_good, false);
	if (sc->run(&err) != DR_OK)
		complain(p, "it does not recover: ", err.text);
	snprintf(p->what, sizeof p->what, "%ld allocations, %ld failed in turn, %ld errors told", all,
		 all < MOST ? all : MOST, failed);
	_exit(failed > 0 ? 0 : 1);
}

static void
each_fails(const scenario *sc)
{
#ifdef SANITIZED
	skip();
#endif
	const uint64_t seed = test_seed();
	progress *p = mmap(NULL, sizeof *p, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(p != MAP_FAILED);
	for (int good = 0; good < 2; good++) {
		int status;
		memset(p, 0, sizeof *p);
		const pid_t child = fork();
		assert_true(child >= 0);
		if (child == 0)
			fail_each(sc, seed, good != 0, p);
		assert_int_equal(waitpid(child, &status, 0), child);
		if (WIFSIGNALED(status))
			fail_msg("%s: signal %d where allocation %ld failed%s", sc->name, WTERMSIG(status),
				 p->at, good ? " and all after it" : "");
		if (WEXITSTATUS(status) != 0)
			fail_msg("%s: where allocation %ld failed%s: %s", sc->name, p->at,
				 good ? " and all after it" : "", p->what);
		print_message("%s%s: %s\n", sc->name, good ? ", for good" : "", p->what);
	}
	munmap(p, sizeof *p);
}

static void
opening_the_player(void **state)
{
	(void)state;
	each_fails(&(scenario){"player_open", opens, "libjansson"});
}

static void
loading_a_kit(void **state)
{
	(void)state;
	each_fails(&(scenario){"a small kit", loads_small, "libsndfile libFLAC"});
	each_fails(&(scenario){"a kit of the house", loads_of_the_house, "libsndfile libFLAC"});
}

static void
writing_and_reading_a_session(void **state)
{
	(void)state;
	dr_error err;
	assert_int_equal(writes_session(&err), DR_OK);
	each_fails(&(scenario){"writing a session", writes_session, NULL});
	each_fails(&(scenario){"reading a session", reads_session, "libjansson"});
}

static void
recording(void **state)
{
	(void)state;
	each_fails(&(scenario){"recording", records, NULL});
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
