/* The arguments of a message. Runs in the OSC thread. */
#include "osc/osc_state.h"

#include <stdlib.h>
#include <string.h>

int
osc_argc(const lo_message m)
{
	const char *types = lo_message_get_types(m);
	int n = lo_message_get_argc(m);
	while (n > 0 && types[n - 1] == 'N')
		n--;
	return n;
}

/* Clients send floats for everything, toggles as T and F, a bang as I; shells send numbers as text. Arguments
 * lie at multiples of four, whatever their type. */
bool
osc_number(const lo_message m, int argument, float *value)
{
	char *end;
	int32_t i;
	int64_t h;
	double d;
	if (argument >= lo_message_get_argc(m))
		return false;
	const char *a = (const char *)lo_message_get_argv(m)[argument];
	switch (lo_message_get_types(m)[argument]) {
	case 'i':
		memcpy(&i, a, sizeof i);
		*value = (float)i;
		return true;
	case 'h':
		memcpy(&h, a, sizeof h);
		*value = (float)h;
		return true;
	case 'f': memcpy(value, a, sizeof *value); return true;
	case 'd':
		memcpy(&d, a, sizeof d);
		*value = (float)d;
		return true;
	case 'T':
	case 'I': *value = 1.0f; return true;
	case 'F': *value = 0.0f; return true;
	case 's':
	case 'S': *value = strtof(a, &end); return end != a && *end == '\0';
	default: return false;
	}
}

const char *
osc_text(const lo_message m, int argument)
{
	if (argument >= lo_message_get_argc(m))
		return NULL;
	const char type = lo_message_get_types(m)[argument];
	return type == 's' || type == 'S' ? (const char *)lo_message_get_argv(m)[argument] : NULL;
}
