#include "model/trunk.h"

#include <stdio.h>
#include <string.h>

/* The first is the default. */
static const trunk_type *const types[] = {
    &trunk_gru, &trunk_lstm, &trunk_lookback, &trunk_attention, &trunk_tcn, &trunk_transformer,
};

const trunk_type *
trunk_find(const char *name)
{
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (!name || strcmp(types[i]->name, name) == 0)
			return types[i];
	return NULL;
}

void
trunk_names(char text[TRUNK_NAMES])
{
	size_t used = 0;
	for (size_t i = 0; i < sizeof types / sizeof *types && used < TRUNK_NAMES; i++)
		used +=
		    (size_t)snprintf(text + used, TRUNK_NAMES - used, "%s%s", i ? "|" : "", types[i]->name);
}

void
trunk_init(trunk *t, const trunk_type *type, int inputs, int hidden, int layers, weight_table *p)
{
	memset(t, 0, sizeof *t);
	t->type = type;
	t->inputs = inputs;
	t->hidden = hidden > 0 ? hidden : type->hidden;
	t->layers = layers > 0 ? layers : type->layers;
	type->declare(t, p);
}
