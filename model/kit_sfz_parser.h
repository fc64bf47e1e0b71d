/* What the parts of the SFZ parser share: kit_sfz.c reads text, kit_sfz_opcodes.c sets what it says. */
#ifndef DRUMLIN_KIT_SFZ_PARSER_H
#define DRUMLIN_KIT_SFZ_PARSER_H

#include "model/kit_sfz_regions.h"

enum { SFZ_MAX_DEFINES = 256, SFZ_MAX_INCLUDES = 256, SFZ_MAX_UNKNOWN = 64, SFZ_NAME = 48, SFZ_VALUE = 512 };
enum sfz_level { SFZ_CONTROL, SFZ_GLOBAL, SFZ_MASTER, SFZ_GROUP, SFZ_REGION, SFZ_OTHER };

typedef struct sfz {
	const char *name; /* of the file that is being read */
	int line, depth, includes;
	sfz_include_fn *include;
	void *user;
	kit_warner *warner;
	dr_status status;
	dr_error error;
	enum sfz_level level;
	sfz_region global, master, group, open;
	sfz_region *regions;
	uint32_t n_regions;
	char default_path[SFZ_VALUE];
	int note_offset;
	struct {
		char name[SFZ_NAME], value[SFZ_NAME];
	} defines[SFZ_MAX_DEFINES];
	int n_defines;
	char unknown[SFZ_MAX_UNKNOWN][SFZ_NAME];
	int n_unknown, unknown_count;
} sfz;

/* Sets an opcode of the open header; what is wrong with it is told, what is not known counted. */
void sfz_set_opcode(sfz *s, const char *name, const char *value);

#endif
