#include "osc/osc_paths.h"

#include "rt/cell.h"

#include <stdio.h>
#include <string.h>

#define URL "[url or port] [section...]"

static const osc_path_desc paths[] = {
    {"BD/step/N", OSC_PATH_VALUE, OSC_SECTION_STEPS, CELL_STEPS, "value [chance nth of ratchet]",
     "a cell of the bar that is being edited: 0 free, above 0 a hit of that velocity, -1 a rest"},
    {"cell", OSC_PATH_VALUE, OSC_SECTION_CELLS, 0, "bar instrument step value [chance nth of ratchet]",
     "the same of any bar; bars and steps from 1, the instrument by its name or from 1"},
    {"pattern/edit", OSC_PATH_VALUE, OSC_SECTION_STEPS, 0, "bar", "which bar the steps are of, from 1"},
    {"kit/xy", OSC_PATH_VALUE, OSC_SECTION_PARAMS, 0, "x y", "kit/x and kit/y in one message"},
    {"style/xy", OSC_PATH_VALUE, OSC_SECTION_PARAMS, 0, "x y", "style/x and style/y in one message"},
    {"subscribe", OSC_PATH_ORDER, 0, 0, URL, "tells everything now, and from now on what changes"},
    {"subscribe/all", OSC_PATH_ORDER, 0, 0, "[url or port]",
     "the same for clients that cannot send text: to every section, or the one named there"},
    {"renew", OSC_PATH_ORDER, 0, 0, URL,
     "subscribes who is not subscribed, and says of others that they live"},
    {"unsubscribe", OSC_PATH_ORDER, 0, 0, "[url or port]", "tells no more"},
    {"get", OSC_PATH_ORDER, 0, 0, "[url] [path...]", "answers values, each on its path; all without a path"},
    {"list", OSC_PATH_ORDER, 0, 0, "[url] [prefix]",
     "answers /drumlin/list path type low high unit for each, then /drumlin/list/end and their number"},
    {"status", OSC_PATH_ORDER, 0, 0, "[url]",
     "answers what was counted: packets, senseless ones, from strangers, lost by the system, before their "
     "time, "
     "commands refused"},
    {"ping", OSC_PATH_ORDER, 0, 0, "[anything]", "answers /drumlin/pong with the same"},
    {"pong", OSC_PATH_ORDER, 0, 0, "number", "the answer to Drumlin's own /drumlin/ping"},
    {"token", OSC_PATH_ORDER, 0, 0, "secret", "the secret of --osc-token; /drumlin/token/SECRET does it too"},
    {"playing", OSC_PATH_TOLD, OSC_SECTION_PARAMS, 0, "0 or 1", "whether it plays"},
    {"playhead", OSC_PATH_TOLD, OSC_SECTION_PLAYHEAD, 0, "step", "the step that sounds, from 1; 0 stopped"},
    {"playhead/N", OSC_PATH_TOLD, OSC_SECTION_PLAYHEAD, CELL_STEPS, "0 or 1", "a light for each step"},
    {"BD/plays/N", OSC_PATH_TOLD, OSC_SECTION_PLAYS, CELL_STEPS, "velocity",
     "what the network plays in the bar that sounds, 0 to 1"},
    {"BD/meter", OSC_PATH_TOLD, OSC_SECTION_METERS, 0, "level", "0 is -60 dB and less, 1 full scale"},
    {"main/meter/left", OSC_PATH_TOLD, OSC_SECTION_METERS, 0, "level", "the same of the main output"},
    {"main/meter/right", OSC_PATH_TOLD, OSC_SECTION_METERS, 0, "level", "the same"},
};

static const struct {
	const char *name;
	unsigned section;
} sections[] = {{"params", OSC_SECTION_PARAMS}, {"steps", OSC_SECTION_STEPS},
		{"cells", OSC_SECTION_CELLS},   {"playhead", OSC_SECTION_PLAYHEAD},
		{"plays", OSC_SECTION_PLAYS},   {"meters", OSC_SECTION_METERS},
		{"all", OSC_SECTIONS_ALL}};

const osc_path_desc *
osc_path_describe(size_t i)
{
	return i < sizeof paths / sizeof *paths ? &paths[i] : NULL;
}

bool
osc_path_per_instrument(const osc_path_desc *d)
{
	return strncmp(d->path, "BD/", 3) == 0;
}

const char *
osc_path_full(const osc_path_desc *d, int instrument, int number, char buf[OSC_PATH_MAX])
{
	const bool own = osc_path_per_instrument(d);
	const char *rest = own ? d->path + 3 : d->path;
	const int length = (int)strlen(rest) - (d->numbers > 0);
	snprintf(buf, OSC_PATH_MAX, "/drumlin/%s%s%.*s", own ? instrument_name(instrument) : "",
		 own ? "/" : "", length, rest);
	if (d->numbers > 0) {
		const size_t used = strlen(buf);
		snprintf(buf + used, OSC_PATH_MAX - used, "%d", number);
	}
	return buf;
}

unsigned
osc_section_find(const char *name)
{
	for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
		if (strcmp(sections[i].name, name) == 0)
			return sections[i].section;
	return 0;
}

const char *
osc_section_name(unsigned section)
{
	for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
		if (sections[i].section == section)
			return sections[i].name;
	return "";
}
