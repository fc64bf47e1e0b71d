#include "model/without.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	unsigned part;
} parts[] = {
    {"recall", WITHOUT_RECALL},     {"exchange", WITHOUT_EXCHANGE},     {"entry", WITHOUT_ENTRY},
    {"crossing", WITHOUT_CROSSING}, {"playing-on", WITHOUT_PLAYING_ON}, {"averaging", WITHOUT_AVERAGING},
    {"wishless", WITHOUT_WISHLESS}, {"chain", WITHOUT_CHAIN},           {"programming", WITHOUT_PROGRAMMING},
    {"layers", WITHOUT_LAYERS},     {"changes", WITHOUT_CHANGES},       {"stretching", WITHOUT_STRETCHING},
    {"telling", WITHOUT_TELLING},   {"emphasis", WITHOUT_EMPHASIS},     {"openings", WITHOUT_OPENINGS},
};

static unsigned
find(const char *name, size_t length)
{
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		if (strlen(parts[i].name) == length && strncmp(parts[i].name, name, length) == 0)
			return parts[i].part;
	return 0;
}

bool
without_parse(const char *list, unsigned *out)
{
	*out = 0;
	for (;;) {
		const size_t length = strcspn(list, ",");
		const unsigned part = find(list, length);
		if (!part)
			return false;
		*out |= part;
		if (!list[length])
			return true;
		list += length + 1;
	}
}

void
without_names(char text[WITHOUT_TEXT])
{
	size_t used = 0;
	for (size_t i = 0; i < sizeof parts / sizeof *parts && used < WITHOUT_TEXT; i++)
		used +=
		    (size_t)snprintf(text + used, WITHOUT_TEXT - used, "%s%s", i ? "," : "", parts[i].name);
}

/* The weights of some of the inputs. */
static void
clear_inputs(const net *n, int first, int count, float *w)
{
	for (int i = 0; i < n->weights.n; i++) {
		const weight_tensor *t = &n->weights.item[i];
		if (t->rows == FEATURES)
			memset(w + t->offset + (size_t)first * (size_t)t->cols, 0,
			       (size_t)count * (size_t)t->cols * sizeof *w);
	}
}

void
without_weights(unsigned without, const net *n, float *w)
{
	if (without & WITHOUT_CHAIN)
		memset(w + n->chain.at[CHAIN_HIT], 0,
		       (size_t)INSTRUMENTS * (size_t)n->chain.hidden * sizeof *w);
	if (without & WITHOUT_TELLING)
		clear_inputs(n, FEATURE_AT_ANYTHING, 1, w);
	if (!(without & WITHOUT_RECALL))
		return;
	clear_inputs(n, FEATURE_AT_RECALL, FEATURE_RECALL, w);
	memset(w + n->heads.at[HEADS_OWN] + (size_t)(4 * FEATURE_SLOTS * n->heads.hidden), 0,
	       (size_t)((FEATURE_OWN - 4 * FEATURE_SLOTS) * n->heads.hidden) * sizeof *w);
}
