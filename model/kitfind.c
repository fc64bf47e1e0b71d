#include "model/datafind.h"
#include "model/kitfile.h"

#include <string.h>
#include <unistd.h>

char *
kit_find(const char *name, dr_error *err)
{
	char *found = NULL;
	if (*name && access(name, R_OK) == 0)
		found = strdup(name);
	else if (*name && !strchr(name, '/'))
		found = data_find("kits", name);
	if (!found)
		error_set(
		    err, DR_BAD_INPUT,
		    "%s: no such kit: give a folder with a drumkit.xml, or the name of an installed kit",
		    *name ? name : "''");
	return found;
}
