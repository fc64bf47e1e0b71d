/* libFuzzer target: any lines as the arguments of drumlin play. */
#include "app/play_options.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FUZZ_NAME "fuzz_options"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ARGUMENTS = 64 };

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *argv[ARGUMENTS + 2] = {(char[]){"drumlin"}}, *rest = text;
	int argc = 1;
	play_options o;
	dr_error err;
	if (!text)
		abort();
	memcpy(text, data, size);
	text[size] = '\0';
	for (char *word; argc <= ARGUMENTS && (word = strsep(&rest, "\n"));)
		argv[argc++] = word;
	const dr_status status = play_options_parse(&o, argc, argv, &err);
	if (status != DR_OK && (status != DR_USAGE || !err.text[0]))
		abort();
	for (int slot = 0; status == DR_OK && slot < PARAM_GLOBAL_COUNT; slot++)
		if (o.music.given[slot] && !isfinite(o.music.value[slot]))
			abort();
	if (status == DR_OK && (o.osc_port < 0 || o.osc_port > 65535 || o.n_maps > MAPS_GIVEN))
		abort();
	free(text);
	return 0;
}

#include "tests/fuzz/replay.h"
