/* Kits to disk, in Hydrogen's format. Blocking; never the audio thread. */
#ifndef DRUMLIN_KITWRITE_H
#define DRUMLIN_KITWRITE_H

#include "rt/kit.h"

typedef struct kit_credits {
	const char *name, *info, *license;
} kit_credits;

/* Writes the kit into a folder, which is made if it is not there: drumkit.xml, and the samples as FLAC of 24
 * bits, whose levels stay below full scale and are made up for in the layers' gains. Errors: DR_FAILED naming
 * the file.
 */
dr_status kit_write_folder(const kit *k, const kit_credits *credits, const char *folder,
			   dr_error *err) DR_CHECKED;

/* The same as a .h2drumkit: a gzipped tar of a folder of the kit's name. It takes its name when it is whole.
 */
dr_status kit_write_archive(const kit *k, const kit_credits *credits, const char *path,
			    dr_error *err) DR_CHECKED;

#endif
