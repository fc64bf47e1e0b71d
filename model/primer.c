#include "model/primer.h"

#include "model/datafind.h"
#include "model/drumtext.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static const char *const collections[] = {"patterns/house", "patterns/classics"};
static const char ending[] = ".drum";

static char *
find(const char *name)
{
	char file[512];
	if (*name && access(name, R_OK) == 0)
		return strdup(name);
	if (!*name || snprintf(file, sizeof file, "%s%s", name, ending) >= (int)sizeof file)
		return NULL;
	char *found = NULL;
	for (size_t i = 0; !found && i < sizeof collections / sizeof *collections; i++) {
		found = data_find(collections[i], name);
		if (!found)
			found = data_find(collections[i], file);
	}
	return found;
}

dr_status
primer_load(const char *name, pattern *out, dr_error *err)
{
	memset(out, 0, sizeof *out);
	char *path = find(name);
	if (!path)
		return error_set(
		    err, DR_BAD_INPUT,
		    "%s: no such primer: give a .drum or MIDI file, or a pattern of Drumlin's own, such "
		    "as techno/anvil-verse or funk/parade-route-verse",
		    *name ? name : "''");
	const size_t n = strlen(path), e = strlen(ending);
	const bool text = n > e && strcasecmp(path + n - e, ending) == 0;
	const dr_status status = text ? pattern_read_text(path, out, err) : pattern_read_midi(path, out, err);
	free(path);
	return status;
}
