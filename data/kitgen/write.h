/* Renders a kit into a folder: FLAC files and the drumkit.xml that names them. */
#ifndef KITGEN_WRITE_H
#define KITGEN_WRITE_H

#include "data/kitgen/kits.h"
#include "rt/status.h"

#include <stdio.h>

/* Writes DIR/NAME/..., making the folder NAME; files that are there are replaced. Appends to list what
 * automake needs to install them. */
dr_status write_kit(const kit_recipe *whole, const char *dir, FILE *list, dr_error *err) DR_CHECKED;

#endif
