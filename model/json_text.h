/* JSON as text: all of it, or none. Any thread but the audio thread. */
#ifndef DRUMLIN_JSON_TEXT_H
#define DRUMLIN_JSON_TEXT_H

#include <jansson.h>

/* The value as text with jansson's flags, malloc'd, with a NUL behind it; NULL without memory, and where root
 * is NULL. It is measured first, then written into room for it: json_dumps of jansson 2.14 leaves words out
 * where its own buffer cannot grow, and says nothing. */
char *json_text(const json_t *root, size_t flags);

#endif
