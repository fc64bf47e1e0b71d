/* The arguments of a message. Runs in the OSC thread. */
#include "osc/osc_state.h"

#include <stdlib.h>

int
osc_argc(const lo_message m)
{
	const char *types = lo_message_get_types(m);
	int n = lo_message_get_argc(m);
	while (n > 0 && types[n - 1] == 'N')
		n--;
	return n;
}

/* Clients send floats for everything, toggles as T and F, a bang as I; shells send numbers as text. */
bool
osc_number(const lo_message m, int argument, float *value)
{
	char *end;
	if (argument >= lo_message_get_argc(m))
		return false;
	const lo_arg *a = lo_message_get_argv(m)[argument];
	switch (lo_message_get_types(m)[argument]) {
	case 'i': *value = (float)a->i; return true;
	case 'h': *value = (float)a->h; return true;
	case 'f': *value = a->f; return true;
	case 'd': *value = (float)a->d; return true;
	case 'T':
	case 'I': *value = 1.0f; return true;
	case 'F': *value = 0.0f; return true;
	case 's':
	case 'S': *value = strtof(&a->s, &end); return end != &a->s && *end == '\0';
	default: return false;
	}
}

const char *
osc_text(const lo_message m, int argument)
{
	if (argument >= lo_message_get_argc(m))
		return NULL;
	const char type = lo_message_get_types(m)[argument];
	return type == 's' || type == 'S' ? &lo_message_get_argv(m)[argument]->s : NULL;
}
