/* Hydrogen's drumkit.xml, read and written (format of Hydrogen 1.2, http://www.hydrogen-music.org/drumkit;
 * older kits with layers or a file name directly in the instrument are read too). Not the audio thread.
 *
 * Document types and entities of a file's own are refused, sizes and depths are bounded, numbers are
 * read the same in every locale, and what is out of range is clamped and reported. */
#ifndef DRUMLIN_KIT_HYDROGEN_H
#define DRUMLIN_KIT_HYDROGEN_H

#include "model/kit_desc.h"

enum { KIT_HYDROGEN_MAX_BYTES = 8 << 20, KIT_HYDROGEN_MAX_DEPTH = 32 };

/* Parses a document held in memory; touches no file. warner->where names it in errors and warnings.
 * Errors: DR_BAD_INPUT with line and fault; DR_FAILED (memory). */
dr_status kit_hydrogen_parse(const char *text, size_t size, kit_warner *warner, kit_desc **out,
			     dr_error *err) DR_CHECKED;

/* The same from a file. */
dr_status kit_hydrogen_read(const char *path, kit_warner *warner, kit_desc **out, dr_error *err) DR_CHECKED;

/* Writes a description as Hydrogen 1.2 reads it: the bytes depend on the description alone, and the file
 * replaces an old one whole. Errors: DR_FAILED naming path and fault. */
dr_status kit_hydrogen_write(const kit_desc *d, const char *path, dr_error *err) DR_CHECKED;

#endif
