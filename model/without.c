#include "model/without.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	unsigned part;
} parts[] = {
    {"recall", WITHOUT_RECALL},     {"exchange", WITHOUT_EXCHANGE},     {"entry", WITHOUT_ENTRY},
    {"crossing", WITHOUT_CROSSING}, {"playing-on", WITHOUT_PLAYING_ON}, {"averaging", WITHOUT_AVERAGING},
    {"wishless", WITHOUT_WISHLESS}, {"chain", WITHOUT_CHAIN},
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
