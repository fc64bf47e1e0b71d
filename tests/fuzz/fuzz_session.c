/* libFuzzer target: any bytes as a session file, put into a running program's controls and scenes, and taken
 * out of them again. */
#include "app/session.h"

#include <stdlib.h>
#include <string.h>

#define FUZZ_NAME "fuzz_session"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
ignore(void *user, const char *line)
{
	*(char *)user ^= line[0];
}

static int
find(void *user, const char *name)
{
	(void)user;
	return name[0] == 't' ? 2 : -1;
}

static void
check(const params *p)
{
	for (int slot = 0; slot < PARAM_SLOTS; slot++)
		if (!(params_get(p, slot) >= param_describe(slot)->low &&
		      params_get(p, slot) <= params_high(p, slot)))
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static params p;
	static scenes bank;
	static control c;
	char heard = 0;
	session s, again;
	dr_error err;
	if (session_parse((const char *)data, size, "fuzz", &s, ignore, &heard, &err) != DR_OK)
		return 0;
	params_reset(&p);
	control_init(&c, &p, NULL);
	scenes_init(&bank, &c);
	music_options o = {0};
	session_map_styles(&s, find, NULL);
	session_to_params(&s, &p, true);
	session_to_scenes(&s, &bank);
	session_to_options(&s, &o);
	check(&p);
	const engine_status now = {.place = {.len = 16, .metre = {4, 4, false}}};
	for (int i = 1; i <= SCENES; i++) {
		scenes_call(&bank, i, &now);
		check(&p);
	}
	if (!session_take(&again, &p, s.style, &o) || !session_take_scenes(&again, &bank))
		abort();
	session_clear(&again);
	session_clear(&s);
	scenes_destroy(&bank);
	control_destroy(&c);
	return 0;
}

#include "tests/fuzz/replay.h"
