/* SFZ instruments (the format's first version and some of the second; sfzformat.com): what drum kits use of
 * it.
 *
 * Headers control, global, master, group and region, each of which inherits from the one above; the opcodes
 * sample, key, lokey, hikey, lovel, hivel, seq_length, seq_position, lorand, hirand, group, off_by, tune,
 * pitch, transpose, pitch_keycenter, pitch_keytrack, volume, amplitude, pan, offset, end, ampeg_attack,
 * ampeg_hold, ampeg_decay, ampeg_sustain, trigger, locc4, hicc4, region_label, default_path, note_offset;
 * #define and #include. Other opcodes are counted and told in one line. Not the audio thread. */
#ifndef DRUMLIN_KIT_SFZ_H
#define DRUMLIN_KIT_SFZ_H

#include "model/kit_desc.h"

enum { SFZ_MAX_BYTES = 4 << 20, SFZ_MAX_REGIONS = 8192, SFZ_MAX_DEPTH = 8 };

/* Reads a file that is named by an #include; *text is malloc'd. NULL in its place: includes are told and left
 * out. */
typedef dr_status sfz_include_fn(void *user, const char *name, char **text, size_t *size, dr_error *err);

/* Parses a document held in memory; touches no file but through include. name is its own, for "name:line:" in
 * warnings. Each key becomes an instrument; what sounds together becomes one layer. Errors: DR_BAD_INPUT with
 * line and fault; DR_FAILED (memory). */
dr_status kit_sfz_parse(const char *text, size_t size, const char *name, sfz_include_fn *include, void *user,
			kit_warner *warner, kit_desc **out, dr_error *err) DR_CHECKED;

/* The same from a file; what it includes must lie inside folder, a real path. */
dr_status kit_sfz_read(const char *path, const char *folder, kit_warner *warner, kit_desc **out,
		       dr_error *err) DR_CHECKED;

#endif
